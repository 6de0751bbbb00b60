"""GET /cantidad_filmaciones_mes/{mes}: how many films came out in a month."""

from cartelera.contract.tables import CANTIDAD_FILMACIONES_MES, Mes
from cartelera.http.question import Question
from cartelera.parameters import Text
from cartelera.release import Release


def cantidad_filmaciones_mes(release: Release, mes: tuple[str, ...]) -> Mes:
    """Count the films of a month, named in Spanish or English or by its number."""
    return release.table(CANTIDAD_FILMACIONES_MES).find(*mes)


handler = Question("/cantidad_filmaciones_mes", cantidad_filmaciones_mes, Text("mes"))
