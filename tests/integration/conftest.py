from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.local.s3 import local_s3

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
    for name in ("movies_metadata.csv", "credits.csv"):
        header, first, *_ = (raw_sample / name).read_text().split("\n")
        (tmp_path / name).write_text(f"{header}\n{first}\n")
    return tmp_path
