"""One suite, every way of calling.

The handler with an event; HTTP in front of it; Lambda's own runtime around the built
functions; and `sam local`, which runs them in containers. `WAYS=rie` (or several, between
commas) asks for some of them: what they need and is not built fails then, and is passed over
otherwise. `sam` needs Docker and some minutes, and goes along only when it is asked for.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import socket
import subprocess
import sys
from contextlib import ExitStack
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import hypothesis
import pytest

from cartelera.release import releases
from etl.job import run
from etl.publish import open_place
from infra.local.events import HttpRequest, match_route, proxy_event, read_proxy_response
from infra.local.job import run_job
from infra.local.rie import EmulatedLambda, MissingArtefactError, as_built
from infra.local.sam import shared_s3, start_api, write_env_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from etl.progress import Stages
    from infra.local.template import Template


class Answer(NamedTuple):
    """What came back; header names are in lower case, `body` is read from JSON if `raw` is it."""

    status: int
    headers: dict[str, str]
    body: Any
    raw: bytes


class Caller(Protocol):
    """A way of calling: asks for a path, percent-encoded, with its query; `body` goes along."""

    def __call__(
        self,
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer: ...


def answer(status: int, headers: list[tuple[str, str]], body: bytes) -> Answer:
    by_name = {name.lower(): value for name, value in headers}
    if by_name.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    is_json = body and "json" in by_name["content-type"]
    return Answer(status, by_name, json.loads(body) if is_json else None, body)


def by_event(template: Template, handlers: Callable[[str], Callable[[Any], Any]]) -> Caller:
    """Call the functions with proxy events; `handlers` gives one by the folder it lies in."""
    folders = {function.name: function.code.name for function in template.functions}

    def call(
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        path, _, query = path.partition("?")
        request = HttpRequest(method, path, query, list((headers or {}).items()), body)
        matched = match_route(template.routes, request)
        assert matched, f"the template has no route for {path}"
        event = proxy_event(*matched, request)
        # What crosses to Lambda is JSON.
        result = handlers(folders[matched[0].function])(json.loads(json.dumps(event)))
        response = read_proxy_response(json.loads(json.dumps(result)))
        return answer(response.status, response.headers, response.body)

    return call


def over_http(connection: HTTPConnection) -> Caller:
    def call(
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        connection.request(method, path, body or None, dict(headers or {}))
        response = connection.getresponse()
        return answer(response.status, response.getheaders(), response.read())

    return call


@pytest.fixture(scope="session")
def raw(raw_sample: Path) -> Path:
    """The raw files to test on: those of `make test RAW=folder`, or the sample."""
    return Path(os.environ.get("RAW") or raw_sample)


@pytest.fixture(scope="session")
def place(raw: Path, tmp_path_factory: pytest.TempPathFactory, stages: Stages) -> Path:
    folder = tmp_path_factory.mktemp("contract")
    run(raw, open_place(folder.as_uri()), stages)
    return folder


@pytest.fixture(scope="session")
def local_server(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`make run` on a free port: yields host and port."""
    said = tmp_path_factory.mktemp("server") / "stderr"
    command = [sys.executable, "-u", "-m", "infra.local", "--port", "0", "--raw", str(raw)]
    with (
        said.open("w") as stderr,
        subprocess.Popen(  # noqa: S603 (the command is ours)
            command, stdout=subprocess.PIPE, stderr=stderr, text=True
        ) as process,
    ):
        assert process.stdout
        for line in process.stdout:
            if found := re.match(r"Serving at http://(\S+)", line):
                break
        else:
            pytest.fail(f"the server did not start: {said.read_text()}")
        # Its access log would fill the pipe and stop it.
        drain = subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL)  # noqa: S607
        yield found[1]
        # Not by Ctrl-C, which what a shell runs in the background is told to ignore.
        process.terminate()
        try:
            process.wait(timeout=20)
        finally:
            process.kill()
            drain.wait(timeout=20)


@pytest.fixture(scope="session")
def emulated(
    place: Path, template: Template, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Callable[[Any], Any]]]:
    """The built functions under Lambda's runtime, by folder; each starts when first asked for."""
    try:
        functions = {function.code.name: as_built(function) for function in template.functions}
    except MissingArtefactError as error:
        if "WAYS" in os.environ:
            raise
        pytest.skip(str(error))
    log = tmp_path_factory.mktemp("rie") / "log"
    environment = {"CARTELERA_RELEASES": place.as_uri()}
    with ExitStack() as stack:

        @cache
        def start(folder: str) -> EmulatedLambda:
            return stack.enter_context(EmulatedLambda(functions[folder], environment, log))

        yield lambda folder: start(folder).invoke


# What `sam local start-api` does otherwise than API Gateway, and no function can change.
DIFFERENT_IN_SAM = {
    "test_a_long_answer_is_compressed_for_those_who_ask": "it compresses nothing",
}


# What a route for any method is for, in `sam local` as in API Gateway.
METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        reason = DIFFERENT_IN_SAM.get(getattr(item, "originalname", ""))
        if reason and item.callspec.params.get("get") == "sam":  # type: ignore[attr-defined]
            item.add_marker(pytest.mark.xfail(reason=f"`sam local`: {reason}"))


def not_carried_by_sam(path: str, method: str, body: bytes) -> str:
    """Return why a request never reaches a function by `sam local`; nothing when it does."""
    if method not in METHODS:
        return "it knows no such method, nor does API Gateway"
    if "%0A" in path.partition("?")[0]:
        return "its routes match no line breaks"
    try:
        body.decode()
    except UnicodeDecodeError:
        return "it passes on no bytes that are not UTF-8, where API Gateway sends base64"
    return ""


def by_sam(connection: HTTPConnection) -> Caller:
    """Ask over HTTP, and pass over what `sam local` itself cannot do: named, never silently."""
    ask = over_http(connection)

    def call(
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        if reason := not_carried_by_sam(path, method, body):
            if hypothesis.currently_in_test_context():
                # Another example takes its place.
                hypothesis.reject()
            pytest.skip(f"`sam local`: {reason}")
        return ask(path, method, headers, body)

    return call


@pytest.fixture(scope="session")
def sam_server(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """`sam local start-api` with a release in an S3 that its containers reach: yields its port."""
    folder = tmp_path_factory.mktemp("sam")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    with shared_s3() as s3, (folder / "log").open("wb") as log:
        run_job(str(raw), s3.here)
        write_env_file(folder / "env.json", s3.containers)
        with start_api(port, folder / "env.json", log):
            yield port


@pytest.fixture(params=os.environ.get("WAYS", "direct,http,rie").split(","))
def get(request: pytest.FixtureRequest, template: Template) -> Iterator[Caller]:
    """Ask in each way of calling."""
    if request.param == "http":
        connection = HTTPConnection(request.getfixturevalue("local_server"), timeout=60)
        yield over_http(connection)
        connection.close()
        return
    if request.param == "sam":
        port = request.getfixturevalue("sam_server")
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        yield by_sam(connection)
        connection.close()
        return
    if request.param == "rie":
        yield by_event(template, request.getfixturevalue("emulated"))
        return
    assert request.param == "direct", f"there is no such way of calling: {request.param}"
    place: Path = request.getfixturevalue("place")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARTELERA_RELEASES", place.as_uri())
        releases.cache_clear()
        yield by_event(template, request.getfixturevalue("load_handler"))
        releases.cache_clear()
