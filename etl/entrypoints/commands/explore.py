"""`python -m etl explore`: the exploration report alone."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import click

from cartelera.contract.release_format import REPORT
from etl.engines.exploration import explore_raw
from etl.engines.options import Options
from etl.entrypoints import options
from etl.errors import JobError
from etl.extract.download import raw_folder


@click.command()
@options.raw
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder to write to. It is created; files of the same names are replaced.",
)
@options.workers()
@options.encoding
def explore(raw: str, folder: Path, workers: int, encoding: str | None) -> None:
    """Write the report on the raw films, and its charts; publish nothing."""
    stages, report = options.current_stages(), folder / PurePosixPath(REPORT).name
    try:
        # Before the work: a path that cannot be a folder would be noticed only after it.
        folder.mkdir(parents=True, exist_ok=True)
        with raw_folder(raw, stages) as place:
            page, drawings = explore_raw(place, stages, Options(workers, encoding=encoding))
        report.write_bytes(page)
        for name, drawing in drawings.items():
            (folder / f"{name}.svg").write_bytes(drawing)
    except OSError as error:
        raise JobError(f"the report cannot be written: {error}") from error
    click.echo(f"{report}: open it in a browser; beside it {len(drawings)} charts as SVG")
