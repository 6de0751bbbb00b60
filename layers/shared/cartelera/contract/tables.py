"""The look-up tables of a release: one per question, aggregated by the job.

A table's rows are the answers of its route, field by field, in order of `key` without its spaces,
best known first among equal keys; `otras` is no field but the rows of the same key. Two columns
precede the answer's own: `key` (see `cartelera.contract.names`) and `votes`, the votes of the
entry's films. Film tables hold each film once, all in the order of the model's rows. The columns
of a table's `index` serve other searches:

by_id
    Tables of films and people: the row numbers in order of the id; those without one come last.
by_rank
    Rankings: the row numbers in order of the ranking. An entry with several names has several
    rows, of which one is ranked: the numbers end in nulls.
better_known
    Film tables: the row of the far better known film that the title of this one may be meant for
    (see `cartelera.contract.readings`), or null.
film
    `NOMBRES`, `IMDB`: the row of the film in the film tables.
films, roles
    People: the rows of their films in `FILMACIONES`, the latest first, and their role in each.
feature
    `GENERO`, `IDIOMA`, `PAIS`: the model's feature of the films of this name.
position
    Beside tables in blocks: the row of the table.
"""

from typing import NotRequired, TypedDict

from cartelera.contract.release_format import table_path

# Of films: the first moving pictures are of the 1870s.
FIRST_YEAR = 1870
LAST_YEAR = 2100

KEY = "key"
VOTES = "votes"
BY_ID = "by_id"
BY_RANK = "by_rank"
BETTER_KNOWN = "better_known"
FILM = "film"
FILMS = "films"
ROLES = "roles"
FEATURE = "feature"
POSITION = "position"
# Of what counts films: the address of their list.
FILMS_URL = "peliculas_url"


class Titulo(TypedDict):
    """A film as the recommendations name it."""

    id: int
    titulo: str
    anio: int


class Idioma(TypedDict):
    """The number of films in an original language: its ISO 639-1 code, its name in Spanish."""

    idioma: str
    nombre: str | None
    cantidad: int
    peliculas_url: str
    otras: NotRequired[list["Idioma"]]


class Encontrada(TypedDict, total=False):
    """How a film was found that nobody asked for by its title to the letter.

    `encontrada_como` is its name that was asked for, where that is not its title; `sugerencias` a
    far better known film that may be meant, which leads `otras`.
    """

    encontrada_como: str
    sugerencias: list[str]


class Duracion(TypedDict):
    """A film's running time in minutes, null where unknown."""

    id: int
    pelicula: str
    duracion: int | None
    anio: int
    titulo: str


class Franquicia(TypedDict):
    """A collection's films and their revenue in US$.

    `ganancia_promedio` is over all films, `ganancia_promedio_informada` over the
    `cantidad_informada` of known revenue, null when there are none.
    """

    franquicia: str
    cantidad: int
    ganancia_total: int
    ganancia_promedio: float
    cantidad_informada: int
    ganancia_promedio_informada: float | None
    ingresos_total: int
    peliculas_url: str
    otras: NotRequired[list["Franquicia"]]


class Pais(TypedDict):
    """The number of films produced in a country, alone or with others; its name in Spanish."""

    pais: str
    nombre: str | None
    cantidad: int
    peliculas_url: str
    otras: NotRequired[list["Pais"]]


class Productora(TypedDict):
    """A company's films, and the revenue of those where it is known, in US$."""

    productora: str
    revenue_total: int
    cantidad: int
    cantidad_informada: int
    ingresos_total: int
    peliculas_url: str
    otras: NotRequired[list["Productora"]]


class Mes(TypedDict):
    """The number of films released in a month, of any year, by its Spanish name.

    `sin_dia_conocido` of them are dated 1 January, as TMDB dates films of which it has the year
    alone; a few did come out on that day.
    """

    mes: str
    cantidad: int
    sin_dia_conocido: int
    peliculas_url: str


class Dia(TypedDict):
    """The number of films released on a day of the week, by its Spanish name; see `Mes`."""

    dia: str
    cantidad: int
    sin_dia_conocido: int
    peliculas_url: str


class Puntuacion(Titulo, Encontrada):
    """A film's popularity (TMDB's own measure) and mean rating, from 0 to 10."""

    popularidad: float
    voto_promedio: float
    otras: NotRequired[list["Puntuacion"]]


class Votacion(Titulo, Encontrada):
    """A film's number of votes and mean rating, from 0 to 10."""

    voto_total: int
    voto_promedio: float
    otras: NotRequired[list["Votacion"]]


class Director(TypedDict):
    """The return, revenue over budget, of the films that somebody directed.

    `id` tells people of one name apart. Where credits of one name have different ids, those without
    one are an entry whose `id` is null; else all of them are one person's.
    `retorno_promedio` is over all films, `retorno_promedio_informado` over the
    `cantidad_informada` of known return, null when there are none.
    """

    id: int | None
    director: str
    cantidad: int
    retorno_total: float
    retorno_promedio: float
    cantidad_informada: int
    retorno_promedio_informado: float | None
    peliculas_url: str
    otras: NotRequired[list["Director"]]


class Actor(TypedDict):
    """The return of the films that somebody played in; see `Director`."""

    id: int | None
    actor: str
    cantidad_filmaciones: int
    retorno_total: float
    retorno_promedio: float
    cantidad_informada: int
    retorno_promedio_informado: float | None
    cantidad: int
    peliculas_url: str
    otras: NotRequired[list["Actor"]]


class Filmacion(TypedDict):
    """A film in a filmography: revenue over budget, and both in US$, null where unknown.

    `retorno` is null, too, where the amounts are not plausible in dollars.
    """

    id: int
    titulo: str
    fecha: str
    retorno: float | None
    costo: int | None
    ganancia: int | None
    presupuesto: int | None
    ingresos_total: int | None


class Nombre(TypedDict):
    """A name of a film: its title, its original title, or another that people use."""

    nombre: str


class IdImdb(TypedDict):
    """The id of a film at IMDb: the row's `key`."""


class Filtro(TypedDict):
    """A genre, language or country that recommendations can be filtered by, in Spanish."""

    nombre: str


class Resultado(TypedDict):
    """What a search finds: its kind and name, the id of a film or person, and a film's year.

    `encontrada_como` is another name of a film, where what was typed is nearer to that.
    """

    tipo: str
    nombre: str
    id: int | None
    anio: int | None
    encontrada_como: NotRequired[str]


class TableSchema[Row]:
    """A table: its route, the type of its rows, the column of its names, and its index columns.

    Each is itself alone: there is one of each table.

    Attributes
    ----------
    grows
        Marks tables that grow with the catalogue: large ones are written in blocks, see
        `block_format`.
    synonyms
        Further names of fields, each with the older one.
    listed_by
        The parameters of the list of an entry's films, each with the field of its value.
    people, films
        Whether the rows are people, with their films, or films.
    path
        The table's file in a release.
    fields
        The columns of an answer, in order: what is made of them is no column.
    columns
        Every column of the file, in order.
    """

    def __init__(  # noqa: PLR0913 (what a table is)
        self,
        route: str,
        row: type[Row],
        name: str,
        index: tuple[str, ...] = (),
        *,
        grows: bool = False,
        synonyms: tuple[tuple[str, str], ...] = (),
        listed_by: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Declare a table; see the class.

        Parameters
        ----------
        route, row, name, index, grows, synonyms, listed_by
            As the class says.
        """
        self.route = route
        self._row = row
        self.name = name
        self.index = index
        self.grows = grows
        self.synonyms = synonyms
        self.listed_by = listed_by
        self.people = FILMS in index
        self.films = BY_ID in index and not self.people
        self.path = table_path(f"tables/{route}")
        required: frozenset[str] = vars(row)["__required_keys__"]
        stored = required - {FILMS_URL, *(each for each, _ in synonyms)}
        self.fields = tuple(field for field in row.__annotations__ if field in stored)
        self.columns = (KEY, VOTES, *index, *self.fields)

    @property
    def row(self) -> type[Row]:
        """The type of its rows."""
        return self._row

    def __repr__(self) -> str:
        """Return its route: parts of tests are named after it."""
        return f"TableSchema({self.route!r})"


PELICULAS_IDIOMA = TableSchema(
    "peliculas_idioma", Idioma, "idioma", (BY_RANK,), listed_by=(("idioma", "idioma"),)
)
# The index of the films that a look-up finds.
_FOUND = (BY_ID, BETTER_KNOWN)
PELICULAS_DURACION = TableSchema(
    "peliculas_duracion",
    Duracion,
    "pelicula",
    _FOUND,
    grows=True,
    synonyms=(("titulo", "pelicula"),),
)
FRANQUICIA = TableSchema(
    "franquicia",
    Franquicia,
    "franquicia",
    (BY_RANK,),
    grows=True,
    synonyms=(("ingresos_total", "ganancia_total"),),
    listed_by=(("franquicia", "franquicia"),),
)
PELICULAS_PAIS = TableSchema(
    "peliculas_pais", Pais, "pais", (BY_RANK,), listed_by=(("pais", "pais"),)
)
PRODUCTORAS_EXITOSAS = TableSchema(
    "productoras_exitosas",
    Productora,
    "productora",
    (BY_RANK,),
    grows=True,
    synonyms=(("ingresos_total", "revenue_total"),),
    listed_by=(("productora", "productora"),),
)
RECOMENDACION = TableSchema("recomendacion", Titulo, "titulo", _FOUND, grows=True)
CANTIDAD_FILMACIONES_MES = TableSchema(
    "cantidad_filmaciones_mes", Mes, "mes", listed_by=(("mes", "mes"),)
)
CANTIDAD_FILMACIONES_DIA = TableSchema(
    "cantidad_filmaciones_dia", Dia, "dia", listed_by=(("dia", "dia"),)
)
SCORE_TITULO = TableSchema("score_titulo", Puntuacion, "titulo", _FOUND, grows=True)
VOTOS_TITULO = TableSchema("votos_titulo", Votacion, "titulo", _FOUND, grows=True)
GET_DIRECTOR = TableSchema(
    "get_director",
    Director,
    "director",
    (BY_ID, FILMS),
    grows=True,
    listed_by=(("director", "director"), ("id_director", "id")),
)
GET_ACTOR = TableSchema(
    "get_actor",
    Actor,
    "actor",
    (BY_ID, FILMS, ROLES),
    grows=True,
    synonyms=(("cantidad", "cantidad_filmaciones"),),
    listed_by=(("actor", "actor"), ("id_actor", "id")),
)

# Those that a name is looked up in, each named after its route.
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

# The names of films by reading key, but titles that are their own, which the film tables find; and
# films by their id at IMDb.
NOMBRES = TableSchema("nombres", Nombre, "nombre", (FILM,), grows=True)
IMDB = TableSchema("imdb", IdImdb, KEY, (FILM,), grows=True)

GROWING = tuple(schema for schema in (*LOOK_UPS, NOMBRES, IMDB) if schema.grows)

# The films of all filmographies.
FILMACIONES = TableSchema(
    "filmaciones",
    Filmacion,
    "titulo",
    (BY_ID,),
    synonyms=(("presupuesto", "costo"), ("ingresos_total", "ganancia")),
)

# What recommendations can be filtered by; each table is named after its parameter.
GENERO = TableSchema("genero", Filtro, "nombre", (FEATURE,))
IDIOMA = TableSchema("idioma", Filtro, "nombre", (FEATURE,))
PAIS = TableSchema("pais", Filtro, "nombre", (FEATURE,))

TABLES = (*LOOK_UPS, NOMBRES, IMDB, FILMACIONES, GENERO, IDIOMA, PAIS)

# The kinds that a search finds, and the table of each.
KINDS = {
    "pelicula": RECOMENDACION,
    "franquicia": FRANQUICIA,
    "director": GET_DIRECTOR,
    "actor": GET_ACTOR,
    "productora": PRODUCTORAS_EXITOSAS,
    "pais": PELICULAS_PAIS,
    "idioma": PELICULAS_IDIOMA,
}
