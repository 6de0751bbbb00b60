"""GET /votos_titulo/{titulo}: how many people rated a film, and how."""

from typing import NotRequired, cast

from cartelera.contract.tables import VOTOS_TITULO, Votacion
from cartelera.films.by_title import Films
from cartelera.http.question import Question
from cartelera.parameters import FILM_ID, YEAR, Text
from cartelera.release import Release

# With fewer ratings than these an average says little.
ENOUGH_VOTES = 2000


class VotacionConAviso(Votacion):
    """The film asked for, with a word of caution when few rated it."""

    aviso: NotRequired[str]


def votos_titulo(
    release: Release, titulo: tuple[str, ...] | None, anio: int | None, id: int | str | None
) -> VotacionConAviso:
    """Tell a film's votes and their average; title, year and id narrow down which film."""
    answer = cast("VotacionConAviso", Films(release, VOTOS_TITULO).find(titulo, anio, id))
    if answer["voto_total"] < ENOUGH_VOTES:
        answer["aviso"] = f"Tiene menos de {ENOUGH_VOTES} votos: su promedio dice poco."
    return answer


handler = Question("/votos_titulo", votos_titulo, Text("titulo", required=False), YEAR, FILM_ID)
