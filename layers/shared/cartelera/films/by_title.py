"""Finding a film by its names, year and id: what the film tables have in common.

A film whose title is asked for to the letter answers. Only where there is none are the other names
of films opened, and is what was typed read as people may mean it: see
`cartelera.contract.readings`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from cartelera.contract.names import compact, key
from cartelera.contract.readings import (
    ANY_ARTICLES,
    IMDB_ID,
    far_better_known,
    reading_keys,
    readings,
)
from cartelera.contract.tables import BETTER_KNOWN, FILM, IMDB, NOMBRES, VOTES
from cartelera.errors import (
    InvalidParameterError,
    Message,
    NotInCatalogueError,
    not_in_catalogue,
)
from cartelera.lookup.fuzzy import MAX_SUGGESTIONS, Budget

if TYPE_CHECKING:
    from cartelera.contract.readings import Reading
    from cartelera.contract.tables import Encontrada, TableSchema
    from cartelera.lookup.table import Table

# The end of a film as `Films.label` writes it.
_ID_OF_LABEL = r", id ([0-9]{1,10})\)\s*$"
_IMDB_ID = rf"(?i)\b{IMDB_ID}\b"
# How near a film's name is to what was read: to the letter, but for numerals and such, or but for
# the article, too.
_EXACT, _SAME, _OTHER_ARTICLE = range(3)


class Tables(Protocol):
    """A release, as far as its tables go."""

    def table[Row](self, schema: TableSchema[Row]) -> Table[Row]:
        """Return a table."""


class FoundFilms(NamedTuple):
    """The film asked for and, after it, its namesakes.

    Attributes
    ----------
    positions
        Their positions in the film tables.
    name
        The name by which the first was found, if that is not its title.
    better_known
        What to ask for to get the second, if that is far better known than the first.
    """

    positions: list[int]
    name: str | None = None
    better_known: str | None = None

    def notes(self) -> Encontrada:
        """Return what an answer says of how the film was found."""
        notes: Encontrada = {}
        if self.name is not None:
            notes["encontrada_como"] = self.name
        if self.better_known is not None:
            notes["sugerencias"] = [self.better_known]
        return notes


class _Named(NamedTuple):
    """A film that has a name like one that was read; the best sorts first."""

    nearness: int
    negative_votes: int
    film: int
    name: str


class Films[Row]:
    """The films of a release, as one of the film tables has them.

    Its methods take a film's `title`, `year` and `film_id`, each of which may be None. The title is
    given in its possible spellings: a name of the film or what may be read as one, its id at IMDb,
    or a film as suggestions name it. The id is the one at TMDB, or at IMDb if it is a text.
    """

    def __init__(self, release: Tables, schema: TableSchema[Row]) -> None:
        self._release = release
        self.table = release.table(schema)

    def find(
        self, title: tuple[str, ...] | None, year: int | None, film_id: int | str | None
    ) -> Row:
        """Return the film asked for, with its namesakes, if any, under `otras`; see `rows`.

        Parameters
        ----------
        title, year, film_id
            As of `rows`.
        """
        found = self.rows(title, year, film_id)
        best, *others = found.positions
        row = self.table.with_others(best, others)
        cast("dict[str, object]", row).update(found.notes())
        return row

    def rows(
        self, title: tuple[str, ...] | None, year: int | None, film_id: int | str | None
    ) -> FoundFilms:
        """Return the film asked for and its namesakes.

        First the films that have the year and the id, then the others of the name; within each
        the exact spelling first, then the best known. If one that was not asked for to the letter
        is far better known than the first, it is the second.

        Parameters
        ----------
        title
            The title in its possible spellings, as the class says, or None.
        year
            The year that the film must have, if not None.
        film_id
            The id that it must have, if not None.

        Raises
        ------
        InvalidParameterError
            When neither title nor id is given.
        NotInCatalogueError
            When there is no such film, or when it may be several: it lists the films of the name,
            or suggests the nearest.
        """
        if title is None and film_id is None:
            raise missing_name(self.table.schema.name)
        found, near = self._look_up(title, year, film_id)
        if found is not None:
            return found
        if near:
            name = self.table.name(near[0]) if title is None else title[0]
            labels = [self.label(film) for film in near]
            given = {"anio": year, "id": film_id}.items()
            asked = [f"{each} {value}" for each, value in given if value is not None]
            there = "; ".join(labels)
            if asked:
                lacking = f"no tiene ninguna película con {' y '.join(asked)}"
                lacks = f"has no film with {' and '.join(asked)}"
            else:
                lacking, lacks = "no está en el catálogo", "is not in the catalogue"
            detail = Message(
                f"«{name}» {lacking}; hay: {there}.", f"«{name}» {lacks}; there are: {there}."
            )
            raise NotInCatalogueError(detail, labels)
        if title is None:
            raise _no_film(film_id)
        budget = Budget()
        suggestions = self.suggestions(title[0], budget)
        raise NotInCatalogueError(not_in_catalogue(title[0]), suggestions, budget.notice)

    def row(
        self,
        title: tuple[str, ...] | None,
        year: int | None,
        film_id: int | str | None,
        *,
        read: bool = True,
    ) -> int | None:
        """Return the position of the film asked for, or None: no suggestions are looked for.

        Parameters
        ----------
        title, year, film_id
            As of `rows`.
        read
            Whether what was typed may be read, which takes longest; else the title is exact.
        """
        found, _ = self._look_up(title, year, film_id, read=read)
        return None if found is None else found.positions[0]

    def label(self, film: int) -> str:
        """Return a film as suggestions name it where its title is not enough."""
        year, film_id = self.table.value("anio", film), self.table.value("id", film)
        return f"{self.table.name(film)} ({year}, id {film_id})"

    def suggestions(self, title: str, budget: Budget) -> list[str]:
        """Return what to ask for instead of a title that no film has, best first.

        Parameters
        ----------
        title
            What was typed.
        budget
            Pays for each comparison; the search ends with it.
        """
        first, *_, last = [reading.name for reading in readings(title)] * 2
        near = [
            suggested
            for name in dict.fromkeys((first, last))
            for suggested in self._near(name, budget)
        ]
        # "Inception Nolan" has a word too many. It may have a typo as well: the best known leads.
        words = last.split()
        for shorter in map(" ".join, (words[:-1], words[1:])):
            for film in self._named(shorter)[:1] if key(shorter) not in ANY_ARTICLES else ():
                rivals = self.table.matches(near[0])[:1] if near else []
                known = any(self._votes(rival) > self._votes(film.film) for rival in rivals)
                near.insert(known, self.table.name(film.film))
        return list(dict.fromkeys(near))[:MAX_SUGGESTIONS]

    def _near(self, name: str, budget: Budget) -> list[str]:
        """Return the titles and other names nearest to a name, best first, one of each film."""
        names = self._release.table(NOMBRES)
        found = [
            (each._replace(position=0), each.position, title)
            for each, title in self.table.near(name, budget)
        ]
        for each, other in names.near(name, budget):
            film = cast("int", names.value(FILM, each.position))
            # Titles are there, too, as they may be read.
            if not _same_name(other, self.table.name(film)):
                found.append((each._replace(position=1), film, other))
        best: dict[int, str] = {}
        for _, film, suggested in sorted(found):
            best.setdefault(film, suggested)
        return list(best.values())

    def _look_up(
        self,
        title: tuple[str, ...] | None,
        year: int | None,
        film_id: int | str | None,
        *,
        read: bool = True,
    ) -> tuple[FoundFilms | None, list[int]]:
        """Return the films asked for or, if there are none, those that come close."""
        if isinstance(film_id, str):
            film_id = self._tmdb_id(film_id)
        if title is None:
            film = None if film_id is None else self.table.position_of_id(film_id)
            return self._asked([] if film is None else [film], year, film_id)
        own = self.table.matches(*title)
        found, near = self._asked(own, year, film_id)
        if found is not None:
            known = cast("int | None", self.table.value(BETTER_KNOWN, own[0]))
            if known is not None and year is None and film_id is None:
                found = FoundFilms([own[0], known, *own[1:]], better_known=self.label(known))
            return found, []
        identified = self._identified(title[0])
        if identified is not None:
            return self._asked(identified, year, film_id)
        for reading in readings(title[0]) if read else ():
            found, close = self._read(reading, year, film_id)
            if found is not None:
                return found, []
            near = near or close
        return None, near

    def _identified(self, text: str) -> list[int] | None:
        """Return the film of a label and its namesakes, or of an id at IMDb; None for a name."""
        if labelled := re.search(_ID_OF_LABEL, text):
            film = self.table.position_of_id(int(labelled[1]))
            if film is None or not _same_name(self.label(film), text):
                return []
            return list(dict.fromkeys([film, *self.table.matches(self.table.name(film))]))
        if at_imdb := re.search(_IMDB_ID, text):
            return self._with_imdb_id(at_imdb[0].lower())
        return None

    def _with_imdb_id(self, imdb_id: str) -> list[int]:
        ids = self._release.table(IMDB)
        return [cast("int", ids.value(FILM, row)) for row in ids.rows_with_key(imdb_id)]

    def _tmdb_id(self, imdb_id: str) -> int:
        """Return the id at TMDB of the film with one at IMDb, or one that no film has."""
        films = self._with_imdb_id(imdb_id)
        return cast("int", self.table.value("id", films[0])) if films else 0

    def _asked(
        self, films: list[int], year: int | None, film_id: int | None
    ) -> tuple[FoundFilms | None, list[int]]:
        """Return some films, those first that have the year and the id, if any has."""
        asked = [film for film in films if self._is(film, year, film_id)]
        if not asked:
            return None, films
        return FoundFilms(list(dict.fromkeys(asked + films))), []

    def _is(self, film: int, year: int | None, film_id: int | None) -> bool:
        return (year is None or year == self.table.value("anio", film)) and (
            film_id is None or film_id == self.table.value("id", film)
        )

    def _read(
        self, reading: Reading, year: int | None, film_id: int | None
    ) -> tuple[FoundFilms | None, list[int]]:
        """Do what `_look_up` does, by the names of films that are like the one that was read."""
        named = self._named(reading.name)
        asked = [
            each
            for each in named
            if self._is(each.film, year, film_id) and self._is(each.film, reading.year, None)
        ]
        if not asked:
            return None, [each.film for each in named]
        best, *others = asked
        if best.nearness == _OTHER_ARTICLE and any(
            not far_better_known(-best.negative_votes, -other.negative_votes) for other in others
        ):
            return None, [each.film for each in asked]
        films = [each.film for each in asked + named if each.nearness <= max(best.nearness, _SAME)]
        title = self.table.name(best.film)
        name = None if _same_name(best.name, title) else best.name
        better_known = None
        if (year, film_id, reading.year) == (None, None, None):
            known = min(named, key=lambda each: each.negative_votes)
            if far_better_known(-known.negative_votes, -best.negative_votes):
                films.insert(1, known.film)
                better_known = self.label(known.film)
        return FoundFilms(list(dict.fromkeys(films)), name, better_known), []

    def _named(self, name: str) -> list[_Named]:
        """Return the films that have a name with a reading key of this one, each once."""
        names = self._release.table(NOMBRES)
        keys = reading_keys(name)
        found: dict[int, _Named] = {}
        for name_key in keys:
            titles = [(film, self.table.name(film)) for film in self.table.rows_with_key(name_key)]
            others = [
                (cast("int", names.value(FILM, row)), names.name(row))
                for row in names.rows_with_key(name_key)
            ]
            for film, other in titles + others:
                if _same_name(name, other):
                    nearness = _EXACT
                else:
                    same = compact(reading_keys(other, ())[0]) == compact(keys[0])
                    nearness = _SAME if same else _OTHER_ARTICLE
                named = _Named(nearness, -self._votes(film), film, other)
                found[film] = min(named, found.get(film, named))
        return sorted(found.values())

    def _votes(self, film: int) -> int:
        return cast("int", self.table.value(VOTES, film))


def missing_name(parameter: str) -> InvalidParameterError:
    """Return the error for a question with neither a name, in `parameter`, nor an id."""
    detail = Message(
        f"Falta `{parameter}`: va en la ruta o como ?{parameter}=; también sirve ?id=.",
        f"`{parameter}` is missing: it goes in the path or as ?{parameter}=; ?id= will do, too.",
    )
    return InvalidParameterError(parameter, detail)


def _no_film(film_id: int | str | None) -> NotInCatalogueError:
    return NotInCatalogueError(
        Message(
            f"No hay ninguna película con id {film_id}.", f"There is no film with id {film_id}."
        )
    )


def _same_name(one: str, other: str) -> bool:
    return compact(key(one)) == compact(key(other))
