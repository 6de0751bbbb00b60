from __future__ import annotations

import csv
import errno
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import pytest

from cartelera.contract.release_format import release_path
from etl.clean.records import (
    Selected,
    clean_entries,
    clean_films,
    select_cells,
    select_entries,
    select_films,
)
from etl.clean.schemas import RAW_ROLES
from etl.clean.unnest import CREDIT_LISTS, MOVIE_LISTS, unnest
from etl.quarantine import LINE
from etl.release.files import ReleaseFile

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence
    from pathlib import Path

    from cartelera.contract.release_format import Manifest
    from etl.clean.unnest import NestedColumn
    from etl.quarantine import Rejection

MOVIES_COLUMNS = RAW_ROLES["movies"].columns
MOVIES_FILE = "movies_metadata.csv"
CREDITS_FILE = "credits.csv"

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


def as_read(records: Sequence[Mapping[str, str]], columns: Sequence[str]) -> pd.DataFrame:
    """Return records as they come out of a file, the first of them in its second line."""
    frame = pd.DataFrame(records, columns=list(columns), dtype="str")
    frame[LINE] = pd.Series(range(2, len(records) + 2), dtype="int64")
    return frame


class Cleaned(NamedTuple):
    """What is left of some raw records: rows, unnested lists by name, and what was set aside."""

    records: pd.DataFrame
    lists: dict[str, pd.DataFrame]
    set_aside: list[Rejection]


def unnested(kept: Selected, lists: Mapping[str, NestedColumn], file: str) -> Cleaned:
    """Unnest what was kept, as the job's workers do."""
    parts = unnest(select_cells(kept.records, file, lists), lists)
    cleaned = {
        name: clean_entries([parts.tables[name]], nested, file) for name, nested in lists.items()
    }
    set_aside = [entry for entries in cleaned.values() for entry in entries.set_aside]
    return Cleaned(
        kept.records,
        {name: entries.records for name, entries in cleaned.items()},
        [*kept.set_aside, *parts.set_aside, *set_aside],
    )


@pytest.fixture
def without_semaphores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine be like Lambda: processes have nothing to share."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr("multiprocessing.synchronize.SemLock.__init__", refuse)


@pytest.fixture(scope="session")
def clean_movies() -> Callable[[pd.DataFrame], Selected]:
    """Select and clean raw films, as the job does."""

    def clean(raw: pd.DataFrame) -> Selected:
        selected = select_films(raw, MOVIES_FILE)
        films = clean_films(selected.records, MOVIES_FILE)
        return Selected(films.records, selected.set_aside + films.set_aside)

    return clean


@pytest.fixture(scope="session")
def unnest_movies() -> Callable[[pd.DataFrame], Cleaned]:
    """Select and unnest raw films, as the job does."""
    return lambda raw: unnested(select_films(raw, MOVIES_FILE), MOVIE_LISTS, MOVIES_FILE)


@pytest.fixture(scope="session")
def unnest_credits() -> Callable[[pd.DataFrame, Container[int]], Cleaned]:
    """Select and unnest raw credits of some films, as the job does."""
    return lambda raw, films: unnested(
        select_entries(raw, CREDITS_FILE, films, {}), CREDIT_LISTS, CREDITS_FILE
    )


@pytest.fixture(scope="session")
def raw_films() -> Callable[..., pd.DataFrame]:
    """Make raw records that differ from a sound film where told, each with an id of its own."""

    def make(*changes: dict[str, str]) -> pd.DataFrame:
        records = [
            SOUND_FILM | {"id": str(number)} | change for number, change in enumerate(changes, 1)
        ]
        return as_read(records, MOVIES_COLUMNS)

    return make


@pytest.fixture(scope="session")
def raw_credits() -> Callable[..., pd.DataFrame]:
    """Make raw credits from (id, cast, crew)."""

    def make(*rows: tuple[str, str, str]) -> pd.DataFrame:
        records = [{"id": film, "cast": cast, "crew": crew} for film, cast, crew in rows]
        return as_read(records, RAW_ROLES["credits"].columns)

    return make


@pytest.fixture(scope="session")
def sample_files(sample_place: Path, sample_manifest: Manifest) -> dict[str, ReleaseFile]:
    """The files of the sample's release."""
    root = sample_place / release_path(sample_manifest["release"], "")
    return {
        path: ReleaseFile((root / path).read_bytes(), entry["rows"])
        for path, entry in sample_manifest["files"].items()
    }


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
