"""The tables of what recommendations can be kept to: genres, languages and countries by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cartelera.contract.feature_groups import FILTER_TABLES
from cartelera.contract.tables import FEATURE, VOTES
from etl.tables.rows import alias_rows, name_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from etl.features.tfidf import Features


def filter_tables(
    features: Features, others: Mapping[str, Sequence[Sequence[str]]]
) -> Iterator[tuple[str, pa.Table]]:
    """Yield the table of each filter, with its path in the release.

    Parameters
    ----------
    features
        Of all films.
    others
        By block, what each of its features may be asked for as beside its name.
    """
    films = features.matrix.count_nonzero(axis=0)
    for block, schema in FILTER_TABLES.items():
        places = np.flatnonzero(features.names["block"] == block)
        names = features.names["name"].iloc[places].to_numpy()
        entries = pd.DataFrame({"name": names, FEATURE: places, VOTES: films[places]})
        known_as = zip(names, others[block], strict=True)
        aliases = alias_rows((name, other) for name, more in known_as for other in more)
        yield schema.path, name_table(schema, entries, aliases)
