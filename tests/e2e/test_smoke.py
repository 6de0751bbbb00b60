"""What was built, asked every route and for every status once, answers as the handlers here do.

`E2E_WAY=rie` asks Lambda's emulator, a process a function; `E2E_WAY=sam` `sam local start-api`,
containers behind HTTP. Whether those answers are right, `tests/contract` asks of the handlers.
"""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack, closing
from functools import cache
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import pytest

from cartelera.contract.release_format import RELEASES_VARIABLE
from cartelera.release import releases
from etl.release.storage import open_storage
from infra.local.emulator import EmulatedFunction, as_built
from infra.local.events import HttpRequest, match_route
from infra.local.sam import shared_s3, start_api, write_env_file
from tests.callers import by_event, over_http
from tests.e2e.questions import JSON, QUESTIONS, Question, said
from tests.jobs import copy_release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from infra.local.template import Template
    from tests.callers import Caller

    type Handlers = Callable[[str], Callable[[Any], Any]]

WAY = os.environ.get("E2E_WAY")
pytestmark = pytest.mark.skipif(WAY is None, reason="asks what was built: make e2e runs it")


@pytest.fixture(scope="session")
def emulated(
    sample_place: Path, template: Template, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Handlers]:
    """The built functions under Lambda's runtime, by folder; each starts when first asked for."""
    functions = {function.code.name: as_built(function) for function in template.functions}
    log = tmp_path_factory.mktemp("rie") / "log"
    environment = {RELEASES_VARIABLE: sample_place.as_uri()}
    with ExitStack() as stack:

        @cache
        def start(folder: str) -> EmulatedFunction:
            function = EmulatedFunction(functions[folder], environment, log)
            return stack.enter_context(closing(function))

        yield lambda folder: start(folder).invoke


@pytest.fixture(scope="session")
def sam_server(
    sample_place: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HTTPConnection]:
    """`sam local start-api` with the sample's release in an S3 that its containers reach."""
    folder = tmp_path_factory.mktemp("sam")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    with (
        shared_s3() as s3,
        pytest.MonkeyPatch.context() as patch,
        (folder / "log").open("wb") as log,
    ):
        for name, value in s3.here.items():
            patch.setenv(name, value)
        copy_release(sample_place, open_storage(s3.here[RELEASES_VARIABLE]))
        write_env_file(folder / "env.json", s3.containers)
        with start_api(port, folder / "env.json", log):
            connection = HTTPConnection("127.0.0.1", port, timeout=60)
            yield connection
            connection.close()


@pytest.fixture
def built(request: pytest.FixtureRequest, template: Template) -> Caller:
    """Ask what was built."""
    if WAY == "sam":
        return over_http(request.getfixturevalue("sam_server"))
    assert WAY == "rie", f"there is no such way of calling: {WAY}"
    return by_event(template, request.getfixturevalue("emulated"))


@pytest.fixture(scope="module")
def here(template: Template, load_handler: Handlers, sample_place: Path) -> Iterator[Caller]:
    """Ask the handlers of this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(RELEASES_VARIABLE, sample_place.as_uri())
        releases.cache_clear()
        yield by_event(template, load_handler)
        releases.cache_clear()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: " ".join(question[2::-2]))
def test_what_was_built_answers_as_the_handlers_do(
    built: Caller, here: Caller, question: Question
) -> None:
    path, status, method, body = question

    answer = built(path, method, JSON if body else None, body)

    assert answer.status == status
    assert said(answer) == said(here(path, method, JSON if body else None, body))


def test_an_answer_that_is_known_is_a_304(built: Caller) -> None:
    tag = built("/peliculas_duracion/Alien").headers["etag"]

    assert built("/peliculas_duracion/Alien", headers={"If-None-Match": tag}).status == 304


def test_health_tells_the_release_that_answers(built: Caller, here: Caller) -> None:
    told, expected = built("/salud").body, here("/salud").body

    # How old it is differs from one moment to the next.
    age, later = (each["publicacion"].pop("edad_segundos") for each in (told, expected))
    assert 0 <= age <= later
    assert told == expected


def test_every_path_of_the_api_is_asked(template: Template) -> None:
    asked = [*QUESTIONS, Question("/salud")]
    matched = (
        match_route(template.routes, HttpRequest(each.method, each.path.partition("?")[0]))
        for each in asked
    )

    assert {found[0].path for found in matched if found} == {
        route.path for route in template.routes
    }


@pytest.mark.skipif(WAY != "rie", reason="an event goes to a function itself")
def test_a_direct_invocation_is_answered(request: pytest.FixtureRequest) -> None:
    emulated: Handlers = request.getfixturevalue("emulated")

    answer = emulated("recomendacion")({"titulo": "Alien", "n": 3})

    assert answer["titulo"] == "Alien"
    assert len(answer["recomendaciones"]) == 3


@pytest.mark.skipif(WAY != "rie", reason="needs a place without a release")
def test_without_a_release_it_says_503(template: Template, tmp_path: Path) -> None:
    (function,) = (each for each in template.functions if each.code.name == "salud")
    environment = {RELEASES_VARIABLE: tmp_path.as_uri()}
    with closing(EmulatedFunction(as_built(function), environment, tmp_path / "log")) as salud:
        answer = by_event(template, lambda _: salud.invoke)("/salud")

    assert answer.status == answer.body["status"] == 503
    assert int(answer.headers["retry-after"]) > 0
