"""What the model's features are called: the reasons that recommendations give."""

from __future__ import annotations

from typing import cast

from cartelera.contract.feature_groups import FEATURE_GROUPS
from cartelera.contract.release_format import FEATURES
from cartelera.lookup.table import read_columns

_COLUMNS = ("block", "name")


class FeatureNames:
    """What each column of the model is called."""

    def __init__(self, data: bytes) -> None:
        """Open the bytes of a release's features.

        Raises
        ------
        UnsoundReleaseError
            When they are no table, or hold other columns.
        """
        columns = read_columns(FEATURES, data, _COLUMNS)
        self._blocks, self._names = columns["block"], columns["name"]

    def __len__(self) -> int:
        return len(self._names)

    def reason(self, feature: int) -> str:
        """Return what two films share by having a feature, as `tema: toy`."""
        block = cast("str", self._blocks[feature].as_py())
        name = cast("str", self._names[feature].as_py())
        return f"{FEATURE_GROUPS[block]}: {'hacia ' if block == 'period' else ''}{name}"
