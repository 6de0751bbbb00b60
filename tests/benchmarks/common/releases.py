"""Releases that are measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from obstore.store import LocalStore

from cartelera.contract.release_format import POINTER
from etl.release.publish import open_place
from etl.release.releases import answering, open_release

if TYPE_CHECKING:
    from pathlib import Path

    from obstore.store import ObjectStore

    from etl.release.releases import Opened

PLACES = click.option(
    "--releases", "places", multiple=True, required=True, help="Where a release answers."
)


def open_current(place: str) -> Opened:
    """Open the release that answers at a place."""
    store = open_place(place)
    return open_release(store, answering(store, place))


def copy_release(folder: Path, target: ObjectStore) -> None:
    """Copy the releases in a folder, and what names the current one, to another place."""
    source = LocalStore(folder)
    listed = [meta["path"] for batch in source.list("releases") for meta in batch]
    for path in [POINTER, *listed]:
        target.put(path, source.get(path).bytes())
