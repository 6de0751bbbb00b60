"""GET /buscar: what the catalogue has by a name that is still being typed, or was mistyped."""

from typing import NotRequired, TypedDict

from cartelera.contract.tables import KINDS, Resultado
from cartelera.http.question import Question
from cartelera.parameters import PAGE, Choice, Integer, Text
from cartelera.release import Release


class Busqueda(TypedDict):
    """A page of what was found, as a `Listado`; `aviso` says when not all words were corrected."""

    total: int
    pagina: int
    limite: int
    resultados: list[Resultado]
    aviso: NotRequired[str]


def buscar(
    release: Release, q: tuple[str, ...], tipo: str | None, pagina: int, limite: int
) -> Busqueda:
    """Search films, people, companies, franchises, countries and languages by name."""
    found = release.name_index().find(q[0], tipo, (pagina - 1) * limite, limite)
    answer: Busqueda = {
        "total": found.total,
        "pagina": pagina,
        "limite": limite,
        "resultados": found.results,
    }
    if found.notice:
        answer["aviso"] = found.notice
    return answer


handler = Question(
    "/buscar",
    buscar,
    Text("q"),
    Choice("tipo", tuple(KINDS)),
    PAGE,
    Integer("limite", 1, 50, default=10),
    opens=Release.name_index,
)
