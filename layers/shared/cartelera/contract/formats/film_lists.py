"""The format of what `/peliculas` lists films by: one file, searched in place.

Films are numbered from 0 in order of their release, so that those of some years are a run of
numbers. See `contract.formats.sections` for the file.

rows, numbers
    Of each film the row in the film tables, and of each row the film: the order of the titles.
by_id
    The films in order of their ids.
ids, days, votes, ratings, weighted, minutes, revenues
    Of each film its id, its release date (days from 1 January of the year 1), its votes, its mean
    and its weighted rating, its running time and its revenue in US$; of the last two 0 is unknown.
titles, title_starts
    Of each film its title, in UTF-8. Starts are one more than what starts: the last is the end.
by_…, places_…
    The films in an order of `ORDERS`, and of each film its place in it.
values, value_starts; slices, slice_starts
    Of each of `RANGES` the values that occur, in order; and its bit-sliced index (O'Neil and Quass,
    "Improved query performance with variant indexes", 1997): for each bit of the place that a
    film's value has among those, the highest first, the set of the films that have it. A set is
    an integer of `set_bytes` bytes, big-endian; its highest bit is film 0.
posting_starts, postings
    The films with each value of a facet, in order of their numbers.
facets
    Of each of `FACETS` the first of its values among the postings, and the end of the last's.
entries, entry_starts
    Of each of `NAMED` facets the value that each row of its look-up table stands for, -1 for none.
genres; themes, theme_postings, theme_starts
    The names of the genres, a line each, as the table `GENERO` has them. The keys of the keywords,
    sorted, between spaces and a line each; where each line starts, and the value of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartelera.contract.tables import (
    CANTIDAD_FILMACIONES_DIA,
    CANTIDAD_FILMACIONES_MES,
    FRANQUICIA,
    PELICULAS_IDIOMA,
    PELICULAS_PAIS,
    PRODUCTORAS_EXITOSAS,
)

if TYPE_CHECKING:
    from cartelera.contract.formats.sections import ItemType

FILM_LISTS = "tables/peliculas.lists"

# The orders beside those of the release and of the title: how each is called, and its column.
ORDERS = {"votos": "votes", "puntuacion": "weighted", "recaudacion": "revenues"}
# What may have a minimum and a maximum, beside the date.
RANGES = ("votes", "ratings", "minutes")
# The facets whose values are found by name in a look-up table, with its schema.
NAMED = {
    "idioma": PELICULAS_IDIOMA,
    "pais": PELICULAS_PAIS,
    "productora": PRODUCTORAS_EXITOSAS,
    "franquicia": FRANQUICIA,
    "mes": CANTIDAD_FILMACIONES_MES,
    "dia": CANTIDAD_FILMACIONES_DIA,
}
# All facets, in the order of their postings. The values of `estado` are those of `STATUSES`, in
# order; `adultos` has one.
FACETS = (*NAMED, "genero", "tema", "estado", "adultos")

SECTIONS: dict[str, ItemType] = {
    "rows": "i",
    "numbers": "i",
    "by_id": "i",
    "ids": "i",
    "days": "i",
    "votes": "i",
    "ratings": "d",
    "weighted": "d",
    "minutes": "i",
    "revenues": "q",
    "titles": "B",
    "title_starts": "i",
    **dict.fromkeys((f"by_{column}" for column in ORDERS.values()), "i"),
    **dict.fromkeys((f"places_{column}" for column in ORDERS.values()), "i"),
    "values": "d",
    "value_starts": "i",
    "slices": "B",
    "slice_starts": "i",
    "posting_starts": "i",
    "postings": "i",
    "facets": "i",
    "entries": "i",
    "entry_starts": "i",
    "genres": "B",
    "themes": "B",
    "theme_starts": "i",
    "theme_postings": "i",
}


def set_bytes(films: int) -> int:
    """Return the bytes of a set of some films."""
    return (films + 7) // 8
