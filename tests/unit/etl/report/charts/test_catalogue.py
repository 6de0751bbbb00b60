"""What the report says of columns and of records that were set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from etl.clean.records import NO_SUCH_FILM, REPEATED, REPEATED_WORD_FOR_WORD
from etl.clean.schemas import BAD_DATE, LONG_TITLE, NOT_A_FILM, SHIFTED, UNDATED, UNTITLED
from etl.clean.unnest import UNREADABLE
from etl.extract.raw_files import BROKEN
from etl.report.charts.catalogue import reason_text
from etl.report.texts import TEXTS, Bilingual, text

if TYPE_CHECKING:
    from collections.abc import Callable

REASONS = (
    NOT_A_FILM, SHIFTED, UNDATED, BAD_DATE, UNTITLED, LONG_TITLE, BROKEN, REPEATED,
    REPEATED_WORD_FOR_WORD, NO_SUCH_FILM, UNREADABLE,
)  # fmt: skip


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_to_set_something_aside_is_said_in_both_languages(reason: str) -> None:
    assert reason in TEXTS["reasons"]
    said = text("reasons", reason)
    assert reason_text(f"budget: {reason}") == (f"budget: {said.es}", f"budget: {said.en}")


def test_a_reason_without_words_is_said_as_it_is() -> None:
    assert reason_text("not from 0 to 10") == Bilingual(*["not from 0 to 10"] * 2)


def test_the_most_frequent_reason_comes_first_whatever_the_file(
    measure: Callable[..., Any],
) -> None:
    counts = {"read": 9, "kept": 6, "unused_fields": {}}
    rows = {
        "a.csv": counts | {"set_aside": {UNTITLED: 1, UNDATED: 1}},
        "b.csv": counts | {"set_aside": {UNDATED: 1}},
    }

    found = measure("set_aside", {}, rows=rows)

    assert found.reasons == ((text("reasons", UNDATED), 2), (text("reasons", UNTITLED), 1))
    assert (found.read, found.kept) == (18, 12)


def test_of_all_columns_the_emptiest_is_named(measure: Callable[..., Any]) -> None:
    found = measure("columns", {"overview": "x", "tagline": "y"}, {"overview": "z"})

    assert (found.emptiest, found.share) == ("collection", 1)
    assert "title" in [column.name for column in found.columns]
