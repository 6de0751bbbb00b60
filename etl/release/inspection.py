"""One film, from its raw lines to its features: what the job made of it, and out of what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cartelera.contract.release_format import CATALOG, FEATURES, QUARANTINE
from cartelera.contract.tables import RECOMENDACION
from cartelera.errors import NotInCatalogueError
from cartelera.lookup.films import find_film_rows
from etl.clean.parsers import parse_film_ids
from etl.clean.schemas import REQUIRED_COLUMNS
from etl.errors import JobError
from etl.extract.raw_files import find_raw, read_batches
from etl.quarantine import LINE
from etl.release.releases import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from obstore.store import ObjectStore

    from etl.release.releases import Opened


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record of a raw file as it stands there."""

    file: str
    line: int
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature of a film: its block, its name, and how much it weighs, from 0 to 1."""

    block: str
    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a release knows of a film.

    Attributes
    ----------
    film : dict
        Its row of the catalogue.
    set_aside : list of dict
        The rows of the quarantine that come from its raw lines; empty without raw records.
    features : list of Feature
        Its features, the heaviest first.
    raw : list of RawRecord
        Every record with its id in the raw files, if they were given.
    """

    film: dict[str, Any]
    set_aside: list[dict[str, Any]]
    features: list[Feature]
    raw: list[RawRecord]


def inspect(store: ObjectStore, release: Opened, film: str, raw: Path | None) -> Inspected:
    """Return what `release` knows of a film, by its id or its title.

    `raw` is the folder that the release was made of.

    Raises
    ------
    JobError
        When the release does not hold the film; the message names the nearest ones.
    PublishError, RawInputError
        When the release or the raw files cannot be read.
    """
    row = _row(release, film)
    known: dict[str, Any] = (
        read_table(store, release.manifest["release"], CATALOG).slice(row, 1).to_pylist()[0]
    )
    records = list(_raw_records(raw, known["id"])) if raw else []
    lines = {(record.file, record.line) for record in records}
    set_aside = [
        entry
        for entry in read_table(store, release.manifest["release"], QUARANTINE).to_pylist()
        if (entry["file"], entry["line"]) in lines
    ]
    return Inspected(known, set_aside, _features(store, release, row), records)


def _row(release: Opened, film: str) -> int:
    """Return the row a film has in the catalogue, the tables of films and the model."""
    films = release.tables[RECOMENDACION.path]
    try:
        return find_film_rows(films, (film,), None, None)[0]
    except NotInCatalogueError as error:
        row = films.position_of_id(int(film)) if film.isdecimal() else None
        if row is None:
            near = ", ".join(error.suggestions) or "none"
            message = f"no film «{film}» in release {release.manifest['release']}; nearest: {near}"
            raise JobError(message) from error
        return row


def _features(store: ObjectStore, release: Opened, row: int) -> list[Feature]:
    model = release.model
    own = slice(model.film_starts[row], model.film_starts[row + 1])
    weights = model.film_weights[own]
    order = np.argsort(-weights, kind="stable")
    names = (
        read_table(store, release.manifest["release"], FEATURES)
        .take(model.film_features[own][order])
        .to_pylist()
    )
    return [
        Feature(name["block"], name["name"], round(float(weight), 4))
        for name, weight in zip(names, weights[order], strict=True)
    ]


def _raw_records(folder: Path, film_id: int) -> Iterator[RawRecord]:
    raw = find_raw(folder, REQUIRED_COLUMNS)
    for file in (raw.movies, raw.credits, raw.keywords):
        if file is None:
            continue
        for batch in read_batches(file):
            same = (parse_film_ids(batch.records["id"]) == film_id).fillna(value=False)
            for record in batch.records[same].to_dict("records"):
                line = int(record.pop(LINE))
                fields = {str(name): str(value) for name, value in record.items()}
                yield RawRecord(file.path.name, line, fields)
