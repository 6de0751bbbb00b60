"""Questions in bulk through SQS and S3: nothing is lost, and nothing is answered twice."""

from __future__ import annotations

import json
import random
from collections import Counter
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore

from cartelera.bulk import dead_letters as letters
from cartelera.bulk import handler as bulk
from cartelera.bulk.dead_letters import DEAD_LETTER_QUEUE_VARIABLE
from cartelera.bulk.handler import ANSWERS, RECEIVES_VARIABLE, BulkHandler, answers_path
from cartelera.contract.release_format import POINTER, RELEASES_VARIABLE
from cartelera.release import releases
from cartelera.storage import open_store
from functions.consultas_en_lote.app import handler, open_route
from infra.local.functions import LocalContext
from infra.local.s3 import BUCKET
from tests.examples import first_answered
from tests.integration.bulk_queue import RECEIVES, KilledError, Queues
from tests.integration.faults import faulty_door

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TITLES = ["Alien", "Toy Story", "aliem", "Blade Runner", "zzzzzz", "The Matrix"]


@pytest.fixture
def place(s3: dict[str, str], sample_place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket with the sample's release, from which the functions of this process answer."""
    url = f"s3://{BUCKET}"
    _copy(sample_place, url)
    monkeypatch.setenv(RELEASES_VARIABLE, url)
    for cached in (releases, bulk.open_answers, letters.open_queue):
        cached.cache_clear()
    yield url
    for cached in (releases, bulk.open_answers, letters.open_queue):
        cached.cache_clear()


@pytest.fixture
def queues(place: str, monkeypatch: pytest.MonkeyPatch) -> Queues:
    queues = Queues(handler)
    monkeypatch.setenv(DEAD_LETTER_QUEUE_VARIABLE, queues.letters)
    monkeypatch.setenv(RECEIVES_VARIABLE, str(RECEIVES))
    return queues


def _copy(source: Path, target: str) -> None:
    store, to = LocalStore(source), open_store(target)
    for path in [
        POINTER,
        *(each["path"] for batch in store.list("releases") for each in batch),
    ]:
        to.put(path, store.get(path).bytes())


def question(line_id: str, route: str, **parameters: object) -> str:
    return json.dumps({"id": line_id, "ruta": route, "parametros": parameters})


def answers() -> dict[str, list[dict[str, Any]]]:
    """All answers in storage, by the object that they are in."""
    bucket = boto3.resource("s3").Bucket(BUCKET)
    return {
        each.key: [json.loads(line) for line in each.get()["Body"].read().splitlines()]
        for each in bucket.objects.filter(Prefix=f"{ANSWERS}/")
    }


def answered() -> Counter[str]:
    return Counter(each["id"] for lines in answers().values() for each in lines)


def test_every_route_is_answered_as_it_answers_by_itself(
    queues: Queues, load_handler: Callable[[str], Callable[[Any], Any]]
) -> None:
    asked = {route: first_answered(route).parameters for route in sorted(handler.routes)}
    body = "\n".join(question(route, route, **parameters) for route, parameters in asked.items())

    queues.send(body)
    queues.deliver_all()

    found = answers()
    assert found.keys() == {answers_path(body)}
    release = releases().current().id
    assert found[answers_path(body)] == [
        {
            "id": route,
            "ruta": route,
            "publicacion": release,
            "respuesta": load_handler(route)(given),
        }
        for route, given in asked.items()
    ]
    assert queues.take_letters() == []


def test_tastes_are_asked_as_they_are_posted(queues: Queues) -> None:
    queues.send(question("1", "recomendacion", gustos=[{"titulo": "Alien"}]))
    queues.deliver_all()

    ((answer,),) = answers().values()
    assert answer["respuesta"]["recomendaciones"][0]["por"][0]["titulo"] == "Alien"


def test_who_asks_for_what_is_not_there_is_answered_so(queues: Queues) -> None:
    queues.send(question("1", "peliculas_duracion", pelicula="aliem"))
    queues.send(question("2", "recomendacion", titulo="Alien", n=0))
    queues.deliver_all()

    (missed, wrong) = sorted(
        (lines[0] for lines in answers().values()), key=lambda each: each["id"]
    )
    assert missed["error"]["status"] == 404
    assert "Alien" in missed["error"]["sugerencias"]
    assert wrong["error"]["status"] == 400
    assert wrong["error"]["parametro"] == "n"
    assert queues.take_letters() == []


def test_lines_that_are_no_questions_are_dead_letters_and_the_others_are_answered(
    queues: Queues,
) -> None:
    lines = [
        question("1", "franquicia", franquicia="toy story"),
        "{",
        question("2", "salud"),
        question("1", "franquicia", franquicia="toy story"),
        question("1", "franquicia", franquicia="alien"),
        question("3", "peliculas_pais", pais="US"),
    ]
    queues.send("\n".join(lines))
    queues.deliver_all()

    assert answered() == {"1": 1, "3": 1}
    (letter,) = queues.take_letters()
    assert letter.body == "\n".join([lines[1], lines[2], lines[4]])
    assert letter.reason is not None
    assert letter.reason.startswith("línea 2: no es JSON")
    assert "línea 3: `ruta` debe ser una de buscar, " in letter.reason
    assert letter.reason.endswith("línea 5: el id «1» ya es el de la línea 1")
    assert letter.message == queues.delivered[0]["Records"][0]["messageId"]


def test_the_same_message_is_answered_once_however_often_it_comes(queues: Queues) -> None:
    body = question("1", "recomendacion", titulo="Alien")
    queues.send(body)
    queues.send(body)
    queues.deliver_all()
    bucket = boto3.client("s3")
    written = bucket.head_object(Bucket=BUCKET, Key=answers_path(body))["LastModified"]

    queues.send(body)
    queues.deliver_all()
    # The poller may give again what it had given.
    handler(queues.delivered[0], LocalContext("bulk", 2048))  # type: ignore[arg-type]

    assert answered() == {"1": 1}
    assert bucket.head_object(Bucket=BUCKET, Key=answers_path(body))["LastModified"] == written


class Overtaken:
    """A route that answers otherwise, and when another function has answered the same message."""

    def __init__(self) -> None:
        self.queues = Queues(BulkHandler(handler.route, handler.routes, self._open_route))
        self.first: list[dict[str, list[dict[str, Any]]]] = []

    def invoke(self, _: object) -> dict[str, bool]:
        handler(self.queues.delivered[-1], LocalContext("bulk", 2048))  # type: ignore[arg-type]
        self.first.append(answers())
        return {"other": True}

    def _open_route(self, _: str) -> Any:
        return self


def test_of_two_that_answer_the_same_message_at_once_the_first_to_write_stays(
    queues: Queues,
) -> None:
    overtaken = Overtaken()

    overtaken.queues.send(question("1", "peliculas_pais", pais="US"))
    overtaken.queues.deliver_all()

    assert answered() == {"1": 1}
    assert overtaken.first == [answers()]
    assert queues.take_letters() == []


def test_while_storage_is_down_messages_wait_and_then_are_answered(
    queues: Queues, s3: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with faulty_door(s3["AWS_ENDPOINT_URL"]) as (door, endpoint), monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
        for number in range(3):
            queues.send(question(str(number), "peliculas_pais", pais="US"))
        door.break_down("access denied (403)")
        for _ in range(2):
            queues.deliver()
        door.mend()
        assert answered() == {}
        queues.deliver_all()

    assert answered() == {str(number): 1 for number in range(3)}
    assert queues.take_letters() == []


def test_what_storage_never_takes_ends_as_a_letter_that_says_so(
    queues: Queues, s3: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = question("1", "peliculas_pais", pais="US")
    with faulty_door(s3["AWS_ENDPOINT_URL"]) as (door, endpoint), monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
        door.break_down("access denied (403)", ANSWERS)
        queues.send(body)
        queues.deliver_all()

    (letter,) = queues.take_letters()
    assert letter.body == body
    assert letter.reason is not None
    assert letter.reason.startswith(f"StorageError: {answers_path(body)} cannot be")
    assert len(queues.delivered) == RECEIVES
    assert answered() == {}


type Wrap = Callable[[str, Callable[..., Any]], Callable[..., Any]]


def wrapped(wrap: Wrap) -> BulkHandler:
    """Make the function anew, with what it does to storage and to the dead letters wrapped."""
    store = bulk.open_answers()
    place: Any = SimpleNamespace(head=wrap("exists", store.head), put=wrap("create", store.put))
    send_letter = wrap("send", letters.send)
    return BulkHandler(handler.route, handler.routes, open_route, lambda: place, send_letter)


def test_what_kills_the_function_every_time_is_moved_by_the_queue_itself(queues: Queues) -> None:
    def deadly(step: str, do: Callable[..., Any]) -> Callable[..., Any]:
        def die(*_: object, **__: object) -> None:
            raise KilledError

        return die if step == "create" else do

    body = question("1", "peliculas_pais", pais="US")
    killed = Queues(wrapped(deadly))
    killed.send(body)
    killed.deliver_all()

    assert killed.killed == RECEIVES
    assert [(letter.body, letter.reason) for letter in queues.take_letters()] == [(body, None)]


class Chaos:
    """Lets one of the function's steps fail now and then, before it is done or after."""

    def __init__(self, choice: random.Random) -> None:
        self._choice = choice
        self.failures: Counter[str] = Counter()

    def __call__(self, step: str, do: Callable[..., Any]) -> Callable[..., Any]:
        def done(*arguments: Any, **options: Any) -> Any:
            what = self._choice.choices(("fine", "killed", "down"), (84, 8, 8))[0]
            before = self._choice.random() < 0.5
            if what != "fine":
                self.failures[f"{what} {'before' if before else 'after'} {step}"] += 1
                if not before:
                    with suppress(FileNotFoundError, AlreadyExistsError):
                        do(*arguments, **options)
                raise KilledError if what == "killed" else OSError("no connection")
            return do(*arguments, **options)

        return done


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.usefixtures("queues")
def test_whatever_fails_nothing_is_lost_and_nothing_is_answered_twice(seed: int) -> None:
    choice = random.Random(seed)  # noqa: S311 (to be the same each time)
    chaos = Chaos(choice)
    queues = Queues(wrapped(chaos))
    sound, poison = set(), set()
    bodies = []
    for message in range(60):
        lines = []
        for line in range(choice.randint(1, 6)):
            line_id = f"{message}-{line}"
            if choice.random() < 0.1:
                poison.add(line_id)
                lines.append(json.dumps({"id": line_id, "ruta": "nada", "parametros": {}}))
            else:
                sound.add(line_id)
                route, name = choice.choice(
                    [("recomendacion", "titulo"), ("peliculas_duracion", "pelicula")]
                )
                lines.append(question(line_id, route, **{name: choice.choice(TITLES)}))
        bodies.append("\n".join(lines))
    # A fifth is sent again, by somebody who was not sure.
    for body in [*bodies, *choice.sample(bodies, 12)]:
        queues.send(body)

    queues.deliver_all()

    # Each step has failed in each way.
    failed = {tuple(each.split()[::2]) for each in chaos.failures}
    assert failed >= {(what, step) for what in ("killed", "down") for step in ("exists", "create")}
    in_answers = answered()
    taken = queues.take_letters()
    in_letters = {json.loads(line)["id"] for letter in taken for line in letter.body.splitlines()}
    # Nothing is answered twice, and what is not answered is in a letter.
    assert set(in_answers.values()) == {1}
    assert in_answers.keys() <= sound
    assert in_answers.keys() | in_letters == sound | poison
    assert poison <= in_letters
    # What the function gave up it has explained; the queue moves what killed it five times.
    assert all(letter.reason for letter in taken if letter.message)
