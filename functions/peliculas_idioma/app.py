"""GET /peliculas_idioma/{idioma}: how many films were made in a language."""

from cartelera.api import EntryPoint
from cartelera.parameters import Text
from cartelera.release import Release
from cartelera.tables import PELICULAS_IDIOMA, Idioma


def peliculas_idioma(release: Release, idioma: tuple[str, ...]) -> Idioma:
    """Count the films whose original language has this ISO 639-1 code."""
    return release.table(PELICULAS_IDIOMA).find(*idioma)


handler = EntryPoint("/peliculas_idioma", peliculas_idioma, Text("idioma"))
