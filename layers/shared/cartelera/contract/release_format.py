"""The release format: where the files of releases are, and what a manifest says of them.

A place (an S3 prefix or a folder) holds::

    current.<format>.json             the pointer of a format: the current release
    current.json                      the same, in a place older than those pointers
    releases/<id>/manifest.json       every file with its hash, size and rows
    releases/<id>/catalog.parquet     the cleaned films
    releases/<id>/tables/*.parquet    the look-up tables
    releases/<id>/tables/*/           large ones in blocks: see `cartelera.lookup.block_table`
    releases/<id>/model.pkl           the sparse model
    releases/<id>/features.parquet    the names of the model's features
    releases/<id>/item_weights.pkl    what the ratings say of the films, if there were any
    releases/<id>/quarantine.parquet  the rejected records, with reasons
    releases/<id>/eda/report.html     the exploration report
    releases/<id>/lease-*             whoever is about to let it answer; see `etl.release.leases`
    releases/<id>/tombstone-*         whoever is removing it

The pointer has the manifest's SHA-256 and the manifest those of all other files, so every byte of
a release can be verified from the pointer on.

Functions open releases of one format. Each format has its own pointer, so that functions of one
version go on answering while the job of the next publishes beside them. In every format pointers
have the fields of `Pointer` and manifests those of `Header`.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NotRequired, TypedDict, cast

from cartelera import ATTRIBUTION, IMDB_ATTRIBUTION, MOVIELENS_ATTRIBUTION
from cartelera.contract.data_set import DataSetEntry
from cartelera.contract.names import NAMES_VERSION

# The environment variable with the URL of the releases.
RELEASES_VARIABLE = "CARTELERA_RELEASES"
FORMAT = 9
# The pointer from before formats had their own: that of the format it names, unless that format
# has another.
SHARED_POINTER = "current.json"
# The last format that reads it.
LAST_SHARED_FORMAT = 6
# That of releases whose manifest does not say.
FIRST_NAMES_VERSION = 1
MANIFEST = "manifest.json"
# Of tables, which `etl.release.table_files` writes and `cartelera.lookup.columns` reads.
TABLE_EXTENSION = ".parquet"
CATALOG = f"catalog{TABLE_EXTENSION}"
MODEL = "model.pkl"
# A release made without ratings does not have it.
ITEM_WEIGHTS = "item_weights.pkl"
FEATURES = f"features{TABLE_EXTENSION}"
QUARANTINE = f"quarantine{TABLE_EXTENSION}"
REPORT = "eda/report.html"
# What a release may lack, and the films beside each (`cartelera.contract.formats.neighbours`).
OPTIONAL = frozenset({ITEM_WEIGHTS, REPORT})
# The raw file of IMDb's, which has to be credited where a release was made of it.
AKAS = "title.akas.tsv"
# How MovieLens' files are called, without their endings: of ratings by people, to be credited, too,
# and of which film each of theirs is. The first of each has all of them.
RATINGS = ("ratings", "ratings_small")
LINKS = ("links", "links_small")


class UnsoundReleaseError(Exception):
    """Bytes of a release are not what the job published; the message names the file."""


class FileEntry(TypedDict):
    """A file of a release; `rows` is the number of its records."""

    sha256: str
    bytes: int
    rows: int


class RowCounts(TypedDict):
    """The records of a raw file: `read` = `kept` + the sum of `set_aside`, by reason.

    `unused_fields` counts the unreadable fields of kept records, by field and reason.
    """

    read: int
    kept: int
    set_aside: dict[str, int]
    unused_fields: dict[str, int]


class SourceEntry(TypedDict):
    """A raw file as the job read it."""

    name: str
    sha256: str
    bytes: int


class RatingsEntry(TypedDict):
    """The ratings that a release was made with: of so many people, and the films that they bear on.

    A person and a film count as one rating.
    """

    people: int
    ratings: int
    films: int


class Header(TypedDict):
    """The fields of manifests of every format. `created_at` is ISO 8601 in UTC."""

    format: int
    release: str
    created_at: str
    films: int


class Manifest(Header):
    """The contents of a release; `files` is by path.

    `names` is the version of the normalisation of names that its tables are in order by
    (`cartelera.contract.names`). Releases older than the field have the first, and
    none but later ones say of which `data_set` they were made. Those made without `ratings` do not
    have that field.
    """

    names: NotRequired[int]
    rows: dict[str, RowCounts]
    sources: list[SourceEntry]
    data_set: NotRequired[DataSetEntry]
    ratings: NotRequired[RatingsEntry]
    files: dict[str, FileEntry]


class Pointer(TypedDict):
    """The current release and its manifest's SHA-256; the same in every format."""

    format: int
    release: str
    manifest_sha256: str


def pointer_path(release_format: int) -> str:
    """Return the path of the pointer of a format."""
    return f"current.{release_format}.json"


def is_pointer(path: str) -> bool:
    """Return whether a path is that of a pointer of any format."""
    return re.fullmatch(r"current(\.[1-9]\d*)?\.json", path, re.ASCII) is not None


# Of this code's own format.
POINTER = pointer_path(FORMAT)


def table_path(name: str) -> str:
    """Return the path of a table in a release."""
    return f"{name}{TABLE_EXTENSION}"


def is_table(path: str) -> bool:
    """Return whether a file of a release is a table."""
    return path.endswith(TABLE_EXTENSION)


def rows_of(manifest: Manifest) -> dict[str, int]:
    """Return the number of records in each file of a release, by path.

    The packs of a table in blocks count together, by the path of a whole table.
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
    """Return the path of a release's file in the place.

    Parameters
    ----------
    release_id
        The release's id.
    file
        The file's path in the release.
    """
    return f"releases/{release_id}/{file}"


def attribution(sources: Iterable[str]) -> str:
    """Return whom to credit for a release that was made of raw files of these names."""
    names = [name.rpartition("/")[2].lower() for name in sources]
    credits_by_name = {AKAS: IMDB_ATTRIBUTION, RATINGS[0]: MOVIELENS_ATTRIBUTION}
    used = [
        text
        for beginning, text in credits_by_name.items()
        if any(name.startswith(beginning) for name in names)
    ]
    return " ".join([ATTRIBUTION, *used])


def sha256(data: bytes) -> str:
    """Return the SHA-256 of `data` in lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def to_json(document: Manifest | Pointer) -> bytes:
    """Return the JSON of a pointer or manifest, indented for people."""
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
        Its path, for messages.

    Raises
    ------
    UnsoundReleaseError
        When it is not a pointer of that format.
    """
    pointer = cast("Pointer", _document(path, data, Pointer, release_format))
    # Nothing vouches for a pointer, and the id becomes part of a path.
    release = pointer["release"]
    if not isinstance(release, str) or not re.fullmatch(
        r"[0-9A-Za-z][\w.-]{0,99}", release, re.ASCII
    ):
        raise UnsoundReleaseError(f"{path} names no release: {release!r:.100}")
    return pointer


def read_manifest(data: bytes, pointer: Pointer) -> Manifest:
    """Parse a manifest.

    Parameters
    ----------
    data
        Its bytes.
    pointer
        The pointer to its release.

    Raises
    ------
    UnsoundReleaseError
        When its hash, format or release id are not those of the pointer.
    """
    check_hash(MANIFEST, data, pointer["manifest_sha256"])
    manifest = cast("Manifest", _document(MANIFEST, data, Manifest, pointer["format"]))
    if manifest["release"] != pointer["release"]:
        raise UnsoundReleaseError(
            f"{MANIFEST} belongs to {manifest['release']!r}, not {pointer['release']!r}"
        )
    return manifest


def check_names(manifest: Manifest) -> None:
    """Refuse a release whose tables are in order by names that this code normalises otherwise.

    It would look in the wrong place, and find nothing.

    Raises
    ------
    UnsoundReleaseError
        When the release has another version of the normalisation of names.
    """
    version = manifest.get("names", FIRST_NAMES_VERSION)
    if version != NAMES_VERSION:
        raise UnsoundReleaseError(
            f"{MANIFEST} has version {version!r} of the normalisation of names, this code has "
            f"version {NAMES_VERSION}: publish with the job of this version"
        )


def check_hash(file: str, data: bytes, expected: str) -> None:
    """Check the hash of a file of a release.

    Parameters
    ----------
    file
        What the message calls it.
    data
        Its bytes.
    expected
        Their SHA-256, in lower-case hexadecimal digits.

    Raises
    ------
    UnsoundReleaseError
        When it is another.
    """
    found = sha256(data)
    if found != expected:
        raise UnsoundReleaseError(
            f"{file}: SHA-256 is {found}, the release was published with {expected}"
        )


def parse_time(created_at: object) -> datetime:
    """Return the time in a manifest's `created_at`, in UTC.

    Raises `UnsoundReleaseError` when it is none, or none that UTC can say.
    """
    try:
        return datetime.fromisoformat(cast("str", created_at)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError) as error:
        raise UnsoundReleaseError(
            f"{MANIFEST} has no time in created_at: {created_at!r:.100}"
        ) from error


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
    missing = vars(shape)["__required_keys__"] - document.keys()
    if missing:
        raise UnsoundReleaseError(f"{file} lacks {', '.join(sorted(missing))}")
    return document
