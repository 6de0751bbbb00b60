"""The defects of generated films: defects.toml lists them, and how often each occurs."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from infra.sample.entries import CastMember, Company, CrewMember, Named, json_cell, language_entry
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
        changes = _Changes(film, generator)
        film.files = self.files
        for column, pattern in self.text.items():
            film.movie[column] = pattern.format(film.movie[column])
        for column, bounds in self.number.items():
            film.movie[column] = str(generator.rng.randint(*bounds))
        for kind, pattern in self.additional.items():
            getattr(changes, f"add_{kind}")(pattern)
        if self.repeated_in:
            film.repetition = replace(film, files=self.repeated_in)
        if self.change is not None:
            getattr(changes, self.change)()


DEFECTS: Final = msgspec.toml.decode(
    Path(__file__).with_name("defects.toml").read_bytes(), type=dict[str, Defect]
)


@dataclass
class _Changes:
    """What defects.toml names: the changes of a film, and what may be added to it."""

    film: GeneratedFilm
    generator: FilmGenerator

    def add_company(self, pattern: str) -> None:
        size = self.generator.populations["companies"].size
        number = size + self.generator.rng.randrange(size)
        self.film.companies.append(Company(pattern.format(company_name(number)), number + 1))

    def add_keyword(self, pattern: str) -> None:
        number = self.generator.populations["keywords"].size + self.generator.rng.randrange(100)
        self.film.keywords.append(Named(number + 1, pattern.format(keyword_name(number))))

    def add_actor(self, pattern: str = "{}") -> None:
        cast = self.film.cast
        actor = self.generator.cast_member(self.generator.rank("actors"), len(cast))
        actor.name = pattern.format(actor.name)
        cast.append(actor)

    def add_writer(self, pattern: str) -> None:
        writer = self.generator.crew_member(self.generator.rank("crew"), "Writer", "Writing")
        writer.name = pattern.format(writer.name)
        self.film.crew.append(writer)

    def break_record(self) -> None:
        # So that there is always an overview to break.
        overview = f"{self.generator.vocabulary[3]} - {self.film.movie['overview']}"
        self.film.movie["overview"] = overview
        self.film.break_at = self.generator.rng.randrange(len(overview))

    def recount(self) -> None:
        movie = self.film.movie
        votes = {
            "popularity": str(float(movie["popularity"]) + 0.25),
            "vote_count": str(int(movie["vote_count"]) + self.generator.rng.randint(1, 3)),
        }
        self.film.repetition = replace(self.film, movie={**movie, **votes})

    def recast(self) -> None:
        again = replace(self.film, files=("credits",), cast=list(self.film.cast))
        self.film.repetition = again
        _Changes(again, self.generator).add_actor()

    def company_twice(self) -> None:
        number = self.generator.rank("companies")
        self.film.companies.append(Company(company_name(number), number + 1))
        self._add_namesake(number, 2)

    def company_under_another_id(self) -> None:
        self._add_namesake(self.generator.rank("companies"), 2)

    def company_in_upper_case(self) -> None:
        self._add_namesake(self.generator.rank("companies"), 3)
        company = self.film.companies[-1]
        company.name = company.name.upper()

    def _add_namesake(self, number: int, id_range: int) -> None:
        """Add a company of another one's name, with an id above those of all others."""
        company_id = id_range * self.generator.populations["companies"].size + number + 1
        self.film.companies.append(Company(company_name(number), company_id))

    def double_role(self) -> None:
        person, cast = self.generator.rank("actors"), self.film.cast
        for _ in range(2):
            cast.append(self.generator.cast_member(person, len(cast)))

    def unnamed_language(self) -> None:
        self.film.spoken_languages.append(language_entry("yi"))

    def json_cells(self) -> None:
        self.film.render = json_cell
        # Only the name of one person is known, so that there is a null, which Python does not know.
        name = person_name(self.generator.rank("actors"))
        self.film.cast.append(CastMember(name=name, order=len(self.film.cast)))

    def empty_cells(self) -> None:
        self.film.render = lambda _: ""

    def names_only(self) -> None:
        self.add_actor()
        cast = enumerate(self.film.cast)
        self.film.cast = [CastMember(name=member.name, order=order) for order, member in cast]
        self.film.crew = [CrewMember(name=member.name) for member in self.film.crew]
