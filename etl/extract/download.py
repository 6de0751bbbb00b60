"""Fetching the raw files: a folder is read where it lies, an S3 prefix is downloaded first."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from obstore.exceptions import BaseError

from cartelera.storage import open_store
from etl.errors import PublishError, RawInputError
from etl.extract.raw_files import choose_raw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from obstore.store import ObjectStore

    from etl.progress import Stages

_REMOTE = "s3://"
_PREFIX = "cartelera-raw-"
# One attempt at one file; what is cut short by it is continued where it stopped.
_REQUEST_TIMEOUT = timedelta(minutes=5)
CHUNK_BYTES = 8 << 20


@contextmanager
def raw_folder(
    place: str,
    stages: Stages,
    temporary: Path | None = None,
    open_remote: Callable[[str, timedelta], ObjectStore] = open_store,
) -> Iterator[Path]:
    """Give a folder with the raw files that lie at `place`, for as long as the block runs.

    Parameters
    ----------
    place
        A folder, which is given as it is, or `s3://bucket/prefix`, whose raw files are downloaded
        into a folder of their own.
    stages
        Hear of each download.
    temporary
        Where that folder is made; by default in the system's folder for temporary files.
    open_remote
        Opens a place in S3, with the time that one attempt at a request may take.

    Raises
    ------
    RawInputError
        When `place` is in S3 and names no bucket, or the films or the credits are not there.
    PublishError
        When a file could not be downloaded; the message says which, and why.
    """
    if not place.startswith(_REMOTE):
        yield Path(place)
        return
    try:
        store = open_remote(place, _REQUEST_TIMEOUT)
    except ValueError as error:
        raise RawInputError(f"{place!r} names no bucket: give s3://bucket/prefix") from error
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=temporary) as folder:
        download_raw(store, place, Path(folder), stages)
        yield Path(folder)


def download_raw(
    store: ObjectStore, place: str, folder: Path, stages: Stages, chunk_bytes: int = CHUNK_BYTES
) -> None:
    """Download the raw files at the root of a store, and nothing else of it.

    Parameters
    ----------
    store
        Where they lie.
    place
        What messages call the store.
    folder
        Where they go.
    stages
        Hear of each download, and how many bytes of it are done.
    chunk_bytes
        How many bytes of a file are held in memory, or a few more.

    Raises
    ------
    RawInputError
        When the films or the credits are not there.
    PublishError
        When a file could not be downloaded; the message says which, and why.
    """
    sizes = _listed(store, place)
    for name in choose_raw(sizes, place).values():
        with stages.stage(f"Downloading {name}", sizes[name]) as advance:
            try:
                with (folder / name).open("wb") as file:
                    for chunk in store.get(name).stream(min_chunk_size=chunk_bytes):
                        advance(file.write(chunk))
            except (BaseError, OSError) as error:
                raise _not_read(f"{place.rstrip('/')}/{name}", "downloaded", error) from error


def remove_left_behind(temporary: Path | None = None) -> None:
    """Remove what killed jobs have downloaded; nothing may be downloading meanwhile.

    `temporary` is where they had downloaded it, as for `raw_folder`.
    """
    for folder in (temporary or Path(tempfile.gettempdir())).glob(f"{_PREFIX}*"):
        shutil.rmtree(folder)


def _listed(store: ObjectStore, place: str) -> dict[str, int]:
    """Return the names and sizes, in bytes, of what lies at the root of a store."""
    try:
        objects = store.list_with_delimiter()["objects"]
    except (BaseError, OSError) as error:
        raise _not_read(place, "listed", error) from error
    return {entry["path"]: entry["size"] for entry in objects}


def _not_read(what: str, done: str, error: Exception) -> PublishError:
    return PublishError(f"{what} cannot be {done}: {str(error).splitlines()[0]}")
