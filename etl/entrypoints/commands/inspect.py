"""`python -m etl inspect`: one film, from its raw lines to its features."""

from __future__ import annotations

from contextlib import nullcontext

import click

from etl.entrypoints import options
from etl.entrypoints.commands.releases import open_verified
from etl.entrypoints.console import print_film
from etl.extract.download import raw_folder
from etl.inspection.film import inspect as inspect_film


@click.command()
@click.argument("film")
@click.option(
    "--raw",
    callback=options.note_endpoint,
    help=f"{options.RAW_HELP} Without it, no raw lines.",
)
@click.option("--release", help="The release to look into; without it, the one that answers.")
@options.releases
def inspect(film: str, raw: str | None, release: str | None, releases: str) -> None:
    """Show FILM, an id or a title, from its raw lines to its features."""
    store, opened = open_verified(releases, release)
    with nullcontext() if raw is None else raw_folder(raw, options.current_stages()) as folder:
        print_film(inspect_film(store, opened, film, folder), options.open_console())
