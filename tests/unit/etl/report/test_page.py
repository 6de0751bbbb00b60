"""The page and its pictures: whole by themselves, in both languages, whatever the films hold."""

from __future__ import annotations

import base64
import csv
import hashlib
import re
from io import StringIO
from itertools import combinations
from typing import TYPE_CHECKING
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

import cartelera
from etl.engines.exploration import explore_raw
from etl.report.chart import by_section
from etl.report.palette import AT_NIGHT
from etl.report.texts import text
from tests.unit.etl.report.drawing.texts_in import texts_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from etl.progress import Stages
    from etl.report.page import Report

HOSTILE = '</title></svg><script>alert("1")</script>&amp; \'x\' class="y"'
CHARTS = [chart.name for charts in by_section().values() for chart in charts]
# The first is of tables alone.
DRAWN = CHARTS[1:]
MONEY = {"budget": "1000000", "revenue": "5000000", "popularity": "3.5"}


@pytest.fixture(scope="module")
def report(raw_sample: Path, stages: Stages) -> Report:
    return explore_raw(raw_sample, stages)


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return report.page.decode()


def test_every_chart_has_a_name_of_its_own_and_every_section_has_one() -> None:
    assert len(set(CHARTS)) == len(CHARTS)
    assert all(by_section().values())


def svgs(page: str) -> list[ET.Element]:
    return [ET.fromstring(svg) for svg in re.findall(r"<svg .*?</svg>", page, re.DOTALL)]  # noqa: S314


def test_every_chart_of_the_page_is_there_as_a_file_and_the_other_way_round(
    report: Report, page: str
) -> None:
    shown = re.findall(r'<article class="[^"]*" id="(\w+)">', page)

    assert shown == CHARTS
    assert list(report.drawings) == DRAWN
    assert len(svgs(page)) == 2 * len(DRAWN)
    for name, drawing in report.drawings.items():
        assert ET.fromstring(drawing).get("aria-labelledby") == f"{name}-es-title {name}-es-desc"  # noqa: S314
        assert drawing.decode() in page


def test_the_page_fetches_nothing_and_allows_its_own_style_and_script_alone(page: str) -> None:
    style, script = (
        base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        for tag in ("style", "script")
        for own in re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", page, re.DOTALL)
    )
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)

    # As the browser reads it.
    policy = policy.replace("&#39;", "'")
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; "
        "img-src data:; base-uri 'none'"
    )
    assert not re.search(r'\s(src|style|on\w+)="', page)
    assert not re.search(r"url\(|@import", page)
    links = {link for link in re.findall(r'href="([^"]*)"', page) if not link.startswith("#")}
    assert all(link.startswith("data:text/csv;") for link in links - {"./", "docs"})
    # Relative, so that they hold under the path of a stage.
    assert {"./", "docs"} <= links


def test_the_numbers_of_every_chart_are_offered_as_csv(page: str) -> None:
    found = re.findall(r'<a download="(\w+)\.csv" href="data:text/csv;charset=utf-8,([^"]*)"', page)

    assert [name for name, _ in found] == CHARTS
    tables = {name: list(csv.reader(StringIO(unquote(text)))) for name, text in found}
    for name, (header, *rows) in tables.items():
        assert header[0].startswith("\ufeff"), name
        assert rows, name
        assert {len(row) for row in rows} == {len(header)}, name
    assert tables["months"][0] == ["\ufeffmonth_es", "month_en", "films"]
    assert tables["months"][3][:2] == ["marzo", "March"]


def test_every_drawing_has_words_for_those_who_cannot_see_it(page: str) -> None:
    for drawing in svgs(page):
        said = {each.get("id"): each.text for each in drawing if each.get("id")}
        assert drawing.get("role") == "img"
        assert " ".join(filter(None, said)) == drawing.get("aria-labelledby")
        assert len(said) == 2
        assert all(said.values())


def check_texts(drawing: ET.Element) -> None:
    """See that all texts stand within a drawing, and none on another."""
    left, top, width, height = map(float, drawing.get("viewBox", "").split())
    # But for the margin.
    width, height = width + 2 * left, height + 2 * top
    placed = list(texts_in(drawing))
    # Coordinates have one decimal.
    for each in placed:
        assert -0.2 <= each.left < each.right <= width + 0.2, each
        assert 0 <= each.top < each.bottom <= height + 0.2, each
    # Words of a cloud interlock.
    if not str(drawing.get("aria-labelledby")).startswith("words"):
        assert not [pair for pair in combinations(placed, 2) if pair[0].overlaps(pair[1])]


def test_texts_stand_within_their_drawing_and_on_no_other(page: str) -> None:
    drawings = svgs(page)

    assert sum(len(list(texts_in(drawing))) for drawing in drawings) > 1_000
    for drawing in drawings:
        check_texts(drawing)


def test_no_two_things_on_the_page_have_the_same_id(page: str) -> None:
    found = re.findall(r'\sid="([^"]*)"', page)

    assert len(found) == len(set(found))


def test_every_colour_has_another_for_the_night(page: str) -> None:
    # Correlations are as bright at night, and letters on them as dark.
    stay = {each.get("fill") for each in svgs(page)[0].iter()} - {None, "none"}
    used = {
        colour
        for drawing in svgs(page)
        if "correlation" not in str(drawing.get("aria-labelledby"))
        for each in drawing.iter()
        for colour in (each.get("fill"), each.get("stroke"))
        if colour and colour.startswith("#")
    }

    assert stay
    assert used <= AT_NIGHT.keys()


def test_the_sources_are_credited(page: str) -> None:
    assert cartelera.ATTRIBUTION in page
    assert "GroupLens" in page


def test_a_title_is_shown_as_it_is_whatever_it_holds(
    write_raw: Callable[..., Path], stages: Stages
) -> None:
    raw = write_raw({"title": HOSTILE, **MONEY, "budget": "1"}, {"title": "Up"})

    page = explore_raw(raw, stages).page.decode()

    assert page.count("<script") == 1
    assert "&lt;script&gt;" in page
    texts_drawn = {each.text for drawing in svgs(page) for each in drawing.iter()}
    assert any(text and HOSTILE[:20] in text for text in texts_drawn)


@pytest.mark.parametrize(
    "films",
    [
        [{}],
        [{"release_date": "1895-01-01", "vote_count": "0"}],
        [MONEY],
        [{}, {"title": "Brazil"}],
        [MONEY, MONEY, MONEY],
        [{"title": "of the"}],
        [{"popularity": "0", "runtime": "0", "original_language": ""}],
    ],
)
def test_a_catalogue_of_next_to_nothing_has_a_report(
    write_raw: Callable[..., Path], stages: Stages, films: list[dict[str, str]]
) -> None:
    report = explore_raw(write_raw(*films), stages)

    page = report.page.decode()
    assert text("page", "nothing").es in page
    assert text("page", "nothing").en in page
    assert len(svgs(page)) == 2 * len(report.drawings) > 0
    for drawing in svgs(page):
        check_texts(drawing)


def test_the_same_films_draw_the_same_bytes(
    raw_sample: Path, stages: Stages, report: Report
) -> None:
    assert explore_raw(raw_sample, stages) == report
