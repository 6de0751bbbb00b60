"""Releases that are measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from obstore.store import LocalStore

from cartelera.contract.release_format import POINTER
from etl.release.pointers import current_release
from etl.release.storage import open_storage
from etl.release.verification import open_release

if TYPE_CHECKING:
    from pathlib import Path

    from obstore.store import ObjectStore

    from etl.release.verification import VerifiedRelease

PLACES = click.option(
    "--releases", "places", multiple=True, required=True, help="Where a release answers."
)


def open_current(place: str) -> VerifiedRelease:
    """Open the release that answers at a place."""
    store = open_storage(place)
    return open_release(store, current_release(store, place))


def copy_release(folder: Path, target: ObjectStore) -> None:
    """Copy the releases in a folder, and what names the current one, to another place."""
    source = LocalStore(folder)
    listed = [meta["path"] for batch in source.list("releases") for meta in batch]
    for path in [POINTER, *listed]:
        target.put(path, source.get(path).bytes())
