"""GET /cantidad_filmaciones_dia/{dia}: how many films came out on a day of the week."""

from cartelera.contract.tables import CANTIDAD_FILMACIONES_DIA, Dia
from cartelera.http.question import Question
from cartelera.parameters import Text
from cartelera.release import Release


def cantidad_filmaciones_dia(release: Release, dia: tuple[str, ...]) -> Dia:
    """Count the films of a day of the week, named in Spanish or English."""
    return release.table(CANTIDAD_FILMACIONES_DIA).find(*dia)


handler = Question("/cantidad_filmaciones_dia", cantidad_filmaciones_dia, Text("dia"))
