"""Writes a raw folder of generated films."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Final

from infra.sample.entries import SampleError
from infra.sample.generator.defects import DEFECTS
from infra.sample.generator.films import FilmGenerator, GeneratedFilm
from infra.sample.generator.ratings import RatedFilm, write_ratings
from infra.sample.generator.reference import REFERENCE
from infra.sample.raw_layout import OpenWriter, RawWriter, raw_folder

MINIMUM_FILMS: Final = 500
"""Fewer could not hold one of each defect and still be mostly well formed."""


def generate(
    folder: Path, films: int, seed: int, open_writer: OpenWriter = RawWriter, ratings: int = 0
) -> None:
    """Write a raw folder of generated films: of one number and seed, always the same bytes.

    Parameters
    ----------
    folder
        Where the raw files go.
    films
        Number of films, at least `MINIMUM_FILMS`. The files have a few records more: some films
        repeat.
    seed
        Of the random numbers.
    open_writer
        Opens what writes them: those of `infra.sample.shapes` write other data sets.
    ratings
        How many ratings of the films to write beside them, with links.
    """
    if films < MINIMUM_FILMS:
        raise SampleError(
            f"{films} films cannot show every defect: at least {MINIMUM_FILMS} are needed"
        )
    rng = Random(seed)  # noqa: S311 -- a sample has to be repeatable, not secret
    assigned = [
        defect
        for defect in DEFECTS.values()
        for _ in range(max(1, round(defect.films * films / REFERENCE.films)))
    ]
    # No film gets two, so that each shows by itself.
    defects = dict(zip(rng.sample(range(films), len(assigned)), assigned, strict=True))
    generator = FilmGenerator(films, rng)
    rated: list[RatedFilm] = []
    repetitions: defaultdict[int, list[GeneratedFilm]] = defaultdict(list)
    with raw_folder(folder, open_writer) as raw:
        for number in range(films):
            film = generator.film(number)
            if number in defects:
                defects[number].apply(film, generator)
            if film.repetition is not None:
                by_page = film.repetition.files == ("keywords",)
                lag = REFERENCE.keywords_repeat_lag if by_page else REFERENCE.repeat_lag
                repetitions[number + rng.randint(1, lag)].append(film.repetition)
            for record in (*repetitions.pop(number, ()), film):
                record.write(raw)
            rated.append(_as_rated(film.movie))
        for _, records in sorted(repetitions.items()):
            for record in records:
                record.write(raw)
    write_ratings(folder, rated, ratings, seed)


def _as_rated(movie: Mapping[str, str]) -> RatedFilm:
    votes = movie["vote_count"]
    return RatedFilm(movie["id"], movie["imdb_id"], int(votes) if votes.isdecimal() else 0)
