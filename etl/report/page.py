"""The page: charts as inline SVG beside what is read off them, in two languages and one file.

Nothing of it comes from elsewhere: the language is chosen by radio buttons that the style sheet
looks at, the numbers lie in their links, and the page's own policy allows its one style sheet and
its one script, which makes pictures of the drawings, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cartelera.contract.data_set import COLUMNS
from etl.report.chart import by_section
from etl.report.drawing.svg import document
from etl.report.numbers import data_url, to_csv
from etl.report.palette import AT_NIGHT
from etl.report.texts import ES, Bilingual, both, number, same, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from etl.report.chart import Chart, Table
    from etl.report.drawing.svg import Drawing
    from etl.report.facts import Facts
    from etl.report.texts import Language

_FOLDER = Path(__file__).parent


class Report(NamedTuple):
    """The page, and each of its drawings in Spanish as an SVG file of its own, by chart."""

    page: bytes
    drawings: Mapping[str, bytes]


class _Part(NamedTuple):
    """A chart as it stands in the page."""

    name: str
    title: Bilingual
    caption: Bilingual
    # As SVG; None where there is nothing to draw.
    drawing: Bilingual | None
    tables: Sequence[Table]
    # The URL of its numbers; None where there are none.
    numbers: str | None


def draw(facts: Facts) -> Report:
    """Return the report; the same facts make the same bytes."""
    sections = {
        section: [_part(chart, facts.charts.get(chart.name)) for chart in charts]
        for section, charts in by_section().items()
    }
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
        text=text,
        number=number,
        same=same,
    )
    drawings = {
        part.name: ES.translate(part.drawing).encode()
        for parts in sections.values()
        for part in parts
        if part.drawing
    }
    return Report(page.encode(), drawings)


def _part(chart: Chart[Any], measured: Any) -> _Part:  # noqa: ANN401 (whatever the chart measures)
    if measured is None:
        return _Part(chart.name, chart.title, text("page", "nothing"), None, (), None)
    caption = chart.caption_of(measured)
    drawing = chart.draw(measured)
    return _Part(
        chart.name,
        chart.title,
        caption,
        both(partial(_svg, chart, drawing, caption)) if drawing else None,
        [table for table in chart.tables(measured) if table.rows],
        data_url(to_csv(chart.numbers(measured))),
    )


def _svg(chart: Chart[Any], drawing: Drawing, caption: Bilingual, language: Language) -> Markup:
    title, description = language.translate(chart.title), language.translate(caption)
    return document(drawing, language, f"{chart.name}-{language.code}", title, description)


def _source(text: str) -> str:
    """Return how a Content-Security-Policy names a style sheet or script in the page."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _night() -> str:
    """Return the rules that give the drawings' colours their others in the dark."""
    rules = "".join(
        f'svg [{what}="{day}"]{{{what}:{night}}}'
        for day, night in AT_NIGHT.items()
        for what in ("fill", "stroke")
    )
    return f"@media screen and (prefers-color-scheme:dark){{{rules}}}\n"
