"""What a search takes without searching: `/buscar` as it is served, which finds nothing."""

from __future__ import annotations

from cartelera.contract.tables import KINDS
from cartelera.http.question import Question
from cartelera.parameters import PAGE, Choice, Integer, Text
from cartelera.release import Release


def buscar(
    release: Release, q: tuple[str, ...], tipo: str | None, pagina: int, limite: int
) -> dict[str, object]:
    """Find nothing."""
    return {"total": 0, "pagina": pagina, "limite": limite, "resultados": []}


handler = Question(
    "/buscar",
    buscar,
    Text("q"),
    Choice("tipo", tuple(KINDS)),
    PAGE,
    Integer("limite", 1, 50, default=10),
)
