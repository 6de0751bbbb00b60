"""Every fault at the S3 door leads to the last good release or to a clean 503, in time."""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from obstore.store import LocalStore

from cartelera.release import releases
from cartelera.release.current import OPEN_TIMEOUT_VARIABLE
from etl.release.storage import open_storage
from infra.local.events import HttpRequest, match_route, proxy_event
from infra.local.s3 import BUCKET
from tests.integration.faults import FAULTS, faulty_door
from tests.jobs import copy_release, run_without_report, write_first_film

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from etl.progress import Stages
    from infra.local.template import Template
    from tests.integration.faults import Door

PLACE = f"s3://{BUCKET}"
# How long a question may wait for storage here, that nobody need wait for long.
OPEN_TIMEOUT_SECONDS = 0.8
# Less than a fault that hangs or trickles takes, more than an answer on any machine.
IN_TIME_SECONDS = 20
MAX_ASKED = 20
# What a reader gets over by itself.
HARMLESS = {"slow", "slow line", "wrong ETag"}
HARMFUL = sorted(FAULTS.keys() - HARMLESS)


class Answer(NamedTuple):
    """A handler's answer to a proxy event, and how long it took."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]
    seconds: float


@pytest.fixture
def door(s3: dict[str, str], sample_place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """The handlers' way to a published release of the sample."""
    copy_release(sample_place, open_storage(PLACE))
    with faulty_door(s3["AWS_ENDPOINT_URL"]) as (door, endpoint):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
        monkeypatch.setenv("CARTELERA_RELEASES", PLACE)
        monkeypatch.setenv(OPEN_TIMEOUT_VARIABLE, str(OPEN_TIMEOUT_SECONDS))
        releases.cache_clear()
        yield door
    releases.cache_clear()


@pytest.fixture(scope="module")
def next_place(raw_sample: Path, tmp_path_factory: pytest.TempPathFactory, stages: Stages) -> Path:
    """A folder with a release of the first film of the sample alone."""
    raw, place = tmp_path_factory.mktemp("raw"), tmp_path_factory.mktemp("next")
    run_without_report(write_first_film(raw_sample, raw), LocalStore(place), stages)
    return place


@pytest.fixture
def ask(
    template: Template,
    load_handler: Callable[[str], Callable[[Any], Any]],
) -> Callable[[], Answer]:
    """Ask for more films than the job has computed: no question reads more of a release."""

    def ask() -> Answer:
        request = HttpRequest("GET", "/recomendacion/Toy%20Story", "n=6")
        matched = match_route(template.routes, request)
        assert matched
        started = time.perf_counter()
        response = load_handler("recomendacion")(proxy_event(*matched, request))
        seconds = time.perf_counter() - started
        headers = {name: values[0] for name, values in response["multiValueHeaders"].items()}
        assert "Traceback" not in response["body"]
        return Answer(response["statusCode"], headers, json.loads(response["body"]), seconds)

    return ask


type Ask = Callable[[], Answer]


def once_well(ask: Ask) -> Answer:
    """Return the first answer that is one: a busy machine may take longer than is waited here."""
    answers = (ask() for _ in range(MAX_ASKED))
    return next(answer for answer in answers if answer.status == HTTPStatus.OK)


def is_unavailable(answer: Answer) -> bool:
    return (
        answer.status == answer.body["status"] == 503
        and answer.headers["Content-Type"].startswith("application/problem+json")
        and int(answer.headers["Retry-After"]) > 0
        and answer.seconds < IN_TIME_SECONDS
    )


@pytest.mark.parametrize("fault", HARMFUL)
def test_a_cold_function_says_503_in_time_and_answers_once_the_fault_is_gone(
    door: Door, ask: Ask, fault: str
) -> None:
    door.break_down(fault)

    assert is_unavailable(ask())

    door.mend()
    assert once_well(ask)


@pytest.mark.parametrize("fault", ["garbage", "missing key (404)"])
@pytest.mark.parametrize("file", ["manifest.json", "tables/recomendacion.parquet", "model.pkl"])
def test_a_file_that_fails_in_a_cold_function_is_a_503_too(
    door: Door, ask: Ask, file: str, fault: str
) -> None:
    door.break_down(fault, where=file)

    assert is_unavailable(ask())

    door.mend()
    assert once_well(ask)


@pytest.mark.parametrize("fault", sorted(HARMLESS))
def test_what_is_only_odd_does_not_keep_a_cold_function_from_answering(
    door: Door, ask: Ask, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As long as on Lambda: a slow line takes its time.
    monkeypatch.delenv(OPEN_TIMEOUT_VARIABLE)
    door.break_down(fault)

    assert ask().status == 200


@pytest.mark.parametrize("fault", FAULTS)
def test_a_warm_function_answers_from_the_last_good_release_in_time(
    door: Door, ask: Ask, fault: str
) -> None:
    good = once_well(ask)
    door.break_down(fault)
    releases().expire()

    answer = ask()
    asked_once = door.requests
    again = ask()

    for each in (answer, again):
        assert each.status == 200
        assert each.body == good.body
        assert each.headers["X-Release"] == good.headers["X-Release"]
    assert answer.seconds < IN_TIME_SECONDS
    # A look that failed is not repeated before the next is due.
    assert door.requests == asked_once


@pytest.mark.parametrize("fault", HARMFUL)
def test_a_swap_that_fails_leaves_the_last_good_release_and_is_made_up_for(
    door: Door, ask: Ask, next_place: Path, fault: str
) -> None:
    good = once_well(ask)
    copy_release(next_place, open_storage(PLACE))
    door.break_down(fault, where="releases/2")
    releases().expire()

    answer = ask()

    assert answer.status == 200
    assert answer.headers["X-Release"] == good.headers["X-Release"]
    assert answer.seconds < IN_TIME_SECONDS

    door.mend()
    swapped = False
    for _ in range(MAX_ASKED):
        releases().expire()
        swapped = swapped or ask().headers["X-Release"] != good.headers["X-Release"]
    assert swapped
