"""`sam local invoke` with an event of every kind, and the event that the documentation names."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cartelera.contract.release_format import RELEASES_VARIABLE
from etl.release.storage import open_storage
from infra.local.events import HttpRequest, match_route, proxy_event
from infra.local.sam import sam_environment, sam_local, shared_s3, write_env_file
from tests.examples import EXAMPLES, first_answered
from tests.jobs import copy_release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from infra.local.template import Template

TO_COPY = Path(__file__).parents[1] / "events" / "franquicia.http.json"
FILM = first_answered("peliculas_duracion")
TASTES = next(each for each in EXAMPLES if (each.method, each.status) == ("POST", 200))
INVOKE_SECONDS = 120


def content(answer: Any) -> dict[str, Any]:
    """Return what an answer says, by HTTP or not; of a page, its title."""
    if "statusCode" in answer:
        assert answer["statusCode"] == 200
        page = re.search(r"<title>(.*)</title>", answer["body"])
        answer = {"title": page[1]} if page else json.loads(answer["body"])
    said: dict[str, Any] = answer
    return said


def test_the_event_to_copy_is_one_that_the_api_would_send(
    released: None, template: Template, load_handler: Callable[[str], Callable[[Any], Any]]
) -> None:
    event, asked = json.loads(TO_COPY.read_text()), first_answered("franquicia")

    sent = asked.event(template)
    for name in ("resource", "path", "httpMethod", "pathParameters", "body"):
        assert event[name] == sent[name]
    assert event.keys() == sent.keys()
    assert {name: values[-1] for name, values in event["multiValueHeaders"].items()} == event[
        "headers"
    ]
    assert content(load_handler("franquicia")(event)) == asked.shown


def page_event(template: Template) -> dict[str, Any]:
    """Return the event of somebody who opens the page."""
    request = HttpRequest("GET", "/")
    matched = match_route(template.routes, request)
    assert matched
    return proxy_event(*matched, request)


@pytest.fixture(scope="module")
def env_file(sample_place: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The sample's release in an S3 that containers reach, and the variables that lead there."""
    file = tmp_path_factory.mktemp("sam") / "env.json"
    with shared_s3() as s3, pytest.MonkeyPatch.context() as patch:
        for name, value in s3.here.items():
            patch.setenv(name, value)
        copy_release(sample_place, open_storage(s3.here[RELEASES_VARIABLE]))
        write_env_file(file, s3.containers)
        yield file


# Each costs a container.
KINDS: dict[str, tuple[str, Callable[[Template], dict[str, Any]], dict[str, Any]]] = {
    "GET": (FILM.route, FILM.event, FILM.shown),
    "direct": (FILM.route, lambda _: FILM.parameters, FILM.shown),
    "POST": (TASTES.route, TASTES.event, TASTES.shown),
    "tastes directly": (TASTES.route, lambda _: TASTES.parameters, TASTES.shown),
    "page": ("pagina", page_event, {"title": "Cartelera"}),
}


@pytest.mark.skipif("E2E" not in os.environ, reason="needs Docker: make e2e runs it")
@pytest.mark.parametrize("kind", KINDS)
def test_a_function_answers_an_event_of_every_kind_in_a_container(
    template: Template, env_file: Path, tmp_path: Path, kind: str
) -> None:
    folder, event, expected = KINDS[kind]
    file = tmp_path / "event.json"
    file.write_text(json.dumps(event(template)))
    names = {function.code.name: function.name for function in template.functions}
    command = sam_local("invoke", names[folder], "--event", str(file), env_file=env_file)

    done = subprocess.run(  # noqa: S603 (the command is ours)
        command,
        env=sam_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=INVOKE_SECONDS,
    )

    assert done.returncode == 0, done.stderr
    assert content(json.loads(done.stdout)) == expected
