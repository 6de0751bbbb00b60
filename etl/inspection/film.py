"""One film of a release, from its raw records to its features."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cartelera.contract.release_format import CATALOG, FEATURES, QUARANTINE
from cartelera.contract.tables import RECOMENDACION
from cartelera.errors import NotInCatalogueError
from cartelera.films.by_title import Films
from etl.clean.parsers import parse_film_ids
from etl.clean.schemas import RAW_ROLES
from etl.errors import JobError
from etl.extract.raw_files import find_raw, read_batches
from etl.quarantine import LINE
from etl.release.verification import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    import pyarrow as pa
    from obstore.store import ObjectStore

    from cartelera.recommend.model import Model
    from etl.release.verification import VerifiedRelease


class RawRecord(NamedTuple):
    """A record of a raw file, unchanged."""

    file: str
    line: int
    fields: dict[str, str]


class Feature(NamedTuple):
    """A feature of a film: its group, its name, and its weight, from 0 to 1."""

    group: str
    name: str
    weight: float


class Inspection(NamedTuple):
    """What a release says of a film.

    Attributes
    ----------
    film
        Its row of the catalogue.
    set_aside
        The rows of the quarantine that come from its raw records.
    features
        The heaviest first.
    raw
        The records with its id in the raw files; none without a folder of them.
    """

    film: dict[str, Any]
    set_aside: list[dict[str, Any]]
    features: list[Feature]
    raw: list[RawRecord]


def inspect(
    store: ObjectStore, release: VerifiedRelease, film: str, raw: Path | None
) -> Inspection:
    """Return what a release says of a film.

    Parameters
    ----------
    store
        The place.
    release
        A release in it.
    film
        An id or a title.
    raw
        The folder of raw files that the release was made of, if it is there.

    Raises
    ------
    JobError
        When the release does not have the film; the message names the nearest ones.
    """
    row = _row(release, film)
    release_id = release.manifest["release"]
    catalogue = read_table(store, release_id, CATALOG)
    known: dict[str, Any] = catalogue.slice(row, 1).to_pylist()[0]
    records = list(_raw_records(raw, known["id"])) if raw else []
    lines = {(record.file, record.line) for record in records}
    set_aside = [
        entry
        for entry in read_table(store, release_id, QUARANTINE).to_pylist()
        if (entry["file"], entry["line"]) in lines
    ]
    names = read_table(store, release_id, FEATURES)
    return Inspection(known, set_aside, _features(release.model, names, row), records)


def _row(release: VerifiedRelease, film: str) -> int:
    """Return the row a film has in the catalogue, the tables of films and the model."""
    films = Films(release, RECOMENDACION)
    try:
        return films.rows((film,), None, None).positions[0]
    except NotInCatalogueError as error:
        row = films.table.position_of_id(int(film)) if film.isdecimal() else None
        if row is None:
            near = ", ".join(error.suggestions) or "none"
            message = f"no film «{film}» in release {release.manifest['release']}; nearest: {near}"
            raise JobError(message) from error
        return row


def _features(model: Model, features: pa.Table, row: int) -> list[Feature]:
    own = slice(model.film_starts[row], model.film_starts[row + 1])
    weights = model.film_weights[own]
    order = np.argsort(-weights, kind="stable")
    names = features.take(model.film_features[own][order]).to_pylist()
    return [
        Feature(name["block"], name["name"], round(float(weight), 4))
        for name, weight in zip(names, weights[order], strict=True)
    ]


def _raw_records(folder: Path, film_id: int) -> Iterator[RawRecord]:
    raw = find_raw(folder, RAW_ROLES)
    for file in raw.of_data_set:
        for batch in read_batches(file):
            same = (parse_film_ids(batch.records["id"]) == film_id).fillna(value=False)
            for record in batch.records[same].to_dict("records"):
                line = int(record.pop(LINE))
                fields = {str(name): str(value) for name, value in record.items()}
                yield RawRecord(file.name, line, fields)
