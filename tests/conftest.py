"""What every kind of test may use: a release of the embedded sample, and the handlers."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock
from hypothesis import settings
from obstore.store import LocalStore
from rich.console import Console

from cartelera.release import releases
from etl.engines.job import run
from etl.progress import Stages
from infra.local.functions import LocalContext, without_aws
from infra.local.template import read_template
from infra.openapi import services
from infra.sample.embedded import write_embedded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cartelera.contract.release_format import Manifest
    from infra.local.template import Template

    type MakeOnce = Callable[[str, Callable[[Path], object]], Path]

PROJECT = Path(__file__).parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with Spark, which takes longest: at the end the other processes would wait for it."""
    items.sort(key=lambda item: item.path.name != "test_spark.py")


# How long an example takes is the machine's affair.
settings.register_profile("cartelera", deadline=None)
settings.load_profile("cartelera")


@pytest.fixture(scope="session", autouse=True)
def _no_aws() -> Iterator[None]:
    """Let nothing that the shell says of AWS lead a test to another server, or to an account."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ.keys() - without_aws(os.environ).keys():
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def template() -> Template:
    return read_template(PROJECT / "template.yaml")


@pytest.fixture(scope="session")
def raw_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    write_embedded(folder)
    return folder


@pytest.fixture(scope="session")
def stages() -> Stages:
    """Stages that nobody sees."""
    return Stages(Console(file=StringIO()))


@pytest.fixture(scope="session")
def make_once(tmp_path_factory: pytest.TempPathFactory) -> MakeOnce:
    """Make a folder once for all test processes: the first to ask for `name` makes it."""
    own = tmp_path_factory.getbasetemp()
    root = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def make_once(name: str, make: Callable[[Path], object]) -> Path:
        folder = root / name
        with FileLock(root / f"{name}.lock"):
            if not folder.exists():
                # Made anew where another process could not finish it.
                unfinished = root / f"{name}-unfinished"
                shutil.rmtree(unfinished, ignore_errors=True)
                unfinished.mkdir()
                make(unfinished)
                unfinished.rename(folder)
        return folder

    return make_once


@pytest.fixture(scope="session")
def sample_place(raw_sample: Path, stages: Stages, make_once: MakeOnce) -> Path:
    """A folder with a published release of the embedded sample: to read, not to change."""
    return make_once("releases", lambda folder: run(raw_sample, LocalStore(folder), stages))


@pytest.fixture(scope="session")
def sample_manifest(sample_place: Path) -> Manifest:
    (manifest,) = sample_place.glob("releases/*/manifest.json")
    content: Manifest = json.loads(manifest.read_text())
    return content


@pytest.fixture
def released(sample_place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the handlers of this process answer from the sample's release."""
    monkeypatch.setenv("CARTELERA_RELEASES", sample_place.as_uri())
    releases.cache_clear()
    yield
    releases.cache_clear()


@pytest.fixture(scope="session")
def load_handler(template: Template) -> Callable[[str], Callable[[Any], Any]]:
    """Return a function's handler by the folder it lies in, called with an event alone."""
    handlers: dict[str, Callable[[Any], Any]] = {}
    for function in template.functions:
        context = LocalContext(function.name, function.memory)
        loaded = services.load_handler(function)
        handlers[function.code.name] = partial(_called, loaded, context)
    return handlers.__getitem__


def _called(handler: Callable[[Any, Any], object], context: LocalContext, event: object) -> object:
    return handler(event, context)
