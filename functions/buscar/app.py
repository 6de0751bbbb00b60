"""GET /buscar: what the catalogue has by a name that is still being typed, or was mistyped."""

from cartelera.contract.tables import KINDS, Resultado
from cartelera.http.question import Question
from cartelera.lookup.listing import Listado
from cartelera.parameters import PAGE, Choice, Integer, Text
from cartelera.release import Release


def buscar(
    release: Release, q: tuple[str, ...], tipo: str | None, pagina: int, limite: int
) -> Listado[Resultado]:
    """Search films, people, companies, franchises, countries and languages by name."""
    found = release.name_index().find(q[0], tipo, release.lexicon, (pagina - 1) * limite, limite)
    return {
        "total": found.total,
        "pagina": pagina,
        "limite": limite,
        "resultados": found.results,
    }


handler = Question(
    "/buscar",
    buscar,
    Text("q"),
    Choice("tipo", tuple(KINDS)),
    PAGE,
    Integer("limite", 1, 50, default=10),
)
