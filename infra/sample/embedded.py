"""The embedded sample: the well-formed films of films.toml, then a specimen of each defect."""

import hashlib
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from cartelera.contract.release_format import AKAS
from infra.sample.entries import (
    CastMember,
    Cell,
    Collection,
    Company,
    CrewMember,
    Named,
    SampleError,
    country_entry,
    genre_entry,
    language_entry,
)
from infra.sample.raw_layout import (
    COLUMNS,
    CREDITS_FILE,
    KEYWORDS_FILE,
    MOVIES_FILE,
    RawWriter,
    raw_folder,
)
from infra.sample.specimens import FIRST_SPECIMEN_ID, write_specimens

FILMS_FILE: Final = Path(__file__).with_name("films.toml")

# What IMDb writes for a value that is missing.
MISSING: Final = "\\N"
AKAS_COLUMNS: Final = (
    *("titleId", "ordering", "title", "region", "language", "types", "attributes"),
    "isOriginalTitle",
)
# TMDB's code for a gender that is not set.
_UNKNOWN_GENDER: Final = 0


class OtherTitle(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A title of a film in a region; of a language and a type where they are said."""

    title: str
    region: str
    language: str = MISSING
    types: str = MISSING


class Film(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A ``[[film]]`` of films.toml."""

    id: int
    title: str
    release_date: str
    runtime: int
    budget: int
    revenue: int
    popularity: float
    vote_average: float
    vote_count: int
    genres: list[str]
    companies: list[str]
    countries: list[str]
    original_language: str
    spoken_languages: list[str]
    directors: list[str]
    cast: list[str]
    keywords: list[str]
    imdb_id: str = ""
    original_title: str = ""
    other_titles: list[OtherTitle] = []
    tagline: str = ""
    overview: str = ""
    collection: str = ""
    writers: list[str] = []

    def roles(self) -> list[tuple[str, str]]:
        """Return actor and character of each cast member; the character may be empty."""
        parts = (member.partition(" as ") for member in self.cast)
        return [(actor, character) for actor, _, character in parts]

    def people(self) -> list[str]:
        """Return everybody in the credits."""
        actors = [actor for actor, _ in self.roles()]
        return [*self.directors, *self.writers, *actors]


def write_embedded(folder: Path, films_file: Path = FILMS_FILE) -> None:
    """Write the embedded sample.

    Parameters
    ----------
    folder
        Where the raw files go.
    films_file
        The films. A `SampleError` names the first that cannot be read or has an unknown code.
    """
    films = read_films(films_file)
    with raw_folder(folder) as raw:
        writer = _FilmWriter(raw, films)
        for film in films:
            try:
                writer.write(film)
            except SampleError as error:
                raise _film_error(films_file, film.id, error) from error
        write_specimens(raw)
    _write_akas(folder / AKAS, films)


def read_films(file: Path = FILMS_FILE) -> list[Film]:
    """Read films from a TOML file: a ``[[film]]`` has the fields of `Film`.

    A `SampleError` names a film without a key, with an unknown one or one of another type, and one
    whose id comes twice or belongs to the specimens.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))["film"]
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise SampleError(f"{file.name}: no list of films: {error}") from error
    films: dict[int, Film] = {}
    for table in tables:
        try:
            film = msgspec.convert(table, Film)
        except msgspec.ValidationError as error:
            raise _film_error(file, table.get("id"), error) from error
        if film.id in films:
            raise _film_error(file, film.id, "its id comes twice")
        if film.id >= FIRST_SPECIMEN_ID:
            raise _film_error(file, film.id, f"ids from {FIRST_SPECIMEN_ID} are the specimens'")
        films[film.id] = film
    return list(films.values())


def _film_error(file: Path, film_id: int | None, reason: object) -> SampleError:
    return SampleError(f"{file.name}: film {film_id}: {reason}")


def _write_akas(file: Path, films: Iterable[Film]) -> None:
    """Write the other titles of films in IMDb's layout: tabs, and no quotes."""
    lines: list[tuple[str, ...]] = [AKAS_COLUMNS]
    for film in films:
        if not film.other_titles:
            continue
        original = film.original_title or film.title
        titles = [OtherTitle(title=original, region=MISSING, types="original"), *film.other_titles]
        for number, other in enumerate(titles, start=1):
            own = [other.title, other.region, other.language, other.types, MISSING]
            lines.append((film.imdb_id, str(number), *own, str(int(other.types == "original"))))
    file.write_text("".join("\t".join(line) + "\n" for line in lines), encoding="utf-8")


class _FilmWriter:
    """Writes films; what films.toml gives only a name gets its position among all such names."""

    def __init__(self, raw: RawWriter, films: Sequence[Film]) -> None:
        self._raw = raw
        self._companies = _ids(film.companies for film in films)
        self._collections = _ids([film.collection] for film in films if film.collection)
        self._keywords = _ids(film.keywords for film in films)
        self._people = _ids(film.people() for film in films)

    def write(self, film: Film) -> None:
        film_id, collection = str(film.id), film.collection
        own = msgspec.structs.asdict(film)
        movie: dict[str, Cell] = {
            **{name: str(own[name]) for name in own if name in COLUMNS[MOVIES_FILE]},
            "adult": "False",
            "belongs_to_collection": (
                Collection(self._collections[collection], collection) if collection else ""
            ),
            "genres": [genre_entry(name) for name in film.genres],
            "original_title": film.original_title or film.title,
            "production_companies": [
                Company(name, self._companies[name]) for name in film.companies
            ],
            "production_countries": [country_entry(code) for code in film.countries],
            "runtime": f"{film.runtime:.1f}",
            "spoken_languages": [language_entry(code) for code in film.spoken_languages],
            "status": "Released",
            "video": "False",
            "vote_average": f"{film.vote_average:.1f}",
        }
        cast = [
            CastMember(
                cast_id=order + 1,
                character=character,
                credit_id=_credit_id(film.id, "cast", order),
                gender=_UNKNOWN_GENDER,
                id=self._people[actor],
                name=actor,
                order=order,
            )
            for order, (actor, character) in enumerate(film.roles())
        ]
        crew = [
            CrewMember(
                credit_id=_credit_id(film.id, job, name),
                department=department,
                gender=_UNKNOWN_GENDER,
                id=self._people[name],
                job=job,
                name=name,
            )
            for names, job, department in (
                (film.directors, "Director", "Directing"),
                (film.writers, "Writer", "Writing"),
            )
            for name in names
        ]
        keywords = [Named(self._keywords[name], name) for name in film.keywords]
        self._raw.write(MOVIES_FILE, movie)
        self._raw.write(CREDITS_FILE, {"cast": cast, "crew": crew, "id": film_id})
        self._raw.write(KEYWORDS_FILE, {"id": film_id, "keywords": keywords})


def _ids(names: Iterable[Sequence[str]]) -> dict[str, int]:
    distinct = sorted(set().union(*names))
    return {name: number for number, name in enumerate(distinct, start=1)}


def _credit_id(*parts: object) -> str:
    """Return 24 hexadecimal digits, as TMDB's credit ids have, that depend on the parts alone."""
    text = "\x1f".join(map(str, parts))
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
