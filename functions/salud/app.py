"""GET /salud: which release answers, how old it is, and what it holds."""

import platform
from typing import TypedDict

import cartelera
from cartelera.contract.release_format import FORMAT, attribution, rows_of
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


class Salud(TypedDict):
    """That the catalogue can be read and what it holds: films, and rows of each file."""

    estado: str
    publicacion: Publicacion
    peliculas: int
    filas: dict[str, int]
    versiones: Versiones
    atribucion: str


def salud(release: Release) -> Salud:
    """Report on the release that answers; where none can be opened, that is the answer."""
    return {
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
        "atribucion": attribution(source["name"] for source in release.manifest["sources"]),
    }


handler = Question("/salud", salud, cacheable=False)
