"""The names to ask for: those of the tables that the job makes of the same raw files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cartelera.contract.names import compact
from cartelera.contract.tables import KEY, LOOK_UPS, VOTES
from etl.catalogue.catalogue import assemble, sort_films
from etl.clean.records import clean_entries, clean_films, select_cells, select_films
from etl.clean.unnest import MOVIE_LISTS, unnest
from etl.engines.plan import run_steps
from etl.engines.runners.local import LocalRunner
from etl.engines.steps import Part
from etl.extract.raw_files import find_raw, read_batches
from etl.tables.tables import build_tables
from tests.benchmarks.load.questions import ROUTE_WEIGHTS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.load.questions import Pool


def read_pools(raw: Path) -> dict[str, Pool]:
    """Read the names each route that is asked knows from a raw folder; its films tell them all.

    Raises
    ------
    RawInputError
        When the raw files are missing or unusable.
    """
    movies = find_raw(raw).movies
    records = pd.concat([batch.records for batch in read_batches(movies)], ignore_index=True)
    name = movies.path.name
    kept = select_films(records, name).records
    unnested = unnest(select_cells(kept, name, MOVIE_LISTS), MOVIE_LISTS).tables
    lists = {
        column: clean_entries([unnested[column]], nested, name).records
        for column, nested in MOVIE_LISTS.items()
    }
    films = sort_films(clean_films(kept, name).records)
    made = run_steps(LocalRunner(Part(assemble(films, lists), {})), {})
    tables = dict(build_tables(made.aggregates))
    pools: dict[str, Pool] = {}
    for schema in (each for each in LOOK_UPS if each.route in ROUTE_WEIGHTS):
        table = tables[schema.path].to_pandas()
        votes = table.groupby(schema.name)[VOTES].max()
        pools[schema.route] = {
            "names": votes.index.tolist(),
            # One more than the votes, so that every name can be drawn.
            "weights": (votes + 1).tolist(),
            "keys": [compact(name_key) for name_key in table[KEY]],
        }
    return pools
