"""Questions in bulk, out of a queue: each is answered by the function of its route."""

from importlib import import_module
from typing import cast

from cartelera.bulk.handler import BulkHandler
from cartelera.contract.formats.name_index import SEARCH_ROUTE
from cartelera.contract.tables import LOOK_UPS
from cartelera.http.question import Question

ROUTES = frozenset([*(schema.route for schema in LOOK_UPS), "pelicula", "peliculas", SEARCH_ROUTE])


def open_route(route: str) -> Question:
    """Return the handler of a route, which lies in a folder beside this one."""
    # Both as a package of the project and as it is deployed, where the folders are packages.
    beside = __name__.removesuffix("consultas_en_lote.app")
    return cast("Question", import_module(f"{beside}{route}.app").handler)


handler = BulkHandler("/consultas_en_lote", ROUTES, open_route)
