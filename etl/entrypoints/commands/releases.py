"""The commands that look after releases: `releases`, `rollback`, `verify`, `prune`, `retire`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from etl.entrypoints import options
from etl.entrypoints.console import print_releases
from etl.release import listing, pointers, verification
from etl.release.storage import open_existing

if TYPE_CHECKING:
    from obstore.store import ObjectStore

    from etl.release.verification import VerifiedRelease


def open_verified(releases: str, release: str | None = None) -> tuple[ObjectStore, VerifiedRelease]:
    """Verify and open a release, showing progress.

    Parameters
    ----------
    releases
        The URL of the place, as `--releases` gives it.
    release
        The release's id, as `--release` gives it; None: the one that answers.

    Returns
    -------
    tuple of ObjectStore and VerifiedRelease
        The place, and the release in it.

    Raises
    ------
    PublishError
        When the place cannot be opened, or no release answers there.
    UnsoundError
        When the release is not there, or not sound.
    """
    store = open_existing(releases)
    release = release or pointers.current_release(store, releases)
    with options.current_stages().stage(f"Verifying {release}") as advance:
        return store, verification.open_release(store, release, advance)


@click.command()
@options.releases
def releases(releases: str) -> None:
    """List the releases: id, format, age, films, size, and which one of each format answers."""
    print_releases(listing.list_releases(open_existing(releases)), releases, options.open_console())


@click.command()
@click.argument("release")
@options.releases
def rollback(release: str, releases: str) -> None:
    """Let RELEASE answer, after verifying it. Functions of its format follow within a minute."""
    store = open_existing(releases)
    with options.current_stages().stage(f"Verifying {release}") as advance:
        manifest = verification.roll_back(store, release, advance)
    click.echo(
        f"{manifest['films']:,} films in release {release} answer now for functions of format "
        f"{manifest['format']}"
    )


@click.command()
@click.argument("release")
@options.releases
def verify(release: str, releases: str) -> None:
    """Check every byte of RELEASE, and open it as the functions do."""
    manifest = open_verified(releases, release)[1].manifest
    size = sum(entry["bytes"] for entry in manifest["files"].values())
    click.echo(
        f"release {release} is sound: format {manifest['format']}, {len(manifest['files'])} files, "
        f"{size / 1e6:,.1f} MB, {manifest['films']:,} films"
    )


@click.command()
@click.option(
    "--keep", type=click.IntRange(1), required=True, help="How many of the newest to keep."
)
@options.releases
def prune(keep: int, releases: str) -> None:
    """Remove old releases, and the remains of jobs killed over a day ago.

    A release that answers is never removed. Each format that has a pointer keeps its own newest
    releases.
    """
    removed = listing.prune(open_existing(releases), keep)
    for release in removed:
        click.echo(f"removed {release.id}, {release.size / 1e6:,.1f} MB")
    if not removed:
        click.echo("nothing to remove")


@click.command()
@click.argument("release_format", metavar="FORMAT", type=click.IntRange(1))
@options.releases
def retire(release_format: int, releases: str) -> None:
    """Remove the pointer of FORMAT once no function of it runs any more; prune does the rest."""
    for path in pointers.retire_format(open_existing(releases), release_format):
        click.echo(f"removed {path}: nothing answers functions of format {release_format} now")
