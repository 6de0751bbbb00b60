"""Everything that the catalogue knows of a film, as the job writes it and as it is answered.

The films are in blocks (`contract.formats.block_format`), in the order of the film tables: a block
is a line for each of its films, `DatosDePelicula` in JSON. An answer is that line, and what goes
with it.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

from cartelera.contract.tables import Encontrada, Titulo

FACTS_FOLDER = "tables/pelicula"
# Of the cast, in billing order: as many as lead a film.
LEADING_CAST = 15


class GeneroDePelicula(TypedDict):
    """A genre, by its TMDB name, and its name in Spanish."""

    genero: str
    nombre: str | None


class IdiomaDePelicula(TypedDict):
    """A language: its ISO 639-1 code, and its name in Spanish."""

    idioma: str
    nombre: str | None


class PaisDePelicula(TypedDict):
    """A country: its ISO 3166-1 code, its TMDB name, and its name in Spanish."""

    codigo: str | None
    pais: str
    nombre: str | None


class ProductoraDePelicula(TypedDict):
    """A company."""

    id: int | None
    productora: str


class FranquiciaDePelicula(TypedDict):
    """The collection that a film is part of."""

    id: int | None
    franquicia: str


class Persona(TypedDict):
    """Somebody who made a film."""

    id: int | None
    nombre: str


class Interprete(Persona):
    """Somebody who played in a film, and who they were; null where that is not known."""

    personaje: str | None


class DatosDePelicula(Titulo):
    """The facts of a film. Amounts are in US$; null is what is not known, as TMDB's 0 is.

    `adultos` says whether it is for adults alone. `reparto` has the leading cast, in billing
    order, `reparto_total` the number of all credits.
    """

    titulo_original: str | None
    fecha: str
    estado: str | None
    adultos: bool
    sinopsis: str | None
    lema: str | None
    duracion: int | None
    presupuesto: int | None
    ingresos_total: int | None
    retorno: float | None
    popularidad: float
    voto_promedio: float | None
    voto_total: int
    imdb_id: str | None
    idioma_original: IdiomaDePelicula | None
    franquicia: FranquiciaDePelicula | None
    generos: list[GeneroDePelicula]
    idiomas: list[IdiomaDePelicula]
    paises: list[PaisDePelicula]
    productoras: list[ProductoraDePelicula]
    directores: list[Persona]
    guionistas: list[Persona]
    reparto: list[Interprete]
    reparto_total: int
    temas: list[str]
    tmdb_url: str
    imdb_url: str | None


class Pelicula(DatosDePelicula, Encontrada):
    """The film asked for, whom to credit for its facts, and others of its title if any."""

    atribucion: str
    otras: NotRequired[list[Titulo]]
