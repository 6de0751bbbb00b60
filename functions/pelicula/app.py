"""GET /pelicula/{titulo}: what the catalogue knows of a film, or of each of some."""

from typing import TypedDict

from cartelera.contract.formats.film_facts import DatosDePelicula, Pelicula
from cartelera.contract.tables import RECOMENDACION
from cartelera.errors import InvalidParameterError, Message
from cartelera.films.by_title import Films
from cartelera.http.encoded import EncodedAnswer, array_of, object_with
from cartelera.http.question import Question
from cartelera.parameters import FILM_ID, YEAR, Integers, Text
from cartelera.release import Release


class Peliculas(TypedDict):
    """The films of some ids, in their order, and the ids that no film has."""

    peliculas: list[DatosDePelicula]
    no_encontrados: list[int]
    atribucion: str


def pelicula(
    release: Release,
    titulo: tuple[str, ...] | None,
    anio: int | None,
    id: int | str | None,
    ids: list[int] | None,
) -> EncodedAnswer[Pelicula | Peliculas]:
    """Tell all that is known of a film; title, year and id narrow down which, ids ask for some."""
    films, facts = Films(release, RECOMENDACION), release.film_facts()
    if ids is not None:
        for name, value in (("titulo", titulo), ("anio", anio), ("id", id)):
            if value is not None:
                detail = Message(
                    f"`{name}` no va junto a `ids`; basta uno.",
                    f"`{name}` does not go with `ids`; one is enough.",
                )
                raise InvalidParameterError(name, detail)
        rows = {number: films.table.position_of_id(number) for number in ids}
        found = array_of(facts.line(row) for row in rows.values() if row is not None)
        rest = {
            "no_encontrados": [number for number, row in rows.items() if row is None],
            "atribucion": release.attribution,
        }
        return EncodedAnswer(object_with(f'{{"peliculas":{found}}}', rest))
    film = films.rows(titulo, anio, id)
    best, *others = film.positions
    more: dict[str, object] = {**film.notes(), "atribucion": release.attribution}
    if others:
        more["otras"] = list(map(films.table.row, others))
    return EncodedAnswer(object_with(facts.line(best), more))


handler = Question(
    "/pelicula",
    pelicula,
    Text("titulo", required=False),
    YEAR,
    FILM_ID,
    Integers("ids", 1, FILM_ID.high, 50),
    opens=lambda release: (release.table(RECOMENDACION), release.film_facts()),
)
