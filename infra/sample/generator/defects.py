"""The defects of generated films: defects.toml lists them, and how often each occurs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from infra.sample.entries import (
    CastMember,
    Company,
    CrewMember,
    Keyword,
    json_cell,
    language_entry,
)
from infra.sample.generator.films import ALL_FILES, File, FilmGenerator, GeneratedFilm
from infra.sample.generator.words import company_name, keyword_name, person_name


class Defect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A defect, as defects.toml declares and explains it."""

    films: int
    text: dict[str, str] = {}
    number: dict[str, tuple[int, int]] = {}
    additional: dict[str, str] = {}
    files: tuple[File, ...] = ALL_FILES
    repeated_in: tuple[File, ...] = ()
    change: str | None = None

    def apply(self, film: GeneratedFilm, generator: FilmGenerator) -> None:
        """Give a film the defect.

        Parameters
        ----------
        film
            The film, changed in place.
        generator
            Draws what the defect adds.
        """
        film.files = self.files
        for column, pattern in self.text.items():
            film.movie[column] = pattern.format(film.movie[column])
        for column, bounds in self.number.items():
            film.movie[column] = str(generator.rng.randint(*bounds))
        for kind, pattern in self.additional.items():
            _ADDITIONS[kind](film, generator, pattern)
        if self.repeated_in:
            film.repetition = replace(film, files=self.repeated_in)
        if self.change is not None:
            _CHANGES[self.change](film, generator)


DEFECTS: Final = msgspec.toml.decode(
    Path(__file__).with_name("defects.toml").read_bytes(), type=dict[str, Defect]
)


def _add_company(film: GeneratedFilm, generator: FilmGenerator, pattern: str) -> None:
    size = generator.populations["companies"].size
    number = size + generator.rng.randrange(size)
    film.companies.append(Company(pattern.format(company_name(number)), number + 1))


def _add_keyword(film: GeneratedFilm, generator: FilmGenerator, pattern: str) -> None:
    number = generator.populations["keywords"].size + generator.rng.randrange(100)
    film.keywords.append(Keyword(number + 1, pattern.format(keyword_name(number))))


def _add_actor(film: GeneratedFilm, generator: FilmGenerator, pattern: str = "{}") -> None:
    actor = generator.cast_member(generator.rank("actors"), len(film.cast))
    actor.name = pattern.format(actor.name)
    film.cast.append(actor)


def _add_writer(film: GeneratedFilm, generator: FilmGenerator, pattern: str) -> None:
    writer = generator.crew_member(generator.rank("crew"), "Writer", "Writing")
    writer.name = pattern.format(writer.name)
    film.crew.append(writer)


_ADDITIONS: Final[dict[str, Callable[[GeneratedFilm, FilmGenerator, str], None]]] = {
    "company": _add_company,
    "keyword": _add_keyword,
    "actor": _add_actor,
    "writer": _add_writer,
}


def _break(film: GeneratedFilm, generator: FilmGenerator) -> None:
    # So that there is always an overview to break.
    overview = f"{generator.vocabulary[3]} - {film.movie['overview']}"
    film.movie["overview"] = overview
    film.break_at = generator.rng.randrange(len(overview))


def _recount(film: GeneratedFilm, generator: FilmGenerator) -> None:
    votes = {
        "popularity": str(float(film.movie["popularity"]) + 0.25),
        "vote_count": str(int(film.movie["vote_count"]) + generator.rng.randint(1, 3)),
    }
    film.repetition = replace(film, movie={**film.movie, **votes})


def _recast(film: GeneratedFilm, generator: FilmGenerator) -> None:
    film.repetition = replace(film, files=("credits",), cast=list(film.cast))
    _add_actor(film.repetition, generator)


def _company_twice(film: GeneratedFilm, generator: FilmGenerator) -> None:
    number = generator.rank("companies")
    film.companies.append(Company(company_name(number), number + 1))
    film.companies.append(_company_namesake(number, generator, 2))


def _company_under_another_id(film: GeneratedFilm, generator: FilmGenerator) -> None:
    film.companies.append(_company_namesake(generator.rank("companies"), generator, 2))


def _company_in_upper_case(film: GeneratedFilm, generator: FilmGenerator) -> None:
    company = _company_namesake(generator.rank("companies"), generator, 3)
    company.name = company.name.upper()
    film.companies.append(company)


def _company_namesake(number: int, generator: FilmGenerator, id_range: int) -> Company:
    """Return a company of another one's name, with an id above those of all others."""
    company_id = id_range * generator.populations["companies"].size + number + 1
    return Company(company_name(number), company_id)


def _double_role(film: GeneratedFilm, generator: FilmGenerator) -> None:
    person = generator.rank("actors")
    for _ in range(2):
        film.cast.append(generator.cast_member(person, len(film.cast)))


def _unnamed_language(film: GeneratedFilm, _: FilmGenerator) -> None:
    film.spoken_languages.append(language_entry("yi"))


def _json_cells(film: GeneratedFilm, generator: FilmGenerator) -> None:
    film.render = json_cell
    # Only the name of one person is known, so that there is a null, which Python does not know.
    name = person_name(generator.rank("actors"))
    film.cast.append(CastMember(name=name, order=len(film.cast)))


def _empty_cells(film: GeneratedFilm, _: FilmGenerator) -> None:
    film.render = lambda _: ""


def _names_only(film: GeneratedFilm, generator: FilmGenerator) -> None:
    _add_actor(film, generator)
    film.cast = [CastMember(name=m.name, order=order) for order, m in enumerate(film.cast)]
    film.crew = [CrewMember(name=member.name) for member in film.crew]


_CHANGES: Final[dict[str, Callable[[GeneratedFilm, FilmGenerator], None]]] = {
    "break": _break,
    "recount": _recount,
    "recast": _recast,
    "company_twice": _company_twice,
    "company_under_another_id": _company_under_another_id,
    "company_in_upper_case": _company_in_upper_case,
    "double_role": _double_role,
    "unnamed_language": _unnamed_language,
    "json_cells": _json_cells,
    "empty_cells": _empty_cells,
    "names_only": _names_only,
}
