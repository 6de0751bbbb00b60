"""The entries of nested cells, their keys in the order of the raw files, and the cells as text."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec


class SampleError(ValueError):
    """A sample cannot be written; the message is one line for the user."""


class Genre(msgspec.Struct):
    """An entry of ``genres``."""

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


class Keyword(msgspec.Struct):
    """An entry of ``keywords``."""

    id: int
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


class _Codes(msgspec.Struct, frozen=True):
    genre_ids: dict[str, int]
    country_names: dict[str, str]
    language_names: dict[str, str]


_CODES: Final = msgspec.toml.decode(
    Path(__file__).with_name("codes.toml").read_bytes(), type=_Codes
)


def genre_entry(name: str) -> Genre:
    """Return the entry of a genre; `SampleError` if TMDB has no such genre."""
    return Genre(_lookup(_CODES.genre_ids, name, "genre {!r} has no id"), name)


def country_entry(code: str) -> Country:
    """Return the entry of a country; `SampleError` if codes.toml has no name for it."""
    return Country(code, _lookup(_CODES.country_names, code, "country {!r} has no name"))


def language_entry(code: str) -> SpokenLanguage:
    """Return the entry of a language; `SampleError` if codes.toml has no name for it."""
    return SpokenLanguage(code, _lookup(_CODES.language_names, code, "language {!r} has no name"))


def _lookup[T](table: Mapping[str, T], key: str, message: str) -> T:
    if key not in table:
        raise SampleError(f"{message.format(key)} in codes.toml")
    return table[key]


def literal_cell(cell: Cell) -> str:
    """Render a cell as the raw files do, as a Python literal; text stays as it is."""
    return cell if isinstance(cell, str) else repr(msgspec.to_builtins(cell))


def json_cell(cell: Cell) -> str:
    """Render a cell as JSON, as other tools write this layout."""
    return json.dumps(msgspec.to_builtins(cell), ensure_ascii=False)
