"""Fetching the raw files: a folder is read where it lies, an S3 prefix is downloaded first."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from obstore.exceptions import BaseError

from cartelera.storage import StorageError, open_store
from etl.errors import PublishError, RawInputError
from etl.extract.choice import choose_raw, may_hold_films
from etl.objects import list_objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from obstore.store import ObjectStore

    from etl.progress import Stages

_PREFIX = "cartelera-raw-"
# For one attempt at one file; a download that is cut off continues where it stopped.
_REQUEST_TIMEOUT = timedelta(minutes=5)
_CHUNK_BYTES = 8 << 20

# What packs a file, and how many times as large the real films and credits are unpacked.
_PACKED = (".gz", ".zip", ".parquet")
_UNPACKED = 5
# The roles of files that a batch may lack.
_MAY_LACK = frozenset({"keywords", "akas", "ratings", "links"})


class Survey(TypedDict):
    """What of a batch the job would read: whether it can start, for whom it is new, and where.

    Attributes
    ----------
    awaited
        The roles of files that are still to come; none when the job can start.
    files, etags
        The files, but for keywords, IMDb's titles and MovieLens' ratings, which a batch may lack,
        and the tags that change with them.
    bytes
        How many bytes all files have, keywords too, once they are unpacked: an estimate.
    """

    awaited: list[str]
    files: list[str]
    etags: list[str | None]
    bytes: int


@contextmanager
def raw_folder(
    place: str,
    stages: Stages,
    temporary: Path | None = None,
    open_remote: Callable[[str, timedelta], ObjectStore] = open_store,
) -> Iterator[Path]:
    """Give a folder with the raw files of a place, for as long as the `with` block runs.

    Parameters
    ----------
    place
        A folder, which is used as it is, or `s3://bucket/prefix`, which is downloaded.
    stages
        Show each download.
    temporary
        Where to make a folder for downloads; by default in the system's for temporary files.
    open_remote
        Opens a place in S3, given the time that one attempt at a request may take.

    Raises
    ------
    RawInputError
        When the place names no bucket, or holds no films.
    PublishError
        When a file could not be downloaded; the message says which, and why.
    """
    if not place.startswith("s3://"):
        yield Path(place)
        return
    store = _open(place, open_remote)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=temporary) as folder:
        download_raw(store, place, Path(folder), stages)
        yield Path(folder)


def download_raw(
    store: ObjectStore, place: str, folder: Path, stages: Stages, chunk_bytes: int = _CHUNK_BYTES
) -> None:
    """Download the raw files of a store, and nothing else.

    Parameters
    ----------
    store, place
        The store, and what messages call it.
    folder
        Where to write to.
    stages
        Show each download, and how many bytes of it are done.
    chunk_bytes
        How many bytes of a file are held in memory, or a few more.

    Raises
    ------
    RawInputError, PublishError
        As `raw_folder`.
    """
    sizes = _list(store, place)
    for name in choose_raw(sizes, place).names:
        with stages.stage(f"Downloading {name}", sizes[name]) as advance:
            try:
                (folder / name).parent.mkdir(exist_ok=True)
                with (folder / name).open("wb") as file:
                    for chunk in store.get(name).stream(min_chunk_size=chunk_bytes):
                        advance(file.write(chunk))
            except (BaseError, OSError) as error:
                raise _failed(f"{place.rstrip('/')}/{name}", "downloaded", error) from error


def survey_batch(
    place: str, open_remote: Callable[[str, timedelta], ObjectStore] = open_store
) -> Survey:
    """Say what the job would read of a place in S3, without reading it.

    Parameters
    ----------
    place, open_remote
        As for `raw_folder`.

    Raises
    ------
    RawInputError
        When the place names no bucket.
    PublishError
        When the place cannot be listed.
    """
    store = _open(place, open_remote)
    sizes = _list(store, place)
    awaited: Sequence[str] = () if may_hold_films(sizes) else ("movies",)
    read: Sequence[str] = [*sizes]
    may_lack: set[str] = set()
    # Films that are there and cannot be chosen the job refuses, and says why.
    with suppress(RawInputError):
        choice = choose_raw(sizes, place)
        awaited, read = choice.awaited, choice.names
        may_lack = {name for role, name in choice.files.items() if role in _MAY_LACK}
    files = [name for name in read if name not in may_lack]
    try:
        etags = [store.head(name)["e_tag"] for name in files]
    except (BaseError, OSError) as error:
        raise _failed(place, "listed", error) from error
    size = sum(sizes[name] * (_UNPACKED if name.lower().endswith(_PACKED) else 1) for name in read)
    return {"awaited": [*awaited], "files": files, "etags": etags, "bytes": size}


def remove_leftovers(temporary: Path | None = None) -> None:
    """Remove what killed jobs downloaded to `temporary`; no download may be going on."""
    for folder in (temporary or Path(tempfile.gettempdir())).glob(f"{_PREFIX}*"):
        shutil.rmtree(folder)


def _open(place: str, open_remote: Callable[[str, timedelta], ObjectStore]) -> ObjectStore:
    try:
        return open_remote(place, _REQUEST_TIMEOUT)
    except ValueError as error:
        raise RawInputError(f"{place!r} names no bucket: give s3://bucket/prefix") from error
    except StorageError as error:
        raise RawInputError(str(error)) from error


def _list(store: ObjectStore, place: str) -> dict[str, int]:
    """Return the sizes of the files in a place and in its folders, by name."""
    try:
        return {entry.path: entry.size for entry in list_objects(store, depth=2)}
    except (BaseError, OSError) as error:
        raise _failed(place, "listed", error) from error


def _failed(what: str, done: str, error: Exception) -> PublishError:
    return PublishError(f"{what} cannot be {done}: {str(error).splitlines()[0]}")
