"""Write a raw folder: `python -m infra.sample FOLDER [--films N [--seed S]] [--shape NAME]`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from infra.sample.embedded import read_films, write_embedded
from infra.sample.entries import SampleError
from infra.sample.generator.folder import MINIMUM_FILMS, generate
from infra.sample.generator.ratings import RatedFilm, write_ratings
from infra.sample.raw_layout import RawWriter
from infra.sample.shapes import SHAPES

_BYTES_PER_MEGABYTE = 1_000_000


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--films",
    type=click.IntRange(min=MINIMUM_FILMS),
    help="Generate this many films instead of writing the embedded sample.",
)
@click.option("--seed", default=1, show_default=True, help="Seed of the generated films.")
@click.option(
    "--shape",
    type=click.Choice([*SHAPES]),
    help="Write them as another data set has them, not as The Movies Dataset.",
)
@click.option(
    "--ratings",
    type=click.IntRange(min=0),
    default=0,
    help="Write as many ratings by invented people beside the films, in MovieLens' layout.",
)
def main(folder: Path, films: int | None, seed: int, shape: str | None, ratings: int) -> None:
    """Write raw files to FOLDER: the embedded sample, or generated films."""
    started = time.perf_counter()
    open_writer = SHAPES[shape].open if shape else RawWriter
    try:
        if films is None:
            content = "the embedded sample"
            write_embedded(folder, open_writer=open_writer)
            rated = [
                RatedFilm(str(film.id), film.imdb_id, film.vote_count) for film in read_films()
            ]
            write_ratings(folder, rated, ratings, seed)
        else:
            content = f"{films:,} generated films (seed {seed})"
            generate(folder, films, seed, open_writer, ratings)
    except (OSError, SampleError) as error:
        raise click.ClickException(str(error)) from error
    if ratings:
        content += f" and {ratings:,} ratings"
    seconds = time.perf_counter() - started
    size = sum(file.stat().st_size for file in folder.iterdir()) / _BYTES_PER_MEGABYTE
    click.echo(f"Wrote {content} to {folder}: {size:,.1f} MB in {seconds:.1f} s")


if __name__ == "__main__":
    main()
