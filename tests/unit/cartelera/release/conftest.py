from __future__ import annotations

import time
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING

import pytest
from obstore.store import MemoryStore

from cartelera.contract.release_format import (
    FORMAT,
    pointer_path,
    release_path,
    sha256,
    to_json,
)
from cartelera.contract.tables import PELICULAS_IDIOMA, PELICULAS_PAIS
from cartelera.telemetry import logger, metrics
from tests.logs import captured_log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import StringIO

    from obstore import GetOptions, GetResult

    from cartelera.contract.release_format import Manifest, Pointer

    type MakeParquet = Callable[..., bytes]

CREATED_AT = datetime(2026, 1, 1, tzinfo=UTC)
# How long a read hangs that nobody mends: longer than the tests let it be waited for, and less
# than a question may wait by default, so that whoever waits longer than told has an answer.
HANG_SECONDS = 5
IDIOMAS = PELICULAS_IDIOMA.path
PAISES = PELICULAS_PAIS.path


class CountingStore(MemoryStore):
    """Remembers what was read; can be slow, or hang at one path until it is mended.

    Attributes
    ----------
    hanging
        How many reads hang now.
    """

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []
        self.hangs_at: str | None = None
        self.hanging = 0
        self.delay = 0.0
        self._mended = Event()

    def mend(self) -> None:
        self.hangs_at = None
        self._mended.set()

    def get(self, path: str, *, options: GetOptions | None = None) -> GetResult:
        self.read.append(path)
        time.sleep(self.delay)
        if self.hangs_at and path.endswith(self.hangs_at):
            self.hanging += 1
            self._mended.wait(HANG_SECONDS)
            self.hanging -= 1
        return super().get(path, options=options)


@pytest.fixture
def store() -> Iterator[CountingStore]:
    store = CountingStore()
    yield store
    store.mend()


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What is logged; nothing was counted before."""
    metrics.clear()
    with captured_log(logger) as lines:
        yield lines
    metrics.clear()


@pytest.fixture
def publish(store: CountingStore, make_parquet: MakeParquet) -> Callable[..., Pointer]:
    """Publish a release in which English has so many films, or with other bytes for a table.

    It is of a format, whose pointer lies where that format has it or elsewhere.
    """

    def publish(
        release: str,
        films: int = 1,
        idiomas: bytes | None = None,
        release_format: int = FORMAT,
        pointer_at: str | None = None,
    ) -> Pointer:
        found = {"key": ["x"], "votes": [1], "by_rank": [0]}
        english = {"key": ["en"], "idioma": ["en"], "nombre": ["inglés"], "cantidad": [films]}
        chile = {"key": ["chile"], "pais": ["Chile"], "nombre": ["Chile"], "cantidad": [films]}
        files = {
            IDIOMAS: make_parquet(found | english) if idiomas is None else idiomas,
            PAISES: make_parquet(found | chile),
        }
        manifest: Manifest = {
            "format": release_format,
            "release": release,
            "created_at": CREATED_AT.isoformat(),
            "films": films,
            "rows": {},
            "sources": [],
            "files": {
                path: {"sha256": sha256(data), "bytes": len(data), "rows": 1}
                for path, data in files.items()
            },
        }
        for path, data in files.items():
            store.put(release_path(release, path), data)
        store.put(release_path(release, "manifest.json"), to_json(manifest))
        pointer: Pointer = {
            "format": release_format,
            "release": release,
            "manifest_sha256": sha256(to_json(manifest)),
        }
        store.put(pointer_at or pointer_path(release_format), to_json(pointer))
        return pointer

    return publish
