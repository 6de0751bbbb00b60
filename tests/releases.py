"""Releases of given files, published by hand."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from obstore.exceptions import GenericError
from obstore.store import MemoryStore

from cartelera.contract.release_format import FORMAT, MANIFEST, release_path, to_json
from cartelera.contract.tables import TABLES
from cartelera.release import Releases
from etl.release.pointers import move_pointer, read_current
from etl.release.publish import make_manifest, upload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from obstore.store import ObjectStore

    from etl.release.files import ReleaseFile


type Files = Mapping[str, ReleaseFile]

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


class RecordingStore(MemoryStore):
    """Remembers what was written, and can fail at one path."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []
        self.fail_at: str | None = None

    def put(self, path: str, file: bytes, **how: Any) -> None:  # type: ignore[override]
        if self.fail_at and path.endswith(self.fail_at):
            raise GenericError("no space\nmore detail")
        super().put(path, file, **how)
        self.written.append(path)


def publish(
    store: ObjectStore, files: Files, day: int, release_format: int = FORMAT, films: int = 185
) -> str:
    """Publish a release as if made on the n-th day, and return its id."""
    created_at = FIRST_DAY + timedelta(days=day)
    manifest = make_manifest(files, films, {}, [], created_at, release_format)
    current = read_current(store, release_format)
    move_pointer(store, upload(store, manifest, files), current.stored, current.path)
    return manifest["release"]


def answering(store: ObjectStore, release_format: int = FORMAT) -> str:
    """Return the release that new functions of a format answer from, once all is opened."""
    release = Releases(store, release_format=release_format).current()
    for schema in TABLES:
        release.table(schema)
    release.model()
    return release.id


def make_old(*paths: Path) -> None:
    """Let it seem that files were written two days ago."""
    two_days_ago = time.time() - 2 * 86_400
    for path in paths:
        os.utime(path, (two_days_ago, two_days_ago))


def contents(store: ObjectStore) -> dict[str, bytes]:
    """Return everything in a place but the lock."""
    return {
        entry["path"]: bytes(store.get(entry["path"]).bytes())
        for batch in store.list()
        for entry in batch
        if not entry["path"].startswith(".")
    }


def releases_in(store: ObjectStore) -> set[str]:
    """Return the ids of the releases in a place."""
    return {path.split("/")[1] for path in contents(store) if path.startswith("releases/")}


def change_manifest(store: ObjectStore, release: str, change: Callable[[Any], object]) -> None:
    """Change the manifest of a release in place."""
    path = release_path(release, MANIFEST)
    manifest = json.loads(bytes(store.get(path).bytes()))
    change(manifest)
    store.put(path, to_json(manifest))
