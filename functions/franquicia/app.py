"""GET /franquicia/{franquicia}: a collection's films and box office, or the most successful."""

from cartelera.contract.tables import FRANQUICIA, Franquicia
from cartelera.http.question import Question
from cartelera.lookup.listing import LIST_LIMIT, LIST_PAGE, Listado, find_or_list
from cartelera.parameters import Text
from cartelera.release import Release

DEFAULT_LIMIT = 10


def franquicia(
    release: Release, franquicia: tuple[str, ...] | None, pagina: int | None, limite: int | None
) -> Franquicia | Listado[Franquicia]:
    """Sum up a collection, found without "Collection", too; without a name, rank them all."""
    return find_or_list(release.table(FRANQUICIA), franquicia, pagina, limite, DEFAULT_LIMIT)


handler = Question(
    "/franquicia", franquicia, Text("franquicia", required=False), LIST_PAGE, LIST_LIMIT
)
