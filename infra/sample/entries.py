"""The entries of nested cells, their keys in the order of the raw files, and the cells as text."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec


class SampleError(ValueError):
    """A sample cannot be written; the message is one line for the user."""


class Named(msgspec.Struct):
    """An entry of ``genres`` or ``keywords``."""

    id: int
    name: str


class Company(msgspec.Struct):
    """An entry of ``production_companies``."""

    name: str
    id: int


class Country(msgspec.Struct):
    """An entry of ``production_countries``."""

    iso_3166_1: str
    name: str


class SpokenLanguage(msgspec.Struct):
    """An entry of ``spoken_languages``."""

    iso_639_1: str
    name: str


class Collection(msgspec.Struct, forbid_unknown_fields=True):
    """The object in ``belongs_to_collection``."""

    id: int
    name: str
    poster_path: str | None = None
    backdrop_path: str | None = None


class CastMember(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An entry of ``cast``; of some people, only the name is known."""

    cast_id: int | None = None
    character: str | None = None
    credit_id: str | None = None
    gender: int | None = None
    id: int | None = None
    name: str
    order: int
    profile_path: str | None = None


class CrewMember(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An entry of ``crew``; of some people, only the name is known."""

    credit_id: str | None = None
    department: str | None = None
    gender: int | None = None
    id: int | None = None
    job: str | None = None
    name: str
    profile_path: str | None = None


type Entry = Mapping[str, Any] | msgspec.Struct
type Cell = str | Entry | Sequence[Entry]
"""A cell as text, or the entries its text is made from."""


_CODES: Final[dict[str, dict[str, int | str]]] = tomllib.loads(
    Path(__file__).with_name("codes.toml").read_text(encoding="utf-8")
)


def genre_entry(name: str) -> Named:
    """Return the entry of a genre; `SampleError` if codes.toml has no id for it."""
    return Named(int(_look_up("genre", name)), name)


def country_entry(code: str) -> Country:
    """Return the entry of a country; `SampleError` if codes.toml has no name for it."""
    return Country(code, str(_look_up("country", code)))


def language_entry(code: str) -> SpokenLanguage:
    """Return the entry of a language; `SampleError` if codes.toml has no name for it."""
    return SpokenLanguage(code, str(_look_up("language", code)))


def _look_up(kind: str, key: str) -> int | str:
    if key not in _CODES[kind]:
        raise SampleError(f"{kind} {key!r} is not in codes.toml")
    return _CODES[kind][key]


def literal_cell(cell: Cell) -> str:
    """Render a cell as the raw files do, as a Python literal; text stays as it is."""
    return cell if isinstance(cell, str) else repr(msgspec.to_builtins(cell))


def json_cell(cell: Cell) -> str:
    """Render a cell as JSON, as other tools write this layout."""
    return json.dumps(msgspec.to_builtins(cell), ensure_ascii=False)
