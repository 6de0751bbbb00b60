"""The bytes of a raw file: plain, gzipped, or in an archive."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast, override

from isal import igzip, isal_zlib

from etl.errors import RawInputError
from etl.extract.choice import ARCHIVE, is_hidden

if TYPE_CHECKING:
    from collections.abc import Buffer, Iterator, Sequence
    from pathlib import Path
    from typing import IO

    from cartelera.contract.release_format import SourceEntry

BUFFER = 1 << 20
# What is raised where bytes cannot be read, or are not those of the archive that they should be.
UNREADABLE_BYTES = (
    OSError,
    EOFError,
    # Its stubs say that it is an error itself.
    cast("type[Exception]", isal_zlib.error),
    zlib.error,
    zipfile.BadZipFile,
    NotImplementedError,
)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say in a `RawInputError` why a file or a folder cannot be read."""
    try:
        yield
    except OSError as error:
        raise RawInputError(f"{path} cannot be read: {error.strerror}") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        # The last where it is encrypted.
        raise RawInputError(f"{path} cannot be read: {error}; unpack it yourself") from error


def members_of(archive: Path) -> Sequence[str]:
    """Return the names of the files in an archive."""
    with readable(archive), zipfile.ZipFile(archive) as opened:
        names = [entry.filename for entry in opened.infolist() if not entry.is_dir()]
    return [name for name in names if not is_hidden(name)]


def only_member(archive: Path) -> str:
    """Return the only file in an archive."""
    names = members_of(archive)
    if len(names) != 1:
        raise RawInputError(f"{archive} should hold one file, not {len(names)}: unpack it yourself")
    return names[0]


def size_of(path: Path, member: str | None) -> int:
    """Return how many bytes a file has, or a member of an archive, unpacked.

    Parameters
    ----------
    path
        The file, or the archive that it is in.
    member
        Its name in the archive; None where it is in none.
    """
    with readable(path):
        if member is None:
            return path.stat().st_size
        with zipfile.ZipFile(path) as archive:
            return archive.getinfo(member).file_size


@contextmanager
def open_bytes(path: Path, member: str | None) -> Iterator[HashedStream]:
    """Open a file, or a member of an archive, to be read once.

    Parameters
    ----------
    path
        The file, or the archive that it is in.
    member
        Its name in the archive; None where it is in none.
    """
    with readable(path):
        if member is None:
            with path.open("rb", 0) as stream:
                yield HashedStream(stream)
        else:
            with zipfile.ZipFile(path) as archive, archive.open(member) as unpacked:
                yield HashedStream(unpacked)


def unpacked(stream: HashedStream, name: str) -> io.BufferedReader:
    """Return the bytes of a file that may be gzipped, as its name says.

    Parameters
    ----------
    stream
        Its bytes.
    name
        The file's name.
    """
    # Buffered, or the decompressor would read a few kilobytes at a time.
    if name.lower().endswith(".gz"):
        packed = io.BufferedReader(stream, BUFFER)
        return io.BufferedReader(igzip.IGzipFile(fileobj=packed), BUFFER)  # type: ignore[no-untyped-call]
    return io.BufferedReader(stream, BUFFER)


def is_archive(name: str) -> bool:
    """Return whether a file is an archive by its name."""
    return name.lower().endswith(ARCHIVE)


class HashedStream(io.RawIOBase):
    """The bytes of another stream, hashed and counted as they are read."""

    def __init__(self, stream: IO[bytes] | io.RawIOBase) -> None:
        self.size = 0
        self._stream = stream
        self._digest = hashlib.sha256()

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        count = self._stream.readinto(buffer) or 0  # type: ignore[union-attr]
        self._digest.update(memoryview(buffer)[:count])
        self.size += count
        return count

    def hash_all(self) -> IO[bytes] | io.RawIOBase:
        """Hash all of the other stream, and return it, at its beginning again."""
        while self.read(BUFFER):
            pass
        self._stream.seek(0)
        return self._stream

    def describe(self, name: str) -> SourceEntry:
        """Return what has been read, as the source of this name."""
        return {"name": name, "sha256": self._digest.hexdigest(), "bytes": self.size}
