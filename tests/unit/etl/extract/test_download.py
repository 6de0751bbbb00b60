from __future__ import annotations

from io import StringIO
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any

import pytest
from obstore.store import MemoryStore
from rich.console import Console

from etl.errors import PublishError, RawInputError
from etl.extract.download import download_raw, raw_folder, remove_leftovers, survey_batch
from etl.progress import Stages

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACE = "s3://bucket/raw/b1/"
BOTH = {"movies_metadata.csv": b"films", "credits.csv": b"credits"}


def holding(objects: Mapping[str, bytes]) -> MemoryStore:
    return filled(MemoryStore(), objects)


def filled(store: MemoryStore, objects: Mapping[str, bytes]) -> MemoryStore:
    for path, data in objects.items():
        store.put(path, data)
    return store


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize(
    "names",
    [
        ("movies_metadata.csv", "credits.csv"),
        ("movies_dataset.csv.gz", "credits.csv.gz", "keywords.csv"),
        ("movies_dataset.csv", "credits.csv", "keywords.csv.gz"),
    ],
)
def test_the_raw_files_are_downloaded_by_any_of_their_names(
    tmp_path: Path, stages: Stages, names: tuple[str, ...]
) -> None:
    objects = {name: f"what {name} holds".encode() for name in names}

    download_raw(holding(objects), PLACE, tmp_path, stages)

    assert contents(tmp_path) == objects


def test_what_the_job_would_not_read_is_not_downloaded(tmp_path: Path, stages: Stages) -> None:
    others = {
        "notes.txt": b"",
        "credits.csv.gz": b"the same, and the plain one is read",
        "movies_dataset.csv": b"another name, and the first is read",
        "older/keywords.csv": b"of another batch",
    }

    download_raw(holding(BOTH | others), PLACE, tmp_path, stages)

    assert contents(tmp_path) == BOTH


def test_a_file_larger_than_a_chunk_arrives_whole(tmp_path: Path, stages: Stages) -> None:
    films = bytes(range(256)) * 10
    store = holding(BOTH | {"movies_metadata.csv": films})

    download_raw(store, PLACE, tmp_path, stages, chunk_bytes=7)

    assert (tmp_path / "movies_metadata.csv").read_bytes() == films


@pytest.mark.parametrize("there", [{}, {"credits.csv": b"", "keywords.csv": b""}])
def test_without_films_the_place_is_named_before_anything_is_downloaded(
    tmp_path: Path, stages: Stages, there: dict[str, bytes]
) -> None:
    with pytest.raises(RawInputError, match=r"^s3://bucket/raw/b1/ holds no films: there is "):
        download_raw(holding(there), PLACE, tmp_path, stages)

    assert contents(tmp_path) == {}


@pytest.mark.parametrize(
    ("names", "awaited", "files"),
    [
        ((), ["movies"], []),
        (("notes.txt", "credits.csv.zip", "keywords.csv.zip"), ["movies"], None),
        (("movies_metadata.csv", "keywords.csv"), ["credits"], ["movies_metadata.csv"]),
        (("notes.txt", "archive.zip"), [], ["archive.zip"]),
        # The job refuses these, and says why.
        (("movies_metadata.csv", "tmdb_5000_movies.csv"), [], None),
        (("a/movies_metadata.csv", "b/movies_metadata.csv"), [], None),
    ],
)
def test_a_survey_says_what_is_awaited_and_which_files_start_the_job(
    names: tuple[str, ...], awaited: list[str], files: list[str] | None
) -> None:
    survey = survey_batch(PLACE, lambda *_: holding(dict.fromkeys(names, b"1")))

    assert survey["awaited"] == awaited
    assert survey["files"] == (sorted(names) if files is None else files)
    assert len(survey["etags"]) == len(survey["files"])


def test_a_place_that_cannot_be_listed_is_named(tmp_path: Path, stages: Stages) -> None:
    class Unlisted(MemoryStore):
        def list_with_delimiter(self, *_: object, **__: object) -> Any:
            raise PermissionError("denied\nin detail")

    with pytest.raises(PublishError, match=r"^s3://bucket/raw/b1/ cannot be listed: denied$"):
        download_raw(Unlisted(), PLACE, tmp_path, stages)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, stages: Stages) -> None:
    class Gone(MemoryStore):
        def get(self, path: str, **_: object) -> Any:
            raise FileNotFoundError(f"no {path}\nin detail")

    with pytest.raises(
        PublishError,
        match=r"^s3://bucket/raw/b1/movies_metadata\.csv cannot be downloaded: no movies",
    ):
        download_raw(filled(Gone(), BOTH), PLACE, tmp_path, stages)


def test_each_download_is_a_stage(tmp_path: Path) -> None:
    shown = StringIO()

    download_raw(holding(BOTH), PLACE, tmp_path, Stages(Console(file=shown)))

    assert [line.split("s  ")[1] for line in shown.getvalue().splitlines()] == [
        "Downloading movies_metadata.csv",
        "Downloading credits.csv",
    ]


def test_a_folder_is_read_where_it_lies(tmp_path: Path, stages: Stages) -> None:
    with raw_folder(str(tmp_path), stages) as folder:
        assert folder == tmp_path


def test_a_bucket_without_a_name_is_refused(stages: Stages) -> None:
    with (
        pytest.raises(RawInputError, match="'s3:///raw' names no bucket: give s3://bucket/prefix"),
        raw_folder("s3:///raw", stages),
    ):
        pass


def open_both(place: str, _: object) -> MemoryStore:
    assert place == PLACE
    return holding(BOTH)


def test_what_was_downloaded_is_gone_after_the_block_even_after_an_error(
    stages: Stages,
) -> None:
    with raw_folder(PLACE, stages, open_remote=open_both) as folder:
        assert folder.parent == Path(gettempdir())
        assert contents(folder) == BOTH
    assert not folder.exists()

    with pytest.raises(LookupError), raw_folder(PLACE, stages, open_remote=open_both) as folder:
        raise LookupError
    assert not folder.exists()


def test_only_what_jobs_have_downloaded_is_removed_after_they_were_killed(
    tmp_path: Path, stages: Stages
) -> None:
    (tmp_path / "of others").mkdir()
    killed = raw_folder(PLACE, stages, tmp_path, open_both)
    folder = killed.__enter__()
    assert folder.parent == tmp_path

    remove_leftovers(tmp_path)

    assert [entry.name for entry in tmp_path.iterdir()] == ["of others"]
