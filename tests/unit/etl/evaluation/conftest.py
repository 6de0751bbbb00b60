from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from etl.evaluation.ratings import User

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of the test's own: its name, its header, its lines."""

    def write(name: str, header: str, *lines: str) -> Path:
        path = tmp_path / name
        path.write_text("\n".join([header, *lines, ""]))
        return path

    return write


@pytest.fixture(scope="session")
def user() -> Callable[..., User]:
    """Make a user of the columns of films known and sought; all are rated 3 unless told."""

    def make(
        known: Sequence[int],
        relevant: Sequence[int] = (),
        stars: Sequence[float] | None = None,
        number: int = 0,
    ) -> User:
        return User(
            number,
            np.array(known, np.int64),
            np.array(stars if stars is not None else [3.0] * len(known)),
            np.array(relevant, np.int64),
        )

    return make
