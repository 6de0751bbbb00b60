"""What a release says of the data set that it was made of: the job writes it, /salud shows it."""

from typing import NamedTuple, TypedDict


class Said(NamedTuple):
    """What a raw column is about, in both languages."""

    english: str
    spanish: str


class DataSetEntry(TypedDict):
    """The data set of a release.

    `lacks` are the raw columns of `COLUMNS` that it does not have, `empty_groups` the groups of
    features that are empty for that; `notes` are what a person should know, in English.
    """

    name: str
    lacks: list[str]
    empty_groups: list[str]
    notes: list[str]


# The raw columns that answers are made of, but for those without which there is no film.
COLUMNS = {
    "genres": Said("genres", "géneros"),
    "crew": Said("directors and writers", "dirección y guion"),
    "cast": Said("cast", "reparto"),
    "keywords": Said("keywords", "temas"),
    "belongs_to_collection": Said("collections", "sagas"),
    "production_companies": Said("companies", "productoras"),
    "production_countries": Said("countries", "países"),
    "spoken_languages": Said("spoken languages", "idiomas hablados"),
    "original_language": Said("original language", "idioma original"),
    "overview": Said("overview", "argumento"),
    "tagline": Said("tagline", "lema"),
    "runtime": Said("running time", "duración"),
    "budget": Said("budget", "presupuesto"),
    "revenue": Said("revenue", "recaudación"),
    "popularity": Said("popularity", "popularidad"),
    "vote_average": Said("rating", "puntuación"),
    "vote_count": Said("votes", "votos"),
}
