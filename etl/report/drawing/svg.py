"""SVG as text: elements, and a drawing as a document of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from markupsafe import Markup, escape

from etl.report.drawing.font import FONT, fit
from etl.report.palette import INK, PAPER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from etl.report.texts import Language

# Of every drawing, in pixels.
WIDTH = 400.0
# Of paper around it.
_MARGIN = 4.0
# Of letters, in pixels.
SIZE = 13.0
# How far below the middle of its capitals a line of text stands, as a share of its size.
_BELOW_MIDDLE = 0.35


class Drawing(Protocol):
    """What can be drawn in either language, `WIDTH` pixels wide."""

    @property
    def height(self) -> float:
        """In pixels."""

    def elements(self, language: Language) -> Iterable[str]:
        """Return its SVG elements, the lowest first."""


def element(tag: str, content: str = "", /, **attributes: str | float) -> str:
    """Return an element.

    Parameters
    ----------
    tag
        Its name.
    content
        What is in it, as SVG.
    **attributes
        By name, with `_` for `-`. Numbers are written with one decimal at most.
    """
    written = "".join(
        f' {name.replace("_", "-")}="{escape(value) if isinstance(value, str) else decimal(value)}"'
        for name, value in attributes.items()
    )
    return f"<{tag}{written}>{content}</{tag}>" if content else f"<{tag}{written}/>"


def decimal(value: float) -> str:
    """Return a number of pixels as SVG writes it, briefly."""
    # Never -0.
    return f"{round(value, 1) + 0.0:g}"


def text_element(  # noqa: PLR0913 (what is written, where, and how it looks)
    words: str,
    x: float,
    middle: float,
    *,
    anchor: Literal["start", "middle", "end"] = "start",
    size: float = SIZE,
    limit: float = WIDTH,
    **attributes: str | float,
) -> str:
    """Return a line of text.

    Parameters
    ----------
    words
        What it says.
    x, middle
        Where it stands, in pixels; `middle` is that of its capitals.
    anchor
        Which part of it stands at `x`.
    size
        Of its letters, in pixels.
    limit
        How wide it may be; the rest is cut off.
    **attributes
        Further attributes of the element.
    """
    if anchor != "start":
        attributes["text_anchor"] = anchor
    if size != SIZE:
        attributes["font_size"] = size
    said = escape(fit(words, size, limit))
    return element("text", said, x=x, y=middle + _BELOW_MIDDLE * size, **attributes)


def document(
    drawing: Drawing, language: Language, name: str, title: str, description: str
) -> Markup:
    """Return a drawing as SVG that stands in a page or in a file, with words for the blind.

    Parameters
    ----------
    drawing, language
        What is drawn, in which language.
    name
        Its own in the page.
    title, description
        What a screen reader says of it.
    """
    edge, width, height = (
        decimal(size) for size in (-_MARGIN, WIDTH + 2 * _MARGIN, drawing.height + 2 * _MARGIN)
    )
    body = "".join(drawing.elements(language))
    return Markup(  # noqa: S704 (`element` and `escape` escape whatever a text holds)
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{edge} {edge} {width} {height}" '
        f'role="img" aria-labelledby="{name}-title {name}-desc" font-family="{FONT}">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(description)}</desc>'
        f'<rect x="{edge}" y="{edge}" width="{width}" height="{height}" fill="{PAPER}"/>'
        f'<g fill="{INK}" font-size="{decimal(SIZE)}">{body}</g></svg>'
    )
