"""The recorded events: each is answered here, and one of every kind by `sam local invoke`."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cartelera.contract.release_format import RELEASES_VARIABLE
from etl.release.publish import open_place
from infra.local.events import HttpRequest, match_route
from infra.local.sam import sam_environment, sam_local, shared_s3, write_env_file
from tests.jobs import copy_release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from infra.local.template import Template

EVENTS = Path(__file__).parents[1] / "events"
# What else is asked for, by the end of a file's name.
HTTP, DIRECT, POSTED = ".http", ".direct", ".post"
# Those of S3 are for the job's rule, that of SQS is for questions in bulk.
FILES = sorted(
    file.stem for file in EVENTS.glob("*.json") if not file.name.startswith(("s3_", "sqs_"))
)
# One of every kind: each costs a container.
OF_EACH_KIND = (
    "peliculas_duracion.http",
    "peliculas_duracion.direct",
    "recomendacion.post.http",
    "recomendacion.post.direct",
    "pagina.http",
)
INVOKE_SECONDS = 120
# What must be in each answer; the same by either way of asking has one entry.
EXPECTED: dict[str, dict[str, Any]] = {
    "buscar.direct": {"total": 4, "limite": 2},
    "buscar.http": {"total": 3, "limite": 10},
    "cantidad_filmaciones_dia": {"dia": "viernes"},
    "cantidad_filmaciones_mes": {"mes": "enero"},
    "docs": {"openapi": "3.1.1"},
    "eda": {"title": "Cartelera: qué hay en el catálogo"},
    "franquicia": {"cantidad": 3, "ganancia_total": 1937954033},
    "get_actor": {"actor": "Tom Hanks"},
    "get_director": {"director": "Hayao Miyazaki", "cantidad": 2},
    "pagina": {"title": "Cartelera"},
    "peliculas_duracion.direct": {"pelicula": "King Kong", "duracion": 100, "anio": 1933},
    "peliculas_duracion.http": {"pelicula": "Face/Off", "duracion": 138},
    "peliculas_idioma": {"idioma": "ja", "cantidad": 5},
    "peliculas_pais.direct": {"pais": "Soviet Union", "cantidad": 4},
    "peliculas_pais.http": {"pais": "United States of America", "cantidad": 68},
    "productoras_exitosas.direct": {"revenue_total": 2459254033},
    "productoras_exitosas.http": {"productora": "K%2FW Productions"},
    "recomendacion": {
        "lista_recomendada": ["The Matrix Reloaded", "The Matrix Revolutions", "Face/Off"]
    },
    "recomendacion.post": {"lista_recomendada": ["Toy Story 2", "Pulp Fiction", "Aliens"]},
    "salud": {"estado": "ok", "peliculas": 185},
    "score_titulo": {"titulo": "Toy Story"},
    "votos_titulo": {"titulo": "Toy Story"},
}


def folder(event: str) -> str:
    return event.partition(".")[0]


def read(event: str) -> Any:
    return json.loads((EVENTS / f"{event}.json").read_text())


def expected(event: str) -> dict[str, Any]:
    return EXPECTED.get(event) or EXPECTED[event.rpartition(".")[0]]


def content(event: str, answer: Any) -> dict[str, Any]:
    """Return what an answer says, by HTTP or not; of a page, its title."""
    if event.endswith(HTTP):
        assert answer["statusCode"] == 200
        page = re.search(r"<title>(.*)</title>", answer["body"])
        answer = {"title": page[1]} if page else json.loads(answer["body"])
    told: dict[str, Any] = answer
    return told


def test_every_function_has_an_event_of_each_kind_that_it_accepts(template: Template) -> None:
    functions = {function.code.name for function in template.functions}

    # Pages are for browsers: those are not to be had by a direct invocation.
    wanted = {f + HTTP for f in functions} | {
        f + DIRECT for f in functions - {"docs", "eda", "pagina"}
    }
    posted = {f"recomendacion{POSTED}{kind}" for kind in (HTTP, DIRECT)}
    assert {*FILES} == wanted | posted


@pytest.mark.parametrize("event", [event for event in FILES if event.endswith(HTTP)])
def test_an_http_event_is_one_that_the_api_would_send(template: Template, event: str) -> None:
    sent = read(event)

    asked = HttpRequest(sent["httpMethod"], sent["path"], "", (), (sent["body"] or "").encode())
    matched = match_route(template.routes, asked)
    assert matched
    route, path_parameters = matched
    names = {function.name: function.code.name for function in template.functions}
    assert (names[route.function], route.path) == (folder(event), sent["resource"])
    assert (sent["pathParameters"] or {}) == path_parameters
    for single, several in (
        ("headers", "multiValueHeaders"),
        ("queryStringParameters", "multiValueQueryStringParameters"),
    ):
        last = {name: values[-1] for name, values in (sent[several] or {}).items()}
        assert (sent[single] or {}) == last


@pytest.mark.parametrize("event", FILES)
def test_a_handler_answers_its_events(
    released: None, load_handler: Callable[[str], Callable[[Any], Any]], event: str
) -> None:
    answer = content(event, load_handler(folder(event))(read(event)))

    assert answer | expected(event) == answer


@pytest.fixture(scope="module")
def env_file(sample_place: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The sample's release in an S3 that containers reach, and the variables that lead there."""
    file = tmp_path_factory.mktemp("sam") / "env.json"
    with shared_s3() as s3, pytest.MonkeyPatch.context() as patch:
        for name, value in s3.here.items():
            patch.setenv(name, value)
        copy_release(sample_place, open_place(s3.here[RELEASES_VARIABLE]))
        write_env_file(file, s3.containers)
        yield file


@pytest.mark.skipif("E2E" not in os.environ, reason="needs Docker: make e2e runs it")
@pytest.mark.parametrize("event", OF_EACH_KIND)
def test_a_function_answers_its_events_in_a_container(
    template: Template, env_file: Path, event: str
) -> None:
    names = {function.code.name: function.name for function in template.functions}
    command = sam_local(
        "invoke",
        names[folder(event)],
        "--event",
        str(EVENTS / f"{event}.json"),
        env_file=env_file,
    )

    done = subprocess.run(  # noqa: S603 (the command is ours)
        command,
        env=sam_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=INVOKE_SECONDS,
    )

    assert done.returncode == 0, done.stderr
    answer = content(event, json.loads(done.stdout))
    assert answer | expected(event) == answer
