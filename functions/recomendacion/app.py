"""GET /recomendacion/{titulo}: the films most similar to one."""

from typing import NotRequired

from cartelera.api import EntryPoint
from cartelera.films import choose
from cartelera.parameters import FILM_ID, YEAR, Text, WholeNumber
from cartelera.release import Release
from cartelera.tables import RECOMENDACION, Titulo


class Recomendada(Titulo):
    """A recommended film; `similitud` is the cosine of the two, from 0 to 1."""

    similitud: float


class Recomendacion(Titulo):
    """The film asked for, those like it, best first, and others of its title if any."""

    lista_recomendada: list[str]
    recomendaciones: list[Recomendada]
    otras: NotRequired[list[Titulo]]


def recomendacion(
    release: Release, titulo: tuple[str, ...] | None, anio: int | None, id: int | None, n: int
) -> Recomendacion:
    """Recommend the `n` films most similar to one, by cosine similarity."""
    table = release.table(RECOMENDACION)
    film, *others = choose(table, titulo, anio, id)
    recommended: list[Recomendada] = [
        {**table.row(neighbour.film), "similitud": round(neighbour.similarity, 4)}
        for neighbour in release.model().nearest(film, n)
    ]
    film_row = table.row(film)
    answer: Recomendacion = {
        "id": film_row["id"],
        "titulo": film_row["titulo"],
        "anio": film_row["anio"],
        "lista_recomendada": [each["titulo"] for each in recommended],
        "recomendaciones": recommended,
    }
    if others:
        answer["otras"] = [table.row(other) for other in others]
    return answer


handler = EntryPoint(
    "/recomendacion",
    recomendacion,
    Text("titulo", required=False),
    YEAR,
    FILM_ID,
    WholeNumber("n", 1, 50, default=5),
)
