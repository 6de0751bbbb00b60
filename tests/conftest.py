"""What every kind of test may use: a release of the embedded sample, and the handlers."""

from __future__ import annotations

import json
import pickle
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import settings
from obstore.store import LocalStore
from rich.console import Console

from cartelera.release import releases
from etl.job import run
from etl.progress import Stages
from etl.sample.embedded import write_embedded
from infra.local.lambdas import LocalContext
from infra.local.template import read_template
from infra.openapi import services

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cartelera.layout import Manifest
    from infra.local.template import Template

PROJECT = Path(__file__).parent.parent

# How long an example takes is the machine's affair.
settings.register_profile("cartelera", deadline=None)
settings.load_profile("cartelera")


class DrawnOnce:
    """What draws a report, here and once for the same facts: they always draw the same bytes.

    Most tests are about other files of a release, and a process that draws takes seconds. Whoever
    starts the job as a command has the real one.
    """

    drawn: ClassVar[dict[bytes, Any]] = {}

    def __init__(self, work: Callable[[Any], Any], item: Any) -> None:
        self._work = work
        self._item = item

    def start(self) -> None:
        pass

    def result(self) -> Any:
        facts = pickle.dumps(self._item)
        if facts not in self.drawn:
            self.drawn[facts] = self._work(self._item)
        return self.drawn[facts]


@pytest.fixture(scope="session", autouse=True)
def each_report_drawn_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("etl.job.Aside", DrawnOnce)
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
def sample_place(
    raw_sample: Path, stages: Stages, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with a published release of the embedded sample."""
    folder = tmp_path_factory.mktemp("releases")
    run(raw_sample, LocalStore(folder), stages)
    return folder


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
