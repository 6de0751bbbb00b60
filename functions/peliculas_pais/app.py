"""GET /peliculas_pais/{pais}: how many films a country produced, or each of them."""

from cartelera.contract.tables import PELICULAS_PAIS, Pais
from cartelera.http.question import Question
from cartelera.lookup.listing import LIST_LIMIT, LIST_PAGE, MAX_LIMIT, Listado, find_or_list
from cartelera.parameters import Text
from cartelera.release import Release


def peliculas_pais(
    release: Release, pais: tuple[str, ...] | None, pagina: int | None, limite: int | None
) -> Pais | Listado[Pais]:
    """Count the films produced in a country, given by name or code, or in every country."""
    return find_or_list(release.table(PELICULAS_PAIS), pais, pagina, limite, MAX_LIMIT)


handler = Question(
    "/peliculas_pais", peliculas_pais, Text("pais", required=False), LIST_PAGE, LIST_LIMIT
)
