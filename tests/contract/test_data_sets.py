"""A release of another data set, one file of films without credits, answers whatever is asked."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from obstore.store import LocalStore, MemoryStore

from cartelera.bulk.handler import BulkHandler, answers_path
from cartelera.contract.feature_groups import FEATURE_GROUPS
from cartelera.errors import CarteleraError
from cartelera.release import releases
from etl.engines.job import run
from functions.consultas_en_lote.app import ROUTES, open_route
from infra.local.events import read_proxy_response
from infra.local.functions import LocalContext
from infra.sample.embedded import write_embedded
from infra.sample.shapes import SHAPES
from tests.examples import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cartelera.bulk.dead_letters import DeadLetter
    from etl.progress import Stages
    from infra.local.template import Template
    from tests.conftest import MakeOnce

    type LoadHandler = Callable[[str], Callable[[Any], Any]]

# Of the bulk function the examples are posted.
ASKED = [each for each in EXAMPLES if each.route != "consultas_en_lote"]


@pytest.fixture(scope="module")
def place(make_once: MakeOnce, stages: Stages, tmp_path_factory: pytest.TempPathFactory) -> Path:
    raw = tmp_path_factory.mktemp("full")
    write_embedded(raw, open_writer=SHAPES["full"].open)
    return make_once("without-credits", lambda folder: run(raw, LocalStore(folder), stages))


@pytest.fixture(autouse=True)
def _answering(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CARTELERA_RELEASES", place.as_uri())
    releases.cache_clear()
    yield
    releases.cache_clear()


def test_every_question_is_answered_without_credits(
    load_handler: LoadHandler, template: Template
) -> None:
    found = set()
    for example in ASKED:
        answered = load_handler(example.route)(example.event(template))
        response = read_proxy_response(json.loads(json.dumps(answered)))
        assert response.status < 500, example
        if response.status == 200:
            found.add(example.route)
        elif response.status != 304:
            assert json.loads(response.body)["status"] == response.status

    # Nobody directed or played in anything; all else can be found.
    everything = {each.route for each in ASKED if each.status == 200}
    assert everything - found == {"get_actor", "get_director"}


def test_direct_invocations_and_bulk_are_answered_without_credits(
    load_handler: LoadHandler,
) -> None:
    store = MemoryStore()
    letters: list[DeadLetter] = []
    lines = []
    for number, example in enumerate(ASKED):
        with suppress(CarteleraError):
            json.dumps(load_handler(example.route)(example.parameters))
        if example.route in ROUTES:
            line = {"id": str(number), "ruta": example.route, "parametros": example.parameters}
            lines.append(json.dumps(line))
    body = "\n".join(lines)
    record = {"messageId": "1", "body": body, "attributes": {"ApproximateReceiveCount": "1"}}
    bulk = BulkHandler("/consultas_en_lote", ROUTES, open_route, lambda: store, letters.append)

    bulk({"Records": [record]}, LocalContext("bulk", 128))  # type: ignore[arg-type]

    assert letters == []
    answers = bytes(store.get(answers_path(body)).bytes()).decode().splitlines()
    assert (len(answers), letters) == (len(lines), [])


def test_health_and_the_report_say_what_the_data_set_lacks(
    load_handler: LoadHandler, place: Path
) -> None:
    assert load_handler("salud")({})["datos"] == {
        "conjunto": "Full TMDB Movies Dataset",
        "faltan": ["dirección y guion", "reparto", "sagas"],
        "grupos_vacios": [
            FEATURE_GROUPS[group] for group in ("directors", "writers", "cast", "collection")
        ],
    }
    (report,) = place.glob("releases/*/eda/report.html")
    assert "no trae dirección y guion, reparto, sagas" in report.read_text()
