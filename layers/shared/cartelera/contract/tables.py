"""The look-up tables of a release: one a question, already aggregated by the job.

A table's rows are the answers of its route, field by field, in order of `key` without its
spaces, best known first among equal keys; `otras` is no field but the rows of the same key.
Two columns come before the answer's own: `key` (see `cartelera.contract.names`) and `votes`,
the votes of the entry's films. Film tables hold each film once, all in the same
order as the rows of the model. What else a table is asked for is in columns of its own, its
`index`:

by_id
    Film tables: the numbers of the rows in order of the film's id, for a search by id.
by_rank
    Rankings: the numbers of the rows, the first entry of the ranking first. An entry that is
    found by several names has several rows, of which one is ranked: the numbers end in nulls.
films, roles
    People: the rows of their films in `FILMACIONES`, the latest first, and who they were in each.
entry, kind
    `BUSCAR`: the first row of the entry, which may be found by several names; the place of its
    kind in `KINDS`.
feature
    `GENERO`, `IDIOMA`, `PAIS`: the model's feature that the films of this name have.
found_in
    `PALABRAS`: the rows of `BUSCAR` whose key holds the word.
position
    Beside partitioned tables: the row of the table that is meant.
"""

from dataclasses import dataclass
from typing import NotRequired, TypedDict

from cartelera.contract.release_format import table_path

# The years a film may be of: the first moving pictures are of the 1870s.
FIRST_YEAR = 1870
LAST_YEAR = 2100

KEY = "key"
VOTES = "votes"
BY_ID = "by_id"
BY_RANK = "by_rank"
FILMS = "films"
ROLES = "roles"
ENTRY = "entry"
FOUND_IN = "found_in"
KIND = "kind"
FEATURE = "feature"
POSITION = "position"


class Idioma(TypedDict):
    """How many films have this original language: its ISO 639-1 code, its name in Spanish."""

    idioma: str
    nombre: str | None
    cantidad: int
    otras: NotRequired[list["Idioma"]]


class Duracion(TypedDict):
    """A film's running time in minutes; null where it is not known."""

    id: int
    pelicula: str
    duracion: int | None
    anio: int


class Franquicia(TypedDict):
    """A collection's films and what they took in at the box office, in US$.

    `ganancia_promedio` is over all of its films, `ganancia_promedio_informada` over those
    `cantidad_informada` whose takings are known; null when none are.
    """

    franquicia: str
    cantidad: int
    ganancia_total: int
    ganancia_promedio: float
    cantidad_informada: int
    ganancia_promedio_informada: float | None
    otras: NotRequired[list["Franquicia"]]


class Pais(TypedDict):
    """How many films were produced in this country, alone or with others; its name in Spanish."""

    pais: str
    nombre: str | None
    cantidad: int
    otras: NotRequired[list["Pais"]]


class Productora(TypedDict):
    """A company's films and what those whose takings are known took in, in US$."""

    productora: str
    revenue_total: int
    cantidad: int
    cantidad_informada: int
    otras: NotRequired[list["Productora"]]


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
    otras: NotRequired[list["Puntuacion"]]


class Votacion(TypedDict):
    """How many people rated a film, and how, from 0 to 10."""

    id: int
    titulo: str
    anio: int
    voto_total: int
    voto_promedio: float
    otras: NotRequired[list["Votacion"]]


class Director(TypedDict):
    """What the films directed under this name returned: box office over budget.

    `retorno_promedio` is over all of the films, `retorno_promedio_informado` over those
    `cantidad_informada` whose return is known; null when none is.
    """

    director: str
    cantidad: int
    retorno_total: float
    retorno_promedio: float
    cantidad_informada: int
    retorno_promedio_informado: float | None
    otras: NotRequired[list["Director"]]


class Actor(TypedDict):
    """What the films in which somebody of this name played returned; see `Director`."""

    actor: str
    cantidad_filmaciones: int
    retorno_total: float
    retorno_promedio: float
    cantidad_informada: int
    retorno_promedio_informado: float | None
    otras: NotRequired[list["Actor"]]


class Filmacion(TypedDict):
    """A film in somebody's filmography: box office over budget, and both in US$.

    Null is what is not known; `retorno` also where the amounts cannot be meant in dollars.
    """

    id: int
    titulo: str
    fecha: str
    retorno: float | None
    costo: int | None
    ganancia: int | None


class Palabra(TypedDict):
    """A word of the names that a search can find; it is the row's `key`."""


class Filtro(TypedDict):
    """What recommendations can be kept to: a genre, a language or a country, in Spanish."""

    nombre: str


class Resultado(TypedDict):
    """What a search can find: its kind and its name; id and year where it is a film."""

    tipo: str
    nombre: str
    id: int | None
    anio: int | None


@dataclass(frozen=True, slots=True)
class TableSchema[Row]:
    """A table: the route it answers, what a row is, and the column a name is looked up in.

    `index` names the columns that are there to be searched and not to be answered.
    """

    route: str
    row: type[Row]
    name: str
    index: tuple[str, ...] = ()

    @property
    def films(self) -> bool:
        """Whether its rows are the films of the catalogue."""
        return BY_ID in self.index

    @property
    def people(self) -> bool:
        """Whether its rows are people, each with their films."""
        return FILMS in self.index

    @property
    def path(self) -> str:
        """Return the table's file within a release."""
        return table_path(f"tables/{self.route}")

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the columns that make up a row, in the order they are answered."""
        required: frozenset[str] = vars(self.row)["__required_keys__"]
        return tuple(field for field in self.row.__annotations__ if field in required)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return every column of the file, in its order."""
        return (KEY, VOTES, *self.index, *self.fields)


PELICULAS_IDIOMA = TableSchema("peliculas_idioma", Idioma, "idioma", (BY_RANK,))
PELICULAS_DURACION = TableSchema("peliculas_duracion", Duracion, "pelicula", (BY_ID,))
FRANQUICIA = TableSchema("franquicia", Franquicia, "franquicia", (BY_RANK,))
PELICULAS_PAIS = TableSchema("peliculas_pais", Pais, "pais", (BY_RANK,))
PRODUCTORAS_EXITOSAS = TableSchema("productoras_exitosas", Productora, "productora", (BY_RANK,))
RECOMENDACION = TableSchema("recomendacion", Titulo, "titulo", (BY_ID,))
CANTIDAD_FILMACIONES_MES = TableSchema("cantidad_filmaciones_mes", Mes, "mes")
CANTIDAD_FILMACIONES_DIA = TableSchema("cantidad_filmaciones_dia", Dia, "dia")
SCORE_TITULO = TableSchema("score_titulo", Puntuacion, "titulo", (BY_ID,))
VOTOS_TITULO = TableSchema("votos_titulo", Votacion, "titulo", (BY_ID,))
GET_DIRECTOR = TableSchema("get_director", Director, "director", (FILMS,))
GET_ACTOR = TableSchema("get_actor", Actor, "actor", (FILMS, ROLES))

# Those that a name is looked up in, each at the route it is called after.
LOOK_UPS = (
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
    GET_DIRECTOR,
    GET_ACTOR,
)

# Tables that grow with the catalogue. Large ones are written in blocks: see `block_format`.
GROWING = (
    PELICULAS_DURACION,
    FRANQUICIA,
    PRODUCTORAS_EXITOSAS,
    RECOMENDACION,
    SCORE_TITULO,
    VOTOS_TITULO,
    GET_DIRECTOR,
    GET_ACTOR,
)

# The films of everybody's filmography, and everything that a search can find.
FILMACIONES = TableSchema("filmaciones", Filmacion, "titulo", (BY_ID,))
BUSCAR = TableSchema("buscar", Resultado, "nombre", (ENTRY, KIND))
PALABRAS = TableSchema("palabras", Palabra, KEY, (FOUND_IN,))

# What recommendations can be kept to; each table is called after its parameter.
GENERO = TableSchema("genero", Filtro, "nombre", (FEATURE,))
IDIOMA = TableSchema("idioma", Filtro, "nombre", (FEATURE,))
PAIS = TableSchema("pais", Filtro, "nombre", (FEATURE,))

TABLES = (*LOOK_UPS, FILMACIONES, BUSCAR, PALABRAS, GENERO, IDIOMA, PAIS)

# The kinds of what a search finds, and the table of each.
KINDS = {
    "pelicula": RECOMENDACION,
    "franquicia": FRANQUICIA,
    "director": GET_DIRECTOR,
    "actor": GET_ACTOR,
    "productora": PRODUCTORAS_EXITOSAS,
    "pais": PELICULAS_PAIS,
    "idioma": PELICULAS_IDIOMA,
}
