"""The model's parameters: what the tuning found, as it lies beside this module."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

HYPERPARAMETERS = Path(__file__).with_name("hyperparameters.json")


class Hyperparameters(msgspec.Struct, frozen=True):
    """How features and the quality prior weigh.

    Attributes
    ----------
    weights : dict
        By block, how much it weighs in a film that has them all.
    taste : dict
        By block, how much it counts in a person's profile.
    votes : float
        The power of the votes' logarithm in the prior.
    rating : float
        The power of the weighted rating in the prior.
    chosen_by : dict
        The figures that chose them: what was measured, on what, and by which splits.
    """

    weights: dict[str, float]
    taste: dict[str, float]
    votes: float
    rating: float
    chosen_by: dict[str, Any]


@cache
def tuned() -> Hyperparameters:
    """Return the parameters that lie beside this module."""
    return msgspec.json.decode(HYPERPARAMETERS.read_bytes(), type=Hyperparameters)
