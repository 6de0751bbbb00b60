"""The model's parameters: what the tuning found, as it lies beside this module."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

HYPERPARAMETERS = Path(__file__).with_name("hyperparameters.json")


class Hyperparameters(msgspec.Struct, frozen=True):
    """How features and the quality prior weigh."""

    # By feature group, how much it weighs in a film that has them all, and in a person's profile.
    weights: dict[str, float]
    taste: dict[str, float]
    # The powers of the votes' logarithm and of the weighted rating in the prior.
    votes: float
    rating: float
    # The figures that chose them: what was measured, on what, and by which splits.
    chosen_by: dict[str, Any]


@cache
def tuned() -> Hyperparameters:
    """Return the parameters that lie beside this module."""
    return msgspec.json.decode(HYPERPARAMETERS.read_bytes(), type=Hyperparameters)
