"""GET /peliculas_pais/{pais}: how many films a country produced."""

from cartelera.api import EntryPoint
from cartelera.parameters import Text
from cartelera.release import Release
from cartelera.tables import PELICULAS_PAIS, Pais


def peliculas_pais(release: Release, pais: tuple[str, ...]) -> Pais:
    """Count the films produced in a country, given by name or ISO 3166-1 code."""
    return release.table(PELICULAS_PAIS).find(*pais)


handler = EntryPoint("/peliculas_pais", peliculas_pais, Text("pais"))
