"""`python -m etl compare`: what differs between two releases."""

from __future__ import annotations

import click

from etl.entrypoints import options
from etl.entrypoints.commands.releases import open_verified
from etl.entrypoints.console import print_comparison
from etl.inspection.comparison import compare as compare_releases


@click.command()
@click.argument("before")
@click.argument("after")
@click.option(
    "--films",
    "count",
    type=click.IntRange(0),
    default=20,
    show_default=True,
    help="How many films of each kind are named, the best known first.",
)
@options.releases
def compare(before: str, after: str, count: int, releases: str) -> None:
    """Show which films came, went and changed from release BEFORE to AFTER, and which tables."""
    store, old = open_verified(releases, before)
    _, new = open_verified(releases, after)
    with options.current_stages().stage("Comparing the films and the tables"):
        comparison = compare_releases(store, old, new)
    print_comparison(comparison, options.open_console(), count)
