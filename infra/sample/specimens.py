"""The specimens: invented films, each with one defect of the real files.

They stand apart from the sample's films, so that the cleaning drops or falsifies no known film.
"""

from pathlib import Path
from typing import Final

import msgspec

from infra.sample.entries import CastMember, Collection, CrewMember, Named
from infra.sample.raw_layout import CREDITS_FILE, KEYWORDS_FILE, MOVIES_FILE, RawWriter

# Above every id TMDB has given out, and above those films.toml makes up.
FIRST_SPECIMEN_ID: Final = 9_500_001

type _Movie = dict[str, str | list[dict[str, int | str]] | Collection]


class _Sound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The records of a film without a defect."""

    film: _Movie
    cast: list[CastMember]
    crew: list[CrewMember]
    keywords: list[Named]


class _Credits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record of credits.csv; None for a sound cell."""

    cast: str | list[CastMember] | None = None
    crew: str | list[CrewMember] | None = None


class Specimen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An invented film with one defect.

    No two show the same. `film` has the cells of movies_metadata.csv that differ from a sound
    film's, `break_at` the number of characters of the overview before the record breaks over two
    lines, and `again` the cells in which a second record with the same id differs. `credits` and
    `keywords` are its records in those files; None for one that is sound.
    """

    defect: str
    title: str
    film: _Movie = {}
    in_movies: bool = True
    break_at: int | None = None
    again: dict[str, str] | None = None
    credits: tuple[_Credits, ...] = (_Credits(),)
    keywords: tuple[str | list[Named], ...] | None = None


class _Specimens(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sound: _Sound
    specimen: tuple[Specimen, ...]


_FILE: Final = msgspec.toml.decode(
    Path(__file__).with_name("specimens.toml").read_bytes(), type=_Specimens
)
SPECIMENS: Final = _FILE.specimen


def write_specimens(raw: RawWriter) -> None:
    """Write one specimen of each defect."""
    sound = _FILE.sound
    for number, specimen in enumerate(SPECIMENS, FIRST_SPECIMEN_ID):
        ids = {"id": str(number), "imdb_id": f"tt{number}"}
        titles = {"title": specimen.title, "original_title": specimen.title}
        movie = {**sound.film, **titles, **ids, **specimen.film}
        if specimen.in_movies:
            raw.write(MOVIES_FILE, movie, specimen.break_at)
        if specimen.again is not None:
            raw.write(MOVIES_FILE, {**movie, **specimen.again})
        for record in specimen.credits:
            cast = sound.cast if record.cast is None else record.cast
            crew = sound.crew if record.crew is None else record.crew
            raw.write(CREDITS_FILE, {"cast": cast, "crew": crew, "id": str(number)})
        for keywords in (sound.keywords,) if specimen.keywords is None else specimen.keywords:
            raw.write(KEYWORDS_FILE, {"id": str(number), "keywords": keywords})
