from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from obstore.store import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from obstore.store import ObjectStore

    from tests.releases import Files


@pytest.fixture(scope="session")
def files(sample_files: Files) -> Files:
    """The files of the sample's release."""
    return sample_files


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    return MemoryStore() if request.param == "memory" else LocalStore(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path)
