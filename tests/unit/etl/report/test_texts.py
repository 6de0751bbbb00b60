"""The report's words and figures, in both languages."""

from __future__ import annotations

import ast
import string
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from etl.report import charts
from etl.report.charts.rankings import Frequency
from etl.report.texts import EN, ES, TEXTS, Bilingual, text

if TYPE_CHECKING:
    from collections.abc import Iterator


def texts_in(tree: Any) -> Iterator[tuple[str, str]]:
    """Every text of `texts.toml`."""
    for found in tree.values():
        if found.keys() == {"es", "en"}:
            yield found["es"], found["en"]
        else:
            yield from texts_in(found)


def texts_of_charts() -> Iterator[tuple[str, str]]:
    """Every text that stands beside a chart: wherever one is written out in both languages."""
    for path in Path(charts.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Name("Bilingual"), args=[ast.Constant(str(es)), ast.Constant(str(en))]
                ):
                    yield es, en


def fields(text: str) -> set[tuple[str | None, str | None]]:
    return {(name, kind) for _, name, kind, _ in string.Formatter().parse(text) if name is not None}


def test_every_text_is_there_in_both_languages_with_the_same_figures() -> None:
    found = [*texts_in(TEXTS), *texts_of_charts()]

    assert len(found) > 150
    for es, en in found:
        assert es.strip()
        assert en.strip()
        assert fields(es) == fields(en), es


def test_a_text_is_filled_in_with_figures_and_with_what_was_measured() -> None:
    facts = Frequency(Bilingual("cine", "cinema"), 1234)

    said = Bilingual("{name}: {films:#} ({share:%})", "{films:#} of {name}").fill(facts, share=0.5)

    assert said == ("cine: 1.234 (50\N{NO-BREAK SPACE}%)", "1,234 of cinema")


@pytest.mark.parametrize(
    ("value", "spanish", "english"),
    [
        (1, "1 dólar", "1 dollar"),
        (8, "8 dólares", "8 dollars"),
        (12_345, "12.345 dólares", "12,345 dollars"),
        (1_001_000, "1 millón de dólares", "1 million dollars"),
        (1_000_000, "1 millón de dólares", "1 million dollars"),
        (12_396_383, "12,4 millones de dólares", "12.4 million dollars"),
        (2_787_965_087, "2,79 mil millones de dólares", "2.79 billion dollars"),
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
        (1e9, "1000 M", "1B"),
    ],
)
def test_magnitudes_are_written_short(value: float, spanish: str, english: str) -> None:
    said = [language.magnitude(value).replace("\N{NO-BREAK SPACE}", " ") for language in (ES, EN)]

    assert said == [spanish, english]


def test_a_text_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError, match="nothing"):
        text("figures", "nothing")
