"""GET /salud: which release answers, how old it is, and what it holds."""

import platform
from typing import NotRequired, TypedDict

import cartelera
from cartelera.contract.data_set import COLUMNS
from cartelera.contract.feature_groups import FEATURE_GROUPS
from cartelera.contract.release_format import FORMAT, rows_of
from cartelera.http.question import Question
from cartelera.release import Release


class Publicacion(TypedDict):
    """The release that answers: its id, when it was made (ISO 8601), its age in seconds."""

    id: str
    creada: str
    edad_segundos: int


class Versiones(TypedDict):
    """What answers: this software, the release format it reads, and Python."""

    cartelera: str
    formato: int
    python: str


class Datos(TypedDict):
    """The data set of the release, what it lacks, and the groups of features empty for that."""

    conjunto: str
    faltan: list[str]
    grupos_vacios: list[str]


class Publico(TypedDict):
    """The ratings that recommendations use: of how many people, and the films that have some."""

    personas: int
    valoraciones: int
    peliculas: int


class Salud(TypedDict):
    """That the catalogue can be read and what it holds: films, and rows of each file.

    `publico` is there if it was made with people's ratings.
    """

    estado: str
    publicacion: Publicacion
    peliculas: int
    filas: dict[str, int]
    datos: NotRequired[Datos]
    publico: NotRequired[Publico]
    versiones: Versiones
    atribucion: str


def salud(release: Release) -> Salud:
    """Report on the release that answers; where none can be opened, that is the answer."""
    answer: Salud = {
        "estado": "ok",
        "publicacion": {
            "id": release.id,
            "creada": release.manifest["created_at"],
            "edad_segundos": round(release.age_seconds()),
        },
        "peliculas": release.manifest["films"],
        "filas": rows_of(release.manifest),
        "versiones": {
            "cartelera": cartelera.__version__,
            "formato": FORMAT,
            "python": platform.python_version(),
        },
        "atribucion": release.attribution,
    }
    # Releases made before it was said do not have it.
    if data_set := release.manifest.get("data_set"):
        answer["datos"] = {
            "conjunto": data_set["name"],
            "faltan": [COLUMNS[column].spanish for column in data_set["lacks"]],
            "grupos_vacios": [FEATURE_GROUPS[group] for group in data_set["empty_groups"]],
        }
    if ratings := release.manifest.get("ratings"):
        answer["publico"] = {
            "personas": ratings["people"],
            "valoraciones": ratings["ratings"],
            "peliculas": ratings["films"],
        }
    return answer


handler = Question("/salud", salud, cacheable=False)
