"""The page: charts as inline SVG beside what is read off them, in two languages and one file.

Nothing of it is a script or comes from elsewhere: the language is chosen by radio buttons that the
style sheet looks at, and the page's own policy allows its one style sheet and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from xml.etree import ElementTree as ET

import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import cartelera
from cartelera.contract.release_format import REPORT
from etl.report import readings
from etl.report.charts import CONFIG, charts
from etl.report.cloud import width
from etl.report.colours import AT_NIGHT
from etl.report.facts import Bilingual
from etl.report.texts import EN, ES, LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from etl.report.facts import Column, Facts
    from etl.report.texts import Language

_FOLDER = Path(__file__).parent
_SVG = "http://www.w3.org/2000/svg"
_LOCALES: dict[str, Literal["es-ES", "en-US"]] = {"es": "es-ES", "en": "en-US"}
# Pixels of a picture for each of the drawing.
_SCALE = 2
# What Vega writes on each mark and the page has no use for, or says once for all.
_NEEDLESS = {
    "aria-hidden",
    "aria-label",
    "aria-roledescription",
    "class",
    # Legends are clipped to their own size; the clips' names are another at every drawing.
    "clip-path",
    "font-family",
    "height",
    "pointer-events",
    "role",
    "stroke-miterlimit",
    "version",
    "width",
}
_EMPTY = {"", "M0,0h0v0h0Z"}
# Numbers that are names: nobody puts a point into them.
_NAMES = {"id", "release_year", "collection_id"}
_MOST_UNIT_ERRORS = 12

SECTIONS = {
    "data": ("columns", "set_aside"),
    "kinds": ("genres", "original_languages", "languages", "countries", "companies", "keywords"),
    "time": ("years", "decades"),
    "numbers": ("runtime", "rating", "votes", "popularity", "budget", "revenue"),
    "together": ("correlation_linear", "correlation_rank", "return_popularity"),
    "outliers": ("boxes", "money_units"),
    "words": ("words",),
    "coverage": ("coverage", "coverage_decades", "money_known", "reach"),
}


def draw(facts: Facts) -> dict[str, bytes]:
    """Return the report and each of its charts as a picture, by where they lie in a release.

    The pictures are in Spanish, the page in both languages. The same facts make the same bytes.
    """
    drawings = {
        language.code: {
            name: vl_convert.vegalite_to_svg(
                spec, config=CONFIG, format_locale=_LOCALES[language.code]
            )
            for name, spec in charts(facts, language).items()
        }
        for language in LANGUAGES
    }
    folder = REPORT.rpartition("/")[0]
    return {
        REPORT: page(facts, drawings).encode(),
        **{
            f"{folder}/{name}.png": vl_convert.svg_to_png(svg, scale=_SCALE)
            for name, svg in drawings[ES.code].items()
        },
    }


def page(facts: Facts, drawings: dict[str, dict[str, str]]) -> str:
    """Write the page around `drawings`: SVG by language and by name."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (_FOLDER / "report.css").read_text() + _night()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    first, last = facts.years[0][0], facts.years[-1][0]
    return environment.get_template("report.html.jinja").render(
        style=Markup(style),  # noqa: S704 (our own, from beside this file)
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'",
        say=_both,
        attribution=cartelera.ATTRIBUTION,
        lead=_both("page", "lead", films=facts.films, first=first, last=last),
        figures=_figures(facts),
        sections=[
            {
                "name": section,
                "title": _both("sections", section),
                "parts": [_part(name, facts, drawings) for name in names],
            }
            for section, names in SECTIONS.items()
        ],
    )


def inline(svg: str, name: str, title: str, description: str) -> Markup:
    """Return a drawing as it stands in the page: lean, and with words for those who cannot see it.

    `name` must be its own in the page.
    """
    ET.register_namespace("", _SVG)
    root = ET.fromstring(svg)  # noqa: S314 (our own drawing)
    _lean(root)
    words = {"title": title, "desc": description}
    for place, (tag, text) in enumerate(words.items()):
        said = ET.Element(f"{{{_SVG}}}{tag}", {"id": f"{name}-{tag}"})
        said.text = text
        root.insert(place, said)
    root.set("role", "img")
    root.set("aria-labelledby", " ".join(f"{name}-{tag}" for tag in words))
    # ElementTree escapes whatever a text holds.
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704


def _lean(root: ET.Element) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            clip = child.tag == f"{{{_SVG}}}defs"
            if clip or (child.tag == f"{{{_SVG}}}path" and child.get("d") in _EMPTY):
                parent.remove(child)
    for element in root.iter():
        box = element.tag == f"{{{_SVG}}}rect"
        for attribute in _NEEDLESS & element.attrib.keys():
            if not (box and attribute in {"width", "height"}):
                del element.attrib[attribute]
        if element.get("font-weight") == "bold":
            _keep_width(element)


def _keep_width(word: ET.Element) -> None:
    """Let a word of the cloud take the room that it was given, whatever letters a reader has."""
    size = float(word.get("font-size", "").removesuffix("px"))
    word.set("textLength", f"{width(word.text or '', size):.1f}")
    word.set("lengthAdjust", "spacingAndGlyphs")


def _night() -> str:
    """Return the rules that give the drawings' colours their others in the dark."""
    rules = "".join(
        f'svg [{what}="{day}"]{{{what}:{night}}}'
        for day, night in AT_NIGHT.items()
        for what in ("fill", "stroke")
    )
    return f"@media (prefers-color-scheme:dark){{{rules}}}\n"


def _both(*place: str, **figures: object) -> Bilingual:
    return Bilingual(ES.say(*place, **figures), EN.say(*place, **figures))


def _in_both(write: Callable[[Language], str]) -> Bilingual:
    return Bilingual(write(ES), write(EN))


def _figures(facts: Facts) -> list[tuple[Bilingual, Bilingual]]:
    first, last = facts.years[0][0], facts.years[-1][0]
    counts = {
        "films": facts.films,
        "people": facts.people,
        "companies": facts.companies.distinct,
        "countries": facts.countries.distinct,
        "languages": facts.languages.distinct,
    }
    found = [(_number(count), _both("figures", name)) for name, count in counts.items()]
    span = f"{first}–{last}"
    return [found[0], (Bilingual(span, span), _both("figures", "span")), *found[1:]]


def _number(value: float, decimals: int = 0) -> Bilingual:
    return _in_both(lambda language: language.number(value, decimals))


def _part(name: str, facts: Facts, drawings: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Return a part of the page: its chart where there is one, what is read off it, its tables."""
    if name == "columns":
        return {
            "name": name,
            "title": _both("tables", name, "title"),
            "reading": _in_both(lambda language: readings.columns(facts, language)),
            "note": _both("tables", name, "note"),
            "svg": None,
            "tables": [_columns(facts.columns)],
        }
    title = _both("charts", name, "title")
    reading = _in_both(lambda language: readings.reading(name, facts, language))
    svg = None
    if name in drawings[ES.code]:
        svg = Bilingual(
            *(
                inline(
                    drawings[language.code][name],
                    f"{name}-{language.code}",
                    language.name(title),
                    language.name(reading),
                )
                for language in LANGUAGES
            )
        )
    tables = _TABLES[name](facts) if name in _TABLES else []
    return {
        "name": name,
        "title": title,
        "reading": reading,
        "note": None,
        "svg": svg,
        "tables": [table for table in tables if table["rows"]],
    }


def _table(
    name: str, heads: Sequence[str], rows: Iterable[Sequence[Bilingual]], texts: int = 1
) -> dict[str, Any]:
    """Return a table; the first `texts` columns are words, the others figures."""
    return {
        "heads": [_both("tables", name, head) for head in heads],
        "rows": list(rows),
        "texts": texts,
    }


def _columns(columns: Iterable[Column]) -> dict[str, Any]:
    heads = ("column", "kind", "nulls", "zeros", "distinct", "low", "median", "high")
    return _table("columns", heads, map(_column, columns), 2)


def _column(column: Column) -> list[Bilingual]:
    zeros = Bilingual("", "") if column.zeros is None else _number(column.zeros)
    return [
        Bilingual(column.name, column.name),
        _both("kinds", column.kind),
        _number(column.nulls),
        zeros,
        _number(column.distinct),
        *(_value(column, value) for value in (column.low, column.median, column.high)),
    ]


def _value(column: Column, value: float | str | None) -> Bilingual:
    if value is None:
        return Bilingual("–", "–")
    if isinstance(value, str):
        return Bilingual(value, value)
    if column.name in _NAMES:
        return Bilingual(f"{value:.0f}", f"{value:.0f}")
    return _number(value, 2)


def _files(facts: Facts) -> list[dict[str, Any]]:
    kept = [
        [Bilingual(file, file), _number(counts["read"]), _number(counts["kept"])]
        for file, counts in facts.rows.items()
    ]
    return [
        _table("files", ("file", "read", "kept"), kept),
        _table("files", ("file", "reason", "records"), _reasons(facts, "set_aside"), 2),
        _table("files", ("file", "unused", "records"), _reasons(facts, "unused_fields"), 2),
    ]


def _reasons(
    facts: Facts, what: Literal["set_aside", "unused_fields"]
) -> Iterator[Sequence[Bilingual]]:
    for file, counts in facts.rows.items():
        for reason, records in counts[what].items():
            said = Bilingual(*(readings.reason_in(reason, language) for language in LANGUAGES))
            yield Bilingual(file, file), said, _number(records)


def _outliers(facts: Facts) -> list[dict[str, Any]]:
    rows = [
        [
            _both("fields", name),
            _film(*each.film),
            _both("units", name, value=each.value),
            _both("tables", "outliers", "times", beyond=each.beyond),
        ]
        for name, box in facts.boxes.items()
        for each in box.furthest
    ]
    return [_table("outliers", ("variable", "film", "value", "beyond"), rows, 2)]


def _units(facts: Facts) -> list[dict[str, Any]]:
    rows = [
        [
            _film(*each.film),
            _both("units", "budget", value=each.budget),
            _both("units", "revenue", value=each.revenue),
            _both(
                *("tables", "units"),
                "budget_wrong" if each.budget < each.revenue else "revenue_wrong",
            ),
        ]
        for each in facts.takings.wrong_unit[:_MOST_UNIT_ERRORS]
    ]
    return [_table("units", ("film", "budget", "revenue", "verdict"), rows)]


def _film(title: str, year: int) -> Bilingual:
    return Bilingual(f"{title} ({year})", f"{title} ({year})")


_TABLES: dict[str, Callable[[Facts], list[dict[str, Any]]]] = {
    "set_aside": _files,
    "boxes": _outliers,
    "money_units": _units,
}
