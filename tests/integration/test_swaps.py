"""The shorter run of `python -m tests.integration.swaps`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.swaps import BROKEN, ONE_BROKEN_IN, Run

if TYPE_CHECKING:
    from pathlib import Path


def test_no_answer_fails_or_mixes_releases_while_they_are_swapped(
    s3: dict[str, str], tmp_path: Path
) -> None:
    summary = Run(s3, clients=2, logs=tmp_path).swap(ONE_BROKEN_IN * len(BROKEN))

    assert summary.sound, summary.lines()
    assert len(summary.broken) == len(BROKEN)
