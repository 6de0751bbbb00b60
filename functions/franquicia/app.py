"""GET /franquicia/{franquicia}: a collection's films and box office."""

from cartelera.api import EntryPoint
from cartelera.parameters import Text
from cartelera.release import Release
from cartelera.tables import FRANQUICIA, Franquicia


def franquicia(release: Release, franquicia: tuple[str, ...]) -> Franquicia:
    """Sum up a collection, found with or without the word "Collection"."""
    return release.table(FRANQUICIA).find(*franquicia)


handler = EntryPoint("/franquicia", franquicia, Text("franquicia"))
