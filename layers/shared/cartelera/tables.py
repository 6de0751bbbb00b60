"""The look-up tables of a release: one a question, already aggregated by the job.

A table's rows are the answers of its route, field by field, in order of `key` without its
spaces, best known first among equal keys. Two columns come before the answer's own: `key`
(see `cartelera.names`) and `votes`, how well known the entry is (the votes of its films).
Film tables hold each film once, all in the same order as the rows of the model, and a third
column, `by_id`: the numbers of the rows in order of the film's id, for a search by id.
"""

from dataclasses import dataclass
from typing import TypedDict

# The years a film may be of: the first moving pictures are of the 1870s.
FIRST_YEAR = 1870
LAST_YEAR = 2100

KEY = "key"
VOTES = "votes"
BY_ID = "by_id"


class Idioma(TypedDict):
    """How many films have this original language (ISO 639-1)."""

    idioma: str
    cantidad: int


class Duracion(TypedDict):
    """A film's running time in minutes; null where it is not known."""

    id: int
    pelicula: str
    duracion: int | None
    anio: int


class Franquicia(TypedDict):
    """A collection's films and what they took in at the box office, in US$."""

    franquicia: str
    cantidad: int
    ganancia_total: int
    ganancia_promedio: float


class Pais(TypedDict):
    """How many films were produced in this country, alone or with others."""

    pais: str
    cantidad: int


class Productora(TypedDict):
    """A company's films and what they took in at the box office, in US$."""

    productora: str
    revenue_total: int
    cantidad: int


class Titulo(TypedDict):
    """A film as the recommendations name it."""

    id: int
    titulo: str
    anio: int


class Mes(TypedDict):
    """How many films came out in this month, by its Spanish name, of any year."""

    mes: str
    cantidad: int


class Dia(TypedDict):
    """How many films came out on this day of the week, by its Spanish name."""

    dia: str
    cantidad: int


class Puntuacion(TypedDict):
    """How popular a film is (TMDB's own measure) and how it was rated, from 0 to 10."""

    id: int
    titulo: str
    anio: int
    popularidad: float
    voto_promedio: float


class Votacion(TypedDict):
    """How many people rated a film, and how, from 0 to 10."""

    id: int
    titulo: str
    anio: int
    voto_total: int
    voto_promedio: float


@dataclass(frozen=True, slots=True)
class TableSchema[Row]:
    """A table: the route it answers, what a row is, and the column a name is looked up in."""

    route: str
    row: type[Row]
    name: str
    films: bool = False

    @property
    def path(self) -> str:
        """Return the table's file within a release."""
        return f"tables/{self.route}.parquet"

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the columns that make up a row, in the order they are answered."""
        return tuple(self.row.__annotations__)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return every column of the file, in its order."""
        return (KEY, VOTES, *((BY_ID,) if self.films else ()), *self.fields)


PELICULAS_IDIOMA = TableSchema("peliculas_idioma", Idioma, "idioma")
PELICULAS_DURACION = TableSchema("peliculas_duracion", Duracion, "pelicula", films=True)
FRANQUICIA = TableSchema("franquicia", Franquicia, "franquicia")
PELICULAS_PAIS = TableSchema("peliculas_pais", Pais, "pais")
PRODUCTORAS_EXITOSAS = TableSchema("productoras_exitosas", Productora, "productora")
RECOMENDACION = TableSchema("recomendacion", Titulo, "titulo", films=True)
CANTIDAD_FILMACIONES_MES = TableSchema("cantidad_filmaciones_mes", Mes, "mes")
CANTIDAD_FILMACIONES_DIA = TableSchema("cantidad_filmaciones_dia", Dia, "dia")
SCORE_TITULO = TableSchema("score_titulo", Puntuacion, "titulo", films=True)
VOTOS_TITULO = TableSchema("votos_titulo", Votacion, "titulo", films=True)

TABLES = (
    PELICULAS_IDIOMA,
    PELICULAS_DURACION,
    FRANQUICIA,
    PELICULAS_PAIS,
    PRODUCTORAS_EXITOSAS,
    RECOMENDACION,
    CANTIDAD_FILMACIONES_MES,
    CANTIDAD_FILMACIONES_DIA,
    SCORE_TITULO,
    VOTOS_TITULO,
)
