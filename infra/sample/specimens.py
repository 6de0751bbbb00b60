"""The specimens: invented films, each with one defect of the real files.

They stand apart from the sample's films, so that the cleaning drops or falsifies no known film.
"""

from pathlib import Path
from typing import Final

import msgspec

from infra.sample.entries import CastMember, Collection, CrewMember, Keyword
from infra.sample.raw_layout import RawFolderWriter

# Above every id TMDB has given out, and above those films.toml makes up.
FIRST_SPECIMEN_ID: Final = 9_500_001

type _Movie = dict[str, str | list[dict[str, int | str]] | Collection]


class _Sound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The records of a film without a defect."""

    film: _Movie
    cast: list[CastMember]
    crew: list[CrewMember]
    keywords: list[Keyword]


class _Credits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record of credits.csv; None for a sound cell."""

    cast: str | list[CastMember] | None = None
    crew: str | list[CrewMember] | None = None


class Specimen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An invented film with one defect.

    Attributes
    ----------
    defect
        The defect in a few words; no two specimens share it.
    title
        Its title. ``film`` may override it.
    film
        The cells of movies_metadata.csv that differ from a sound film's.
    in_movies
        Whether it is in movies_metadata.csv at all.
    break_at
        If its record breaks over two lines: the number of characters of the overview before that.
    again
        If its id comes a second time: the cells in which that record differs from the first.
    credits
        Its records in credits.csv.
    keywords
        Its records in keywords.csv; None for one that is sound.
    """

    defect: str
    title: str
    film: _Movie = {}
    in_movies: bool = True
    break_at: int | None = None
    again: dict[str, str] | None = None
    credits: tuple[_Credits, ...] = (_Credits(),)
    keywords: tuple[str | list[Keyword], ...] | None = None


class _Specimens(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sound: _Sound
    specimen: tuple[Specimen, ...]


_FILE: Final = msgspec.toml.decode(
    Path(__file__).with_name("specimens.toml").read_bytes(), type=_Specimens
)
SPECIMENS: Final = _FILE.specimen


def specimen_id(defect: str) -> str:
    """Return the id of the specimen that shows a defect."""
    defects = [specimen.defect for specimen in SPECIMENS]
    return str(FIRST_SPECIMEN_ID + defects.index(defect))


def write_specimens(raw: RawFolderWriter) -> None:
    """Write one specimen of each defect."""
    for specimen in SPECIMENS:
        _write_specimen(raw, specimen, specimen_id(specimen.defect))


def _write_specimen(raw: RawFolderWriter, specimen: Specimen, film_id: str) -> None:
    sound = _FILE.sound
    titles = {"title": specimen.title, "original_title": specimen.title}
    ids = {"id": film_id, "imdb_id": f"tt{film_id}"}
    movie = {**sound.film, **titles, **ids, **specimen.film}
    if specimen.in_movies:
        raw.write_movie(movie, specimen.break_at)
    if specimen.again is not None:
        raw.write_movie({**movie, **specimen.again})
    for record in specimen.credits:
        cast = sound.cast if record.cast is None else record.cast
        crew = sound.crew if record.crew is None else record.crew
        raw.write_credits(film_id, cast, crew)
    for keywords in (sound.keywords,) if specimen.keywords is None else specimen.keywords:
        raw.write_keywords(film_id, keywords)
