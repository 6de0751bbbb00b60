"""The whole job: raw files in, a published release out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd

from cartelera.layout import CATALOG, MODEL, QUARANTINE
from etl.catalogue import assemble, to_arrow
from etl.clean import CREDIT_LISTS, KEYWORD_LISTS, clean_lists, clean_movies
from etl.errors import RawInputError
from etl.features import build_features
from etl.model import build_model
from etl.publish import ReleaseFile, make_manifest, parquet_file, publish
from etl.quarantine import Quarantine
from etl.raw import describe, find_raw, read_batches
from etl.tables import build_tables

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    import pyarrow as pa
    from obstore.store import ObjectStore

    from cartelera.layout import Manifest, RowCounts
    from etl.clean import Cleaned, Nested
    from etl.progress import Stages
    from etl.raw import RawFile


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run that ended well: what it published, and how long it took in seconds."""

    manifest: Manifest
    seconds: float


def run(folder: Path, store: ObjectStore, stages: Stages) -> Outcome:
    """Turn the raw files in `folder` into a release in `store`, and let it answer.

    Raises
    ------
    RawInputError
        When a raw file is missing or unusable, or no film is left of them.
    PublishError
        When the release could not be written; the one before it goes on answering.
    """
    raw = find_raw(folder)
    intake = _Intake(stages)
    movies = intake.movies(raw.movies)
    films = frozenset(movies.records["id"])
    others = intake.lists(raw.credits, CREDIT_LISTS, films)
    if raw.keywords:
        others += intake.lists(raw.keywords, KEYWORD_LISTS, films)
    with stages.stage("Putting the catalogue in order"):
        catalogue = assemble(movies, others)
    with stages.stage("Building the look-up tables"):
        tables = build_tables(catalogue)
    with stages.stage("Building the model"):
        model = build_model(build_features(catalogue), catalogue.films["vote_count"])
    with stages.stage("Writing parquet"):
        parquet: dict[str, pa.Table] = {
            CATALOG: to_arrow(catalogue),
            QUARANTINE: intake.quarantine.to_arrow(),
            **tables,
        }
        files = {path: parquet_file(table) for path, table in parquet.items()}
        files[MODEL] = ReleaseFile(model.to_pickle(), model.films)
    sources = [describe(file) for file in (raw.movies, raw.credits, raw.keywords) if file]
    manifest = make_manifest(files, len(catalogue.films), intake.rows, sources, datetime.now(UTC))
    with stages.stage("Publishing", sum(len(file.data) for file in files.values())) as advance:
        publish(store, manifest, files, advance)
    return Outcome(manifest, stages.seconds)


class _Intake:
    """Reads and cleans the raw files, keeping account of every record."""

    def __init__(self, stages: Stages) -> None:
        self.quarantine = Quarantine()
        self.rows: dict[str, RowCounts] = {}
        self._stages = stages

    def movies(self, file: RawFile) -> Cleaned:
        """Return the cleaned films."""
        name = file.path.name
        with self._reading(file) as advance:
            batches = list(read_batches(file, advance))
        with self._stages.stage("Cleaning the films"):
            records = pd.concat([batch.records for batch in batches], ignore_index=True)
            cleaned = clean_movies(records, name)
        for batch in batches:
            self.quarantine.add(batch.broken)
        self._settle(name, sum(batch.read for batch in batches), [cleaned])
        if cleaned.records.empty:
            counts = self.rows[name]["set_aside"]
            raise RawInputError(f"{name} holds no film that can be used; set aside: {counts}")
        return cleaned

    def lists(
        self, file: RawFile, lists: dict[str, Nested], films: frozenset[int]
    ) -> list[Cleaned]:
        """Return the unnested `lists` of the `films`, batch by batch."""
        name = file.path.name
        seen: set[int] = set()
        cleaned: list[Cleaned] = []
        read = 0
        with self._reading(file) as advance:
            for batch in read_batches(file, advance):
                read += batch.read
                self.quarantine.add(batch.broken)
                cleaned.append(clean_lists(batch.records, lists, name, films, seen))
        self._settle(name, read, cleaned)
        return cleaned

    def _reading(self, file: RawFile) -> AbstractContextManager[Callable[[int], None]]:
        return self._stages.stage(f"Reading {file.path.name}", file.path.stat().st_size)

    def _settle(self, name: str, read: int, cleaned: list[Cleaned]) -> None:
        for each in cleaned:
            self.quarantine.add(each.set_aside)
        self.rows[name] = {
            "read": read,
            "kept": sum(len(each.records) for each in cleaned),
            "set_aside": self.quarantine.records(name),
            "unused_fields": self.quarantine.fields(name),
        }
