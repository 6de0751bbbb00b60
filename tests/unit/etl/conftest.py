from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from etl.raw import CREDITS_COLUMNS, LINE, MOVIES_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SOUND_FILM = dict.fromkeys(MOVIES_COLUMNS, "") | {
    "adult": "False",
    "id": "1",
    "title": "Up",
    "release_date": "2009-05-28",
    "budget": "0",
    "revenue": "0",
    "vote_count": "10",
    "original_language": "en",
}


@pytest.fixture
def raw_films() -> Callable[..., pd.DataFrame]:
    """Make raw records that differ from a sound film where told, each with an id of its own."""

    def make(*changes: dict[str, str]) -> pd.DataFrame:
        records = [
            SOUND_FILM | {"id": str(number)} | change for number, change in enumerate(changes, 1)
        ]
        frame = pd.DataFrame(records, dtype="str")
        frame[LINE] = range(2, len(records) + 2)
        return frame

    return make


@pytest.fixture
def raw_credits() -> Callable[..., pd.DataFrame]:
    """Make raw credits from (id, cast, crew)."""

    def make(*rows: tuple[str, str, str]) -> pd.DataFrame:
        records = [{"id": film, "cast": cast, "crew": crew} for film, cast, crew in rows]
        frame = pd.DataFrame(records, columns=list(CREDITS_COLUMNS), dtype="str")
        frame[LINE] = range(2, len(records) + 2)
        return frame

    return make


@pytest.fixture
def write_raw(tmp_path: Path) -> Callable[..., Path]:
    """Write a raw folder of films that differ from a sound one where told, without credits."""

    def write(*changes: dict[str, Any]) -> Path:
        with (tmp_path / "movies_metadata.csv").open("w", newline="") as stream:
            writer = csv.DictWriter(stream, MOVIES_COLUMNS)
            writer.writeheader()
            for number, change in enumerate(changes, 1):
                writer.writerow(SOUND_FILM | {"id": number} | change)
        (tmp_path / "credits.csv").write_text("cast,crew,id\n")
        return tmp_path

    return write
