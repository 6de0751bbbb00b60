"""GET /productoras_exitosas/{productora}: what a company's films took in, or the top ones."""

from cartelera.contract.tables import PRODUCTORAS_EXITOSAS, Productora
from cartelera.http.question import Question
from cartelera.lookup.listing import LIST_LIMIT, LIST_PAGE, Listado, find_or_list
from cartelera.parameters import Text
from cartelera.release import Release

DEFAULT_LIMIT = 10


def productoras_exitosas(
    release: Release, productora: tuple[str, ...] | None, pagina: int | None, limite: int | None
) -> Productora | Listado[Productora]:
    """Sum up the box office of every film a company took part in; without a name, rank them."""
    return find_or_list(
        release.table(PRODUCTORAS_EXITOSAS), productora, pagina, limite, DEFAULT_LIMIT
    )


handler = Question(
    "/productoras_exitosas",
    productoras_exitosas,
    Text("productora", required=False),
    LIST_PAGE,
    LIST_LIMIT,
)
