"""GET /productoras_exitosas/{productora}: what a company's films took in."""

from cartelera.api import EntryPoint
from cartelera.parameters import Text
from cartelera.release import Release
from cartelera.tables import PRODUCTORAS_EXITOSAS, Productora


def productoras_exitosas(release: Release, productora: tuple[str, ...]) -> Productora:
    """Sum up the box office of every film a company took part in."""
    return release.table(PRODUCTORAS_EXITOSAS).find(*productora)


handler = EntryPoint("/productoras_exitosas", productoras_exitosas, Text("productora"))
