"""The page and its pictures: whole by themselves, in both languages, whatever the films hold."""

from __future__ import annotations

import base64
import hashlib
import re
import string
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

import cartelera
from cartelera.contract.release_format import REPORT
from etl.clean.records import NO_SUCH_FILM, REPEATED, REPEATED_WORD_FOR_WORD
from etl.clean.schemas import BAD_DATE, LONG_TITLE, NOT_A_FILM, SHIFTED, UNDATED, UNTITLED
from etl.clean.unnest import UNREADABLE
from etl.engines.job import explore_raw
from etl.extract.raw_files import BROKEN
from etl.report.charts import CHARTS
from etl.report.cloud import place
from etl.report.colours import AT_NIGHT
from etl.report.facts import Word
from etl.report.page import SECTIONS, inline
from etl.report.readings import reason_in
from etl.report.texts import EN, ES, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from etl.progress import Stages
    from etl.report.texts import Language

type Files = dict[str, bytes]

HOSTILE = '</title></svg><script>alert("1")</script>&amp; \'x\' class="y"'
REASONS = (
    NOT_A_FILM, SHIFTED, UNDATED, BAD_DATE, UNTITLED, LONG_TITLE, BROKEN, REPEATED,
    REPEATED_WORD_FOR_WORD, NO_SUCH_FILM, UNREADABLE,
)  # fmt: skip
MONEY = {"budget": "1000000", "revenue": "5000000", "popularity": "3.5"}


@pytest.fixture(scope="module")
def drawn(raw_sample: Path, stages: Stages) -> Files:
    return explore_raw(raw_sample, stages)


@pytest.fixture(scope="module")
def page(drawn: Files) -> str:
    return drawn[REPORT].decode()


def leaves(tree: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, dict[str, str]]]:
    """Every text of `texts.toml` by where it stands."""
    for key, found in tree.items():
        if any(isinstance(each, dict) for each in found.values()):
            yield from leaves(found, (*at, key))
        else:
            yield ".".join((*at, key)), found


def placeholders(text: str) -> set[tuple[str | None, str | None]]:
    return {(name, kind) for _, name, kind, _ in string.Formatter().parse(text) if name is not None}


def svgs(page: str) -> list[ET.Element]:
    return [ET.fromstring(svg) for svg in re.findall(r"<svg .*?</svg>", page, re.DOTALL)]  # noqa: S314


def test_every_text_is_there_in_both_languages_with_the_same_figures() -> None:
    found = dict(leaves(texts()))

    assert len(found) > 150
    for where, text in found.items():
        assert text.keys() == {"es", "en"}, where
        assert all(each.strip() for each in text.values()), where
        assert placeholders(text["es"]) == placeholders(text["en"]), where


def test_every_chart_is_on_the_page_once_and_has_its_title_and_its_sentence() -> None:
    shown = [name for names in SECTIONS.values() for name in names]

    assert sorted(shown) == sorted(["columns", *CHARTS])
    for name in CHARTS:
        assert {"title", "reading"} <= texts()["charts"][name].keys()
    assert texts()["sections"].keys() == SECTIONS.keys()


@pytest.mark.parametrize("language", [ES, EN])
@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_to_set_something_aside_is_said_in_both_languages(
    reason: str, language: Language
) -> None:
    assert language.has("reasons", reason)
    assert reason_in(f"budget: {reason}", language) == f"budget: {language.say('reasons', reason)}"


def test_a_reason_without_words_is_said_as_it_is() -> None:
    assert reason_in("not from 0 to 10", ES) == "not from 0 to 10"


@pytest.mark.parametrize(
    ("value", "spanish", "english"),
    [
        (1, "1 dólar", "1 dollar"),
        (8, "8 dólares", "8 dollars"),
        (12_345, "12.345 dólares", "12,345 dollars"),
        (1_000_000, "1 millón de dólares", "1 million dollars"),
        (12_396_383, "12,4 millones de dólares", "12.4 million dollars"),
        (2_787_965_087, "2.788 millones de dólares", "2.79 billion dollars"),
    ],
)
def test_money_is_said_as_one_says_it(value: int, spanish: str, english: str) -> None:
    said = [language.money(value).replace("\N{NO-BREAK SPACE}", " ") for language in (ES, EN)]

    assert said == [spanish, english]


@pytest.mark.parametrize(
    ("value", "spanish", "english"),
    [
        (0.001, "0,001", "0.001"),
        (1_000, "1 mil", "1K"),
        (1e7, "10 M", "10M"),
        (1e9, "1.000 M", "1B"),
    ],
)
def test_magnitudes_are_written_short(value: float, spanish: str, english: str) -> None:
    said = [language.magnitude(value).replace("\N{NO-BREAK SPACE}", " ") for language in (ES, EN)]

    assert said == [spanish, english]


def test_a_text_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"charts\.nothing\.title"):
        ES.say("charts", "nothing", "title")


def test_every_chart_of_the_page_is_there_as_a_picture_and_the_other_way_round(
    drawn: Files, page: str
) -> None:
    pictures = {path for path in drawn if path.endswith(".png")}
    shown = re.findall(r'<article class="[^"]*" id="(\w+)">', page)

    assert pictures == {f"eda/{name}.png" for name in CHARTS}
    assert shown == [name for names in SECTIONS.values() for name in names]
    assert all(drawn[path].startswith(b"\x89PNG") for path in pictures)
    assert len(svgs(page)) == 2 * len(CHARTS)


def test_the_page_fetches_nothing_runs_nothing_and_allows_its_own_style_alone(page: str) -> None:
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)

    # As the browser reads it.
    policy = policy.replace("&#39;", "'")
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'"
    assert "<script" not in page
    assert not re.search(r'\s(src|style|on\w+)="', page)
    assert not re.search(r"url\(|@import", page)
    assert all(link.startswith("#") for link in re.findall(r'href="([^"]*)"', page))


def test_every_drawing_has_words_for_those_who_cannot_see_it(page: str) -> None:
    for drawing in svgs(page):
        said = {each.get("id"): each.text for each in drawing if each.get("id")}
        assert drawing.get("role") == "img"
        assert " ".join(filter(None, said)) == drawing.get("aria-labelledby")
        assert len(said) == 2
        assert all(said.values())


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

    page = explore_raw(raw, stages)[REPORT].decode()

    assert "<script" not in page
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
    drawn = explore_raw(write_raw(*films), stages)

    page = drawn[REPORT].decode()
    assert ES.say("page", "nothing") in page
    assert EN.say("page", "nothing") in page
    assert len(svgs(page)) == 2 * (len(drawn) - 1) > 0


def test_the_same_films_draw_the_same_bytes(raw_sample: Path, stages: Stages, drawn: Files) -> None:
    assert explore_raw(raw_sample, stages) == drawn


def test_words_of_a_cloud_lie_within_it_and_on_no_other() -> None:
    words = tuple(
        Word(text, 100 - 9 * n) for n, text in enumerate(["love", "night", "千と千尋", "i", "w"])
    )

    placed = place(words, 300, 200)

    assert [word.text for word in placed] == [word.text for word in words]
    assert (placed[0].x, placed[0].y) == (150, 100)
    for word in placed:
        assert word.size / 2 <= word.y <= 200 - word.size / 2
    assert [word.size for word in placed] == sorted((word.size for word in placed), reverse=True)


def test_words_keep_the_room_they_were_placed_in_whatever_letters_a_reader_has() -> None:
    word = '<text font-weight="bold" font-size="20px">ill</text>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg">{word}</svg>'

    drawn = inline(svg, "words", "", "")

    assert 'textLength="16.7" lengthAdjust="spacingAndGlyphs"' in drawn


def test_words_without_room_are_left_out() -> None:
    words = tuple(Word("unending" * 3, 50) for _ in range(40))

    assert len(place(words, 200, 40)) == 0


def test_a_drawing_keeps_its_texts_and_loses_what_repeats() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" class="m" width="9" height="9" viewBox="0 0 9 9">'
        '<rect width="9" height="9" fill="#fefefe"/><path d=""/>'
        '<text font-family="Arial" role="x">a class="b" &lt;c></text></svg>'
    )

    lean = ET.fromstring(inline(svg, "x", "T & <t>", "D"))  # noqa: S314

    box, text = (each for each in lean if each.get("id") is None)
    assert (lean.get("width"), lean.get("viewBox")) == (None, "0 0 9 9")
    assert (box.get("width"), text.attrib) == ("9", {})
    assert text.text == 'a class="b" <c>'
    assert [each.text for each in lean if each.get("id")] == ["T & <t>", "D"]
