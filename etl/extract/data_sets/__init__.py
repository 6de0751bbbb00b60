"""The data sets that the job reads: a TOML file beside this one for each, found by being there.

It says how the data set's files are called, without their endings, and which columns they have.
A column has the name that the job uses; `renamed` has those that do not, by the job's name.
"""

from __future__ import annotations

from pathlib import Path

import msgspec


class DescribedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of a data set.

    Attributes
    ----------
    names
        How it may be called, the first preferred, without `.csv`; `*` is any text.
    columns
        Its columns, as it calls them.
    renamed
        By the job's name of a column, the file's.
    """

    names: tuple[str, ...]
    columns: tuple[str, ...]
    renamed: dict[str, str] = {}


class DataSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A data set: what it is called, and its files; it may lack all but that of the films."""

    name: str
    movies: DescribedFile
    credits: DescribedFile | None = None
    keywords: DescribedFile | None = None

    def file(self, role: str) -> DescribedFile | None:
        """Return the file of a role, one of `ROLES`."""
        described: DescribedFile | None = getattr(self, role)
        return described


ROLES = ("movies", "credits", "keywords")
DATA_SETS = tuple(
    msgspec.toml.decode(path.read_bytes(), type=DataSet)
    for path in sorted(Path(__file__).parent.glob("*.toml"))
)
