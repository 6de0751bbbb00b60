"""Listing films by what is known of them: see `contract.formats.film_lists`.

A set of films is an integer with a bit a film, the highest that of film 0: sets are intersected in
a microsecond, without NumPy, whose import takes longer than a whole start.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date
from itertools import chain, compress, islice
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from cartelera.contract.film_status import STATUS_VALUES
from cartelera.contract.formats.film_lists import (
    FACETS,
    FILM_LISTS,
    NAMED,
    ORDERS,
    RANGES,
    SECTIONS,
    set_bytes,
)
from cartelera.contract.formats.sections import open_sections
from cartelera.contract.names import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    # Of films.
    type Set = int

NEWEST, BY_TITLE = "fecha", "titulo"
# The orders of a list: the most votes first, unless something else is asked.
LIST_ORDERS = (*ORDERS, NEWEST, BY_TITLE)
# So many films take as long to sort as it takes to go through all.
_FEW = 1_500
# Of a set written in binary.
_YES = "1"
_BITS = bytes.maketrans(b"01", b"\0\1")


class EnLista(TypedDict):
    """A film of a list; amounts are in US$, and null is what is not known.

    `puntuacion` is the mean rating drawn towards that of all films, the more the fewer the votes.
    """

    id: int
    titulo: str
    anio: int
    fecha: str
    duracion: int | None
    voto_promedio: float | None
    voto_total: int
    puntuacion: float
    ingresos_total: int | None


class Page(NamedTuple):
    """Some films of a list, and how many it has in all."""

    total: int
    films: list[EnLista]


class FilmLists:
    """What films are listed by. Films are numbered as in `contract.formats.film_lists`."""

    def __init__(self, data: bytes, few: int = _FEW) -> None:
        """Open the bytes of the file.

        Parameters
        ----------
        data
            Its bytes.
        few
            How many films are sorted at most; more are gone through in order.

        Raises
        ------
        UnsoundReleaseError
            When they are not such a file.
        """
        self._few = few
        self._sections = open_sections(FILM_LISTS, data, SECTIONS)
        self.films = len(self._sections["ids"])
        self._width = 8 * set_bytes(self.films)
        # Every film: those at the end of the last byte are none.
        self.all = ((1 << self.films) - 1) << (self._width - self.films)
        # Sets of many films, which take longest to make.
        self._large: dict[int, Set] = {}
        self.genres = bytes(self._sections["genres"]).decode().splitlines()
        self._themes = bytes(self._sections["themes"])

    def entry(self, facet: str, row: int) -> Set:
        """Return the films with what a row of a facet's look-up table stands for.

        Parameters
        ----------
        facet
            One of `NAMED`.
        row
            The row's position.
        """
        start = self._sections["entry_starts"][list(NAMED).index(facet)]
        value = self._sections["entries"][start + row]
        return 0 if value < 0 else self._posted(value)

    def genre(self, name: str) -> Set:
        """Return the films of one of `genres`."""
        return self._value("genero", self.genres.index(name))

    def status(self, name: str) -> Set:
        """Return the films of one of `STATUS_VALUES`."""
        return self._value("estado", STATUS_VALUES.index(name))

    @property
    def adult(self) -> Set:
        """The films for adults alone."""
        return self._value("adultos", 0)

    def theme(self, text: str) -> Set:
        """Return the films with a keyword that has the words of a text, in a row."""
        found, words = [], f" {key(text)} ".encode()
        starts = self._sections["theme_starts"]
        at = self._themes.find(words)
        while at >= 0:
            line = bisect_right(starts, at) - 1
            found.append(self._sections["theme_postings"][line])
            at = self._themes.find(words, starts[line + 1])
        return self._set(chain.from_iterable(map(self._posting, found)))

    def in_years(self, first: int | None, last: int | None) -> Set:
        """Return the films released from one year to another, both included; None is no bound."""
        days = self._sections["days"]
        start = 0 if first is None else bisect_left(days, date(first, 1, 1).toordinal())
        end = self.films if last is None else bisect_left(days, date(last + 1, 1, 1).toordinal())
        return 0 if start >= end else ((1 << (end - start)) - 1) << (self._width - end)

    def at_least(self, column: str, value: float) -> Set:
        """Return the films with a value or a higher one; see `below`.

        Parameters
        ----------
        column
            One of `RANGES`.
        value
            The lowest.
        """
        return self.all & ~self.below(column, value)

    def below(self, column: str, value: float, *, inclusive: bool = False) -> Set:
        """Return the films with a lower value.

        Parameters
        ----------
        column
            One of `RANGES`; of the running time an unknown one is the lowest.
        value
            The value that they are below.
        inclusive
            Whether the value itself is low enough.
        """
        place = RANGES.index(column)
        starts = self._sections["value_starts"]
        values = self._sections["values"][starts[place] : starts[place + 1]]
        # Of the lowest value that is high enough.
        bound = (bisect_right if inclusive else bisect_left)(values, value)
        if bound == len(values):
            return self.all
        first, end = self._sections["slice_starts"][place : place + 2]
        size = set_bytes(self.films)
        lower, equal = 0, self.all
        for number in range(first, end):
            bits = int.from_bytes(self._sections["slices"][number * size : (number + 1) * size])
            if bound >> (end - 1 - number) & 1:
                lower |= equal & ~bits
                equal &= bits
            else:
                equal &= ~bits
        return lower

    def of_rows(self, rows: Iterable[int]) -> Set:
        """Return the films of some rows of the film tables."""
        numbers = self._sections["numbers"]
        return self._set(numbers[row] for row in rows)

    def of_ids(self, ids: Iterable[int]) -> Set:
        """Return the films with some ids, which they all have."""
        order, known = self._sections["by_id"], self._sections["ids"]
        return self._set(order[bisect_left(order, each, key=known.__getitem__)] for each in ids)

    def page(self, films: Set, order: str, first: int, count: int) -> Page:
        """Return some films of a set, in an order.

        Parameters
        ----------
        films
            The set.
        order
            One of `LIST_ORDERS`.
        first, count
            The place of the first film to return, from 0, and how many.
        """
        total = films.bit_count()
        if first >= total:
            return Page(total, [])
        flags = format(films, f"0{self._width}b")
        numbers: Iterator[int]
        if order == NEWEST:
            numbers = _backwards(flags)
        elif total <= self._few:
            place = self._sections["rows" if order == BY_TITLE else f"places_{ORDERS[order]}"]
            numbers = iter(sorted(_places(flags), key=place.__getitem__))
        else:
            by = self._sections["numbers" if order == BY_TITLE else f"by_{ORDERS[order]}"]
            numbers = (number for number in by if flags[number] == _YES)
        return Page(total, list(map(self._film, islice(numbers, first, first + count))))

    def _film(self, number: int) -> EnLista:
        def value(name: str) -> int:
            return int(self._sections[name][number])

        start, end = self._sections["title_starts"][number : number + 2]
        day = date.fromordinal(value("days"))
        votes = value("votes")
        return {
            "id": value("ids"),
            "titulo": bytes(self._sections["titles"][start : end - 1]).decode(),
            "anio": day.year,
            "fecha": day.isoformat(),
            "duracion": value("minutes") or None,
            "voto_promedio": self._sections["ratings"][number] if votes else None,
            "voto_total": votes,
            "puntuacion": round(self._sections["weighted"][number], 4),
            "ingresos_total": value("revenues") or None,
        }

    def _value(self, facet: str, value: int) -> Set:
        return self._posted(self._sections["facets"][FACETS.index(facet)] + value)

    def _posted(self, value: int) -> Set:
        if value in self._large:
            return self._large[value]
        posting = self._posting(value)
        films = self._set(posting)
        if len(posting) > self._few:
            self._large[value] = films
        return films

    def _posting(self, value: int) -> Sequence[int]:
        start, end = self._sections["posting_starts"][value : value + 2]
        return self._sections["postings"][start:end]

    def _set(self, numbers: Iterable[int]) -> Set:
        flags = bytearray(b"0") * self._width
        for number in numbers:
            flags[number] = 0x31
        return int(flags, 2)


def _places(flags: str) -> Iterator[int]:
    """Yield the films of a set in binary."""
    return compress(range(len(flags)), flags.encode().translate(_BITS))


def _backwards(flags: str) -> Iterator[int]:
    """Yield the films of a set in binary, the latest first."""
    at = flags.rfind(_YES)
    while at >= 0:
        yield at
        at = flags.rfind(_YES, 0, at)
