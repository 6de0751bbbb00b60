"""GET /peliculas_duracion/{pelicula}: how long a film runs."""

from cartelera.contract.tables import PELICULAS_DURACION, Duracion, Encontrada
from cartelera.films.by_title import Films
from cartelera.http.question import Question
from cartelera.parameters import FILM_ID, YEAR, Text
from cartelera.release import Release


class DuracionYOtras(Duracion, Encontrada):
    """The film asked for, and every other film of that title."""

    otras: list[Duracion]


def peliculas_duracion(
    release: Release, pelicula: tuple[str, ...] | None, anio: int | None, id: int | str | None
) -> DuracionYOtras:
    """Tell a film's running time; title, year and id narrow down which film."""
    films = Films(release, PELICULAS_DURACION)
    found = films.rows(pelicula, anio, id)
    best, *others = map(films.table.row, found.positions)
    return {**best, **found.notes(), "otras": others}


handler = Question(
    "/peliculas_duracion", peliculas_duracion, Text("pelicula", required=False), YEAR, FILM_ID
)
