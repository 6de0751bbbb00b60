"""One suite, two ways of calling: the handlers with events, and over HTTP by the local gateway.

What was built, under Lambda's emulator and by `sam local`, is asked less: see
`tests/e2e/test_smoke.py`.
"""

from __future__ import annotations

import csv
import json
import os
import threading
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from cartelera.contract.release_format import CATALOG, RELEASES_VARIABLE
from cartelera.release import releases
from etl.engines.job import run
from etl.release.storage import open_storage
from etl.release.table_files import decode_table
from infra.local.cli import listen
from infra.local.gateway import gateway
from tests.callers import by_event, over_http

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from etl.progress import Stages
    from infra.local.template import Template
    from tests.callers import Caller
    from tests.conftest import MakeOnce

    type LoadHandler = Callable[[str], Callable[[Any], Any]]

PATIENCE_SECONDS = 60


async def call(handler: Callable[[Any], Any], event: object) -> object:
    """Call a handler as the gateway does, in this process and one call at a time.

    `make run` has a process for each function, which `tests/integration/test_local.py` tests.
    """
    # What crosses to Lambda and back is JSON.
    return json.loads(json.dumps(handler(json.loads(json.dumps(event)))))


@pytest.fixture(scope="session")
def raw(raw_sample: Path) -> Path:
    """The raw files to test on: those of `make test RAW=folder`, or the sample."""
    return Path(os.environ.get("RAW") or raw_sample)


@pytest.fixture(scope="session")
def place(raw: Path, raw_sample: Path, request: pytest.FixtureRequest) -> Path:
    if raw == raw_sample:
        sample: Path = request.getfixturevalue("sample_place")
        return sample
    make_once: MakeOnce = request.getfixturevalue("make_once")
    stages: Stages = request.getfixturevalue("stages")
    return make_once("contract", lambda folder: run(raw, open_storage(folder.as_uri()), stages))


@pytest.fixture(scope="session")
def catalogue(place: Path, raw_sample: Path) -> dict[int, dict[str, Any]]:
    """The sample's films by id: their columns in the catalogue, and the raw `adult`."""
    with (raw_sample / "movies_metadata.csv").open(newline="") as file:
        adult = {record["id"] for record in csv.DictReader(file) if record["adult"] == "True"}
    (published,) = place.glob(f"releases/*/{CATALOG}")
    films = decode_table(published.read_bytes()).to_pylist()
    return {film["id"]: film | {"adult": str(film["id"]) in adult} for film in films}


@pytest.fixture(scope="session")
def local_server(template: Template, load_handler: LoadHandler) -> Iterator[tuple[str, int]]:
    """The local gateway before the handlers of this process: yields host and port."""
    answered: list[int] = []
    with listen(0) as listener:
        functions = {
            function.name: partial(call, load_handler(function.code.name))
            for function in template.functions
        }
        app = gateway(template, functions, lambda _, status, __: answered.append(status))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield listener.getsockname()
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)
    assert answered


@pytest.fixture(scope="module")
def _answering(place: Path) -> Iterator[None]:
    """Let the handlers of this process answer from the release of the contract."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(RELEASES_VARIABLE, place.as_uri())
        releases.cache_clear()
        yield
        releases.cache_clear()


@pytest.fixture(params=["direct", "http"])
def get(request: pytest.FixtureRequest, template: Template, _answering: None) -> Iterator[Caller]:
    """Ask in each way of calling."""
    if request.param == "direct":
        yield by_event(template, request.getfixturevalue("load_handler"))
        return
    host, port = request.getfixturevalue("local_server")
    connection = HTTPConnection(host, port, timeout=PATIENCE_SECONDS)
    yield over_http(connection)
    connection.close()
