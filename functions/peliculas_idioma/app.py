"""GET /peliculas_idioma/{idioma}: how many films were made in a language, or in each."""

from cartelera.contract.tables import PELICULAS_IDIOMA, Idioma
from cartelera.http.question import Question
from cartelera.lookup.languages import language_spellings
from cartelera.lookup.listing import LIST_LIMIT, LIST_PAGE, MAX_LIMIT, Listado, find_or_list
from cartelera.parameters import Text
from cartelera.release import Release


def peliculas_idioma(
    release: Release, idioma: tuple[str, ...] | None, pagina: int | None, limite: int | None
) -> Idioma | Listado[Idioma]:
    """Count the films of an original language, given by code or name, or of every language."""
    table = release.table(PELICULAS_IDIOMA)
    spellings = idioma and language_spellings(table, idioma)
    return find_or_list(table, spellings, pagina, limite, MAX_LIMIT)


handler = Question(
    "/peliculas_idioma", peliculas_idioma, Text("idioma", required=False), LIST_PAGE, LIST_LIMIT
)
