from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.local.s3 import local_s3
from tests.jobs import write_first_film

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """An S3 with one empty bucket; this process's clients find it."""
    with local_s3() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield environment


@pytest.fixture
def write_one_film(tmp_path: Path, raw_sample: Path) -> Path:
    """A raw folder with the first film of the sample alone."""
    return write_first_film(raw_sample, tmp_path)
