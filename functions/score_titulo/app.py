"""GET /score_titulo/{titulo}: how popular a film is, and how it was rated."""

from cartelera.contract.tables import SCORE_TITULO, Puntuacion
from cartelera.films.by_title import Films
from cartelera.http.question import Question
from cartelera.parameters import FILM_ID, YEAR, Text
from cartelera.release import Release


def score_titulo(
    release: Release, titulo: tuple[str, ...] | None, anio: int | None, id: int | str | None
) -> Puntuacion:
    """Tell a film's popularity and rating; title, year and id narrow down which film."""
    return Films(release, SCORE_TITULO).find(titulo, anio, id)


handler = Question("/score_titulo", score_titulo, Text("titulo", required=False), YEAR, FILM_ID)
