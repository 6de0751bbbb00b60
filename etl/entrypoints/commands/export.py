"""`python -m etl export`: the catalogue for spreadsheets."""

from __future__ import annotations

from pathlib import Path

import click

from cartelera.contract.release_format import CATALOG
from etl.entrypoints import options
from etl.entrypoints.commands.releases import open_verified
from etl.errors import JobError
from etl.inspection.spreadsheet import write_csv
from etl.release.verification import read_table


@click.command()
@click.option(
    "--csv",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The CSV file to write. An existing one is replaced.",
)
@click.option(
    "--delimiter",
    type=click.Choice([",", ";"]),
    default=",",
    show_default=True,
    help="Between columns. Excel in Spanish, and wherever the comma is for decimals, expects `;`.",
)
@click.option("--release", help="The release to take; without it, the one that answers.")
@options.releases
def export(file: Path, delimiter: str, release: str | None, releases: str) -> None:
    """Write the cleaned films as CSV, for spreadsheets.

    UTF-8 with a byte order mark. Of a list, the names are in one column and its other fields in
    more, in the same order, joined by " | ".
    """
    store, opened = open_verified(releases, release)
    release = opened.manifest["release"]
    films = read_table(store, release, CATALOG)
    try:
        with file.open("wb") as sink:
            write_csv(films, sink, delimiter)
    except OSError as error:
        raise JobError(f"{file} cannot be written: {error}") from error
    click.echo(f"{file}: {len(films):,} films of release {release}")
