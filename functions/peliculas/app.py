"""GET /peliculas: lists of films, by what is known of them."""

from typing import TypedDict

from cartelera.films.filters import FILTERS, filter_films
from cartelera.films.lists import LIST_ORDERS, EnLista
from cartelera.http.question import Question
from cartelera.lookup.links import list_url
from cartelera.parameters import ADULTS, PAGE, Choice, Integer
from cartelera.release import Release


class ListaDePeliculas(TypedDict):
    """A page of a list of films, from 1; `siguiente` is the address of the next, if any."""

    total: int
    pagina: int
    limite: int
    siguiente: str | None
    resultados: list[EnLista]


PARAMETERS = (
    *(parameter for each in FILTERS for parameter in each.parameters),
    ADULTS,
    Choice("orden", LIST_ORDERS, LIST_ORDERS[0]),
    PAGE,
    Integer("limite", 1, 100, default=20),
)


def peliculas(
    release: Release, orden: str, pagina: int, limite: int, **filters: object
) -> ListaDePeliculas:
    """List the films that every filter lets through, in an order."""
    films = filter_films(release, filters)
    first = (pagina - 1) * limite
    page = release.film_lists().page(films, orden, first, limite)
    more = first + limite < page.total
    asked = {"orden": orden, "pagina": pagina + 1, "limite": limite}
    return {
        "total": page.total,
        "pagina": pagina,
        "limite": limite,
        "siguiente": list_url({**as_asked(filters), **asked}) if more else None,
        "resultados": page.films,
    }


def as_asked(filters: dict[str, object]) -> dict[str, object]:
    """Return the values of filters as an address has them."""
    asked = {
        name: value[0] if isinstance(value, tuple) else value for name, value in filters.items()
    }
    return asked | {ADULTS.name: "true" if filters[ADULTS.name] else None}


handler = Question("/peliculas", peliculas, *PARAMETERS, opens=Release.film_lists)
