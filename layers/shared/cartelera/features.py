"""What the model's features are called: the reasons that recommendations give."""

from __future__ import annotations

from typing import cast

from cartelera.layout import FEATURES
from cartelera.lookup import read_columns
from cartelera.tables import GENERO, IDIOMA, PAIS

# The kinds of features, in the order of the model's columns, and what each is in a reason.
BLOCKS = {
    "genres": "género",
    "directors": "dirección",
    "writers": "guion",
    "cast": "reparto",
    "keywords": "tema",
    "collection": "saga",
    "production_companies": "productora",
    "production_countries": "país",
    "original_language": "idioma",
    "period": "época",
    "title": "título",
    "text": "argumento",
}
# Those whose features can be asked for, and the tables of their names. They have every name,
# even those of one film alone: a filter is a feature that a film must have.
FILTERS = {"genres": GENERO, "original_language": IDIOMA, "production_countries": PAIS}

_COLUMNS = ("block", "name")


class FeatureNames:
    """What each column of the model is called."""

    def __init__(self, data: bytes) -> None:
        """Open the bytes of a release's features.

        Raises
        ------
        UnsoundReleaseError
            When they are no parquet, or hold other columns.
        """
        columns = read_columns(FEATURES, data, _COLUMNS)
        self._blocks, self._names = columns["block"], columns["name"]

    def __len__(self) -> int:
        return len(self._names)

    def reason(self, feature: int) -> str:
        """Return what two films share by having a feature, as `tema: toy`."""
        block = cast("str", self._blocks[feature].as_py())
        name = cast("str", self._names[feature].as_py())
        return f"{BLOCKS[block]}: {'hacia ' if block == 'period' else ''}{name}"
