"""The release layout: where a release's files lie and what its manifest says of them.

A place (an S3 prefix or a folder) holds::

    current.<format>.json             the pointer of a format: which release answers now
    current.json                      the same, in a place that is older than those pointers
    releases/<id>/manifest.json       every file with its hash, size and rows
    releases/<id>/catalog.parquet     the cleaned films
    releases/<id>/tables/*.parquet    one look-up table a question
    releases/<id>/tables/*/           a large one in blocks: see `cartelera.lookup.block_table`
    releases/<id>/model.pkl           the sparse model
    releases/<id>/features.parquet    what each of the model's features is called
    releases/<id>/quarantine.parquet  what the job set aside, and why
    releases/<id>/eda/report.html     what there is to see in the catalogue
    releases/<id>/eda/*.png           the same charts, each by itself

The pointer carries the manifest's SHA-256 and the manifest those of all other files, so
every byte of a release can be checked from the pointer on.

Functions open releases of one format only. Each format has a pointer of its own, so that those of
one version go on answering while the job of the next publishes beside them. Whatever a format
changes, its pointers have the fields of `Pointer` and its manifests those of `Header`: that is
what a version can say of the releases of another.
"""

import hashlib
import json
import re
from typing import TypedDict, cast

# The environment variable that says where releases lie, as a URL.
RELEASES_VARIABLE = "CARTELERA_RELEASES"
FORMAT = 6
# The pointer of a place that was published to before formats had pointers of their own. It is the
# pointer of the one format that it names, as long as that format has no other.
SHARED_POINTER = "current.json"
# The last format whose functions may know no other pointer.
LAST_SHARED_FORMAT = 6
# The extension of tables: what writes them is `etl.release.table_files`, and what reads them
# `cartelera.lookup.table`.
TABLE_EXTENSION = ".parquet"
MANIFEST = "manifest.json"
CATALOG = f"catalog{TABLE_EXTENSION}"
MODEL = "model.pkl"
FEATURES = f"features{TABLE_EXTENSION}"
QUARANTINE = f"quarantine{TABLE_EXTENSION}"
REPORT = "eda/report.html"


class UnsoundReleaseError(Exception):
    """A release's bytes are not what the job published; the message names the file."""


class FileEntry(TypedDict):
    """One file of a release; `rows` is the number of records in it."""

    sha256: str
    bytes: int
    rows: int


class RowCounts(TypedDict):
    """What became of one raw file: `read` = `kept` + the sum of `set_aside`, by reason.

    `unused_fields` counts, by field and reason, what could not be read in records kept.
    """

    read: int
    kept: int
    set_aside: dict[str, int]
    unused_fields: dict[str, int]


class SourceEntry(TypedDict):
    """One raw file as the job read it."""

    name: str
    sha256: str
    bytes: int


class Header(TypedDict):
    """What manifests of every format say of a release. `created_at` is ISO 8601 in UTC."""

    format: int
    release: str
    created_at: str
    films: int


class Manifest(Header):
    """What a release holds; keys of `files` are paths."""

    rows: dict[str, RowCounts]
    sources: list[SourceEntry]
    files: dict[str, FileEntry]


class Pointer(TypedDict):
    """Which release answers now, and the SHA-256 of its manifest; the same in every format."""

    format: int
    release: str
    manifest_sha256: str


def pointer_path(release_format: int) -> str:
    """Return where the pointer of a format lies, relative to the place."""
    return f"current.{release_format}.json"


def is_pointer(path: str) -> bool:
    """Tell whether a pointer lies there, whichever format it is of."""
    return re.fullmatch(r"current(\.[1-9]\d*)?\.json", path, re.ASCII) is not None


# Where the pointer of this code's own format lies.
POINTER = pointer_path(FORMAT)


def table_path(name: str) -> str:
    """Return where a table lies in a release."""
    return f"{name}{TABLE_EXTENSION}"


def is_table(path: str) -> bool:
    """Tell whether a file of a release is a table."""
    return path.endswith(TABLE_EXTENSION)


def rows_of(manifest: Manifest) -> dict[str, int]:
    """Return how many records each file of a release holds, by path.

    Of a table in blocks it is all that its packs hold, by the path of a table in one piece.
    """
    rows: dict[str, int] = {}
    for path, entry in manifest["files"].items():
        part = re.fullmatch(r"(tables/\w+)/(.+)", path)
        if part is None:
            rows[path] = entry["rows"]
        elif part[2].removesuffix(".pack").isdecimal():
            whole = table_path(part[1])
            rows[whole] = rows.get(whole, 0) + entry["rows"]
    return rows


def release_path(release_id: str, file: str) -> str:
    """Return where a release's file lies, relative to the place."""
    return f"releases/{release_id}/{file}"


def sha256(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def to_json(document: Manifest | Pointer) -> bytes:
    """Render a pointer or manifest as people read it: indented, one final newline."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def read_pointer(data: bytes, release_format: int = FORMAT, path: str = POINTER) -> Pointer:
    """Parse a pointer.

    Parameters
    ----------
    data
        Its bytes.
    release_format
        The format that it must name.
    path
        Where it lies, for messages.

    Raises
    ------
    UnsoundReleaseError
        When it is not a pointer of that format.
    """
    pointer = cast("Pointer", _document(path, data, Pointer, release_format))
    # Nothing vouches for this file, and the id becomes part of a path.
    release = pointer["release"]
    if not isinstance(release, str) or not re.fullmatch(
        r"[0-9A-Za-z][\w.-]{0,99}", release, re.ASCII
    ):
        raise UnsoundReleaseError(f"{path} names no release: {release!r:.100}")
    return pointer


def read_manifest(data: bytes, pointer: Pointer) -> Manifest:
    """Parse the manifest that `pointer` vouches for.

    Raises
    ------
    UnsoundReleaseError
        When its bytes, format or release id are not those the pointer names.
    """
    check_hash(MANIFEST, data, pointer["manifest_sha256"])
    manifest = cast("Manifest", _document(MANIFEST, data, Manifest, pointer["format"]))
    if manifest["release"] != pointer["release"]:
        raise UnsoundReleaseError(
            f"{MANIFEST} belongs to {manifest['release']!r}, not {pointer['release']!r}"
        )
    return manifest


def check_hash(file: str, data: bytes, expected: str) -> None:
    """Raise `UnsoundReleaseError` unless the SHA-256 of `data` is `expected`."""
    found = sha256(data)
    if found != expected:
        raise UnsoundReleaseError(
            f"{file}: SHA-256 is {found}, the release was published with {expected}"
        )


def _document(file: str, data: bytes, shape: type, release_format: int) -> dict[str, object]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnsoundReleaseError(f"{file} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise UnsoundReleaseError(f"{file} holds no JSON object")
    if document.get("format") != release_format:
        raise UnsoundReleaseError(
            f"{file} has format {document.get('format')!r}, this code reads format "
            f"{release_format}: publish with the job of this version, and then deploy it"
        )
    missing = shape.__annotations__.keys() - document.keys()
    if missing:
        raise UnsoundReleaseError(f"{file} lacks {', '.join(sorted(missing))}")
    return document
