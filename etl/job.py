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
    quarantine = Quarantine()
    rows: dict[str, RowCounts] = {}
    movies = _movies(raw.movies, quarantine, rows, stages)
    films = frozenset(movies.records["id"])
    others = _lists(raw.credits, CREDIT_LISTS, films, quarantine, rows, stages)
    if raw.keywords:
        others += _lists(raw.keywords, KEYWORD_LISTS, films, quarantine, rows, stages)
    with stages.stage("Putting the catalogue in order"):
        catalogue = assemble(movies, others)
    with stages.stage("Building the look-up tables"):
        tables = build_tables(catalogue)
    with stages.stage("Building the model"):
        model = build_model(catalogue, build_features(catalogue))
    with stages.stage("Writing parquet"):
        parquet: dict[str, pa.Table] = {
            CATALOG: to_arrow(catalogue),
            QUARANTINE: quarantine.to_arrow(),
            **tables,
        }
        files = {path: parquet_file(table) for path, table in parquet.items()}
        files[MODEL] = ReleaseFile(model.to_pickle(), model.films)
    sources = [describe(file) for file in (raw.movies, raw.credits, raw.keywords) if file]
    manifest = make_manifest(files, len(catalogue.films), rows, sources, datetime.now(UTC))
    with stages.stage("Publishing", sum(len(file.data) for file in files.values())) as advance:
        publish(store, manifest, files, advance)
    return Outcome(manifest, stages.seconds)


def _movies(
    file: RawFile, quarantine: Quarantine, rows: dict[str, RowCounts], stages: Stages
) -> Cleaned:
    name = file.path.name
    with stages.stage(f"Reading {name}", file.path.stat().st_size) as advance:
        batches = list(read_batches(file, advance))
    with stages.stage("Cleaning the films"):
        records = pd.concat([batch.records for batch in batches], ignore_index=True)
        for batch in batches:
            quarantine.add(batch.broken)
        cleaned = clean_movies(records, name)
        quarantine.add(cleaned.set_aside)
    broken = sum(len(batch.broken) for batch in batches)
    rows[name] = _count(name, len(records) + broken, len(cleaned.records), quarantine)
    if cleaned.records.empty:
        message = f"{name} holds no film that can be used; set aside: {rows[name]['set_aside']}"
        raise RawInputError(message)
    return cleaned


def _lists(
    file: RawFile,
    lists: dict[str, Nested],
    films: frozenset[int],
    quarantine: Quarantine,
    rows: dict[str, RowCounts],
    stages: Stages,
) -> list[Cleaned]:
    name = file.path.name
    seen: set[int] = set()
    cleaned: list[Cleaned] = []
    read = 0
    with stages.stage(f"Reading {name}", file.path.stat().st_size) as advance:
        for batch in read_batches(file, advance):
            read += len(batch.records) + len(batch.broken)
            quarantine.add(batch.broken)
            cleaned.append(clean_lists(batch.records, lists, name, films, seen))
            quarantine.add(cleaned[-1].set_aside)
    kept = sum(len(each.records) for each in cleaned)
    rows[name] = _count(name, read, kept, quarantine)
    return cleaned


def _count(file: str, read: int, kept: int, quarantine: Quarantine) -> RowCounts:
    return {
        "read": read,
        "kept": kept,
        "set_aside": quarantine.records(file),
        "unused_fields": quarantine.fields(file),
    }
