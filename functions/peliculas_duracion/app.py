"""GET /peliculas_duracion/{pelicula}: how long a film runs."""

from cartelera.contract.tables import PELICULAS_DURACION, Duracion
from cartelera.http.question import Question
from cartelera.lookup.films import find_film_rows
from cartelera.parameters import FILM_ID, YEAR, Text
from cartelera.release import Release


class DuracionYOtras(Duracion):
    """The film asked for, and every other film of that title."""

    otras: list[Duracion]


def peliculas_duracion(
    release: Release, pelicula: tuple[str, ...] | None, anio: int | None, id: int | None
) -> DuracionYOtras:
    """Tell a film's running time; title, year and id narrow down which film."""
    table = release.table(PELICULAS_DURACION)
    best, *others = find_film_rows(table, pelicula, anio, id)
    return {**table.row(best), "otras": [table.row(other) for other in others]}


handler = Question(
    "/peliculas_duracion", peliculas_duracion, Text("pelicula", required=False), YEAR, FILM_ID
)
