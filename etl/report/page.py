"""The page: charts as inline SVG beside what is read off them, in two languages and one file.

Nothing of it comes from elsewhere: the language is chosen by radio buttons that the style sheet
looks at, the numbers lie in their links, and the page's own policy allows its one style sheet and
its one script, which makes pictures of the drawings, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from xml.etree import ElementTree as ET

import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cartelera.contract.data_set import COLUMNS
from cartelera.contract.release_format import REPORT
from etl.report.chart import by_section
from etl.report.cloud import text_width
from etl.report.numbers import data_url, to_csv
from etl.report.palette import AT_NIGHT
from etl.report.texts import Bilingual, both, number, same, text
from etl.report.vega import CONFIG, localise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from etl.report.facts import Facts
    from etl.report.texts import Language
    from etl.report.vega import Spec

_FOLDER = Path(__file__).parent
_SVG = "http://www.w3.org/2000/svg"
_LOCALES: dict[str, Literal["es-ES", "en-US"]] = {"es": "es-ES", "en": "en-US"}
# Pixels of a picture for each of the drawing.
_SCALE = 2
# What Vega writes on each mark and the page has no use for, or says once for all. Legends are
# clipped to their own size, and the clips' names are another at every drawing.
_NEEDLESS = {
    *("aria-hidden", "aria-label", "aria-roledescription", "class", "clip-path", "font-family"),
    *("height", "pointer-events", "role", "stroke-miterlimit", "version", "width"),
}
_EMPTY_PATHS = {"", "M0,0h0v0h0Z"}


def draw(facts: Facts, measured_later: Callable[[], Mapping[str, Any]]) -> dict[str, bytes]:
    """Return the report and each of its charts as a picture, by where they lie in a release.

    The pictures are in Spanish, the page in both languages. The same facts make the same bytes.

    Parameters
    ----------
    facts
        What the report says.
    measured_later
        Returns the facts of further charts, by chart; called once the others are drawn.
    """
    sections = by_section()
    drawings = _draw_charts(facts.charts)
    later = measured_later()
    drawings |= _draw_charts(later)
    facts = facts._replace(charts={**facts.charts, **later})
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (_FOLDER / "report.css").read_text() + _night()
    script = (_FOLDER / "report.js").read_text()
    page = environment.get_template("report.html.jinja").render(
        style=Markup(style),  # noqa: S704 (our own, from beside this file)
        script=Markup(script),  # noqa: S704 (the same)
        policy=f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; "
        "img-src data:; base-uri 'none'",
        facts=facts,
        lacking=Bilingual(
            ", ".join(COLUMNS[column].spanish for column in facts.data_set["lacks"]),
            ", ".join(COLUMNS[column].english for column in facts.data_set["lacks"]),
        ),
        sections=sections,
        drawings=drawings,
        text=text,
        number=number,
        same=same,
        inline=inline,
        csv_url=lambda numbers: data_url(to_csv(numbers)),
    )
    folder = REPORT.rpartition("/")[0]
    return {REPORT: page.encode()} | {
        f"{folder}/{name}.png": vl_convert.svg_to_png(drawing.es, scale=_SCALE)
        for name, drawing in drawings.items()
    }


def _draw_charts(measured: Mapping[str, Any]) -> dict[str, Bilingual]:
    """Draw charts of what they measured, by name, in both languages."""
    return {
        chart.name: both(partial(_svg, spec))
        for chart in chain.from_iterable(by_section().values())
        if chart.name in measured and (spec := chart.draw(measured[chart.name]))
    }


def _source(text: str) -> str:
    """Return how a Content-Security-Policy names a style sheet or script in the page."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _svg(spec: Spec, language: Language) -> str:
    own, locale = localise(spec, language), _LOCALES[language.code]
    return vl_convert.vegalite_to_svg(own, config=CONFIG, format_locale=locale)


def inline(svg: str, name: str, title: str, description: str) -> Markup:
    """Return a drawing as it stands in the page: lean, and with words for those who cannot see it.

    Parameters
    ----------
    svg
        The drawing.
    name
        Its own in the page.
    title, description
        What a screen reader says of it.
    """
    ET.register_namespace("", _SVG)
    root = ET.fromstring(svg)  # noqa: S314 (our own drawing)
    _lean(root)
    for place, (tag, said) in enumerate((("title", title), ("desc", description))):
        element = ET.Element(f"{{{_SVG}}}{tag}", {"id": f"{name}-{tag}"})
        element.text = said
        root.insert(place, element)
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title {name}-desc")
    # ElementTree escapes whatever a text holds.
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704


def _lean(root: ET.Element) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            clip = child.tag == f"{{{_SVG}}}defs"
            if clip or (child.tag == f"{{{_SVG}}}path" and child.get("d") in _EMPTY_PATHS):
                parent.remove(child)
    for element in root.iter():
        needed = {"width", "height"} if element.tag == f"{{{_SVG}}}rect" else set()
        for attribute in (_NEEDLESS - needed) & element.attrib.keys():
            del element.attrib[attribute]
        if element.get("font-weight") == "bold":
            # A word of the cloud takes the room it was given, whatever font a reader has.
            size = float(element.get("font-size", "").removesuffix("px"))
            element.set("textLength", f"{text_width(element.text or '', size):.1f}")
            element.set("lengthAdjust", "spacingAndGlyphs")


def _night() -> str:
    """Return the rules that give the drawings' colours their others in the dark."""
    rules = "".join(
        f'svg [{what}="{day}"]{{{what}:{night}}}'
        for day, night in AT_NIGHT.items()
        for what in ("fill", "stroke")
    )
    return f"@media screen and (prefers-color-scheme:dark){{{rules}}}\n"
