"""Made-up Spanish titles of films, in the layout of IMDb's `title.akas.tsv`."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pandas as pd

from cartelera.contract.release_format import AKAS

if TYPE_CHECKING:
    from pathlib import Path

_HEADER = "titleId ordering title region language types attributes isOriginalTitle"


def with_akas(raw: Path, folder: Path, each: int) -> Path:
    """Make a raw folder that has made-up titles, too, and return it.

    Parameters
    ----------
    raw
        A raw folder with `movies_metadata.csv`, compressed or not; its other files are linked to.
    folder
        The folder to make.
    each
        How many titles each film gets; they are as long as the film's own, of words of any.
    """
    if not each:
        return raw
    folder.mkdir()
    for path in raw.iterdir():
        if not path.name.startswith(AKAS):
            (folder / path.name).symlink_to(path.resolve())
    (metadata,) = raw.glob("movies_metadata.csv*")
    films = pd.read_csv(metadata, usecols=["imdb_id", "title"], dtype="str").dropna()
    words = " ".join(films["title"]).split()
    choice = random.Random(each)  # noqa: S311 (the same titles each time)
    with (folder / AKAS).open("w") as file:
        print(*_HEADER.split(), sep="\t", file=file)
        for imdb_id, title in films.itertuples(index=False):
            for number in range(1, each + 1):
                made_up = " ".join(choice.choices(words, k=len(title.split())))
                row = imdb_id, number, made_up, "ES", "es", "imdbDisplay", r"\N", 0
                print(*row, sep="\t", file=file)
    return folder
