"""What is read out of a message: every line is a question or refused, and says why."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore

from cartelera.bulk.dead_letters import DeadLetter, message_of
from cartelera.bulk.handler import (
    MAX_ID_LENGTH,
    MAX_LINES,
    BulkHandler,
    BulkQuestion,
    answers_path,
    read_lines,
)
from functions.consultas_en_lote.app import open_route
from infra.local.functions import LocalContext

ROUTES = {"franquicia", "recomendacion"}

sound = st.builds(
    lambda line_id, route, name: json.dumps(
        {"id": line_id, "ruta": route, "parametros": {"titulo": name}}, ensure_ascii=False
    ),
    st.sampled_from("abcdef"),
    st.sampled_from(sorted(ROUTES)),
    st.sampled_from(["x", "ñ", "\u2028"]),
)
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).filter(
    lambda text: "\n" not in text and text.strip()
)


def line(**members: Any) -> str:
    return json.dumps({"id": "1", "ruta": "franquicia", "parametros": {}} | members)


@given(st.lists(sound | anything, max_size=30))
def test_every_line_is_a_question_the_same_again_or_refused(lines: list[str]) -> None:
    questions, refused = read_lines("\n".join(lines), ROUTES)

    if not lines:
        assert [each.reason for each in refused] == ["el mensaje está vacío"]
        return
    ids = [each.id for each in questions]
    assert len(ids) == len(set(ids))
    numbers = {each.number for each in questions} | {each.number for each in refused}
    for number, text in enumerate(lines, 1):
        if number not in numbers:
            again = json.loads(text)
            (first,) = (each for each in questions if each.id == again["id"])
            assert (first.route, first.parameters) == (again["ruta"], again["parametros"])
            assert first.number < number
    for each in refused:
        assert lines[each.number - 1] == each.text
        assert each.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "no es JSON"),
        ("[]", "no es un objeto"),
        (line(otra=1), "no es un objeto con `id`, `ruta` y `parametros`"),
        (line(id=1), "`id` debe ser un texto"),
        (line(id=""), "`id` debe ser un texto"),
        (line(id="x" * (MAX_ID_LENGTH + 1)), "`id` debe ser un texto de 1 a 100"),
        (line(ruta="salud"), "`ruta` debe ser una de franquicia, recomendacion"),
        (line(ruta=[]), "`ruta` debe ser una de"),
        (line(parametros=[]), "`parametros` debe ser un objeto"),
        (line(parametros=None), "`parametros` debe ser un objeto"),
        ("[" * 100_000, "no es JSON"),
    ],
)
def test_what_is_no_question_is_refused_with_the_reason(text: str, reason: str) -> None:
    questions, (refused,) = read_lines(f"\n{line()}\n{text}", ROUTES)

    assert [each.id for each in questions] == ["1"]
    assert refused.number == 3
    assert refused.text == text
    assert refused.reason.startswith(reason)


def test_a_question_need_not_have_parameters() -> None:
    assert read_lines('{"id": "1", "ruta": "franquicia"}', ROUTES) == (
        [BulkQuestion(1, "1", "franquicia", {})],
        [],
    )


def test_an_id_is_that_of_one_question() -> None:
    questions, (refused,) = read_lines(
        "\n".join([line(), line(), line(ruta="recomendacion")]), ROUTES
    )

    assert [each.number for each in questions] == [1]
    assert (refused.number, refused.reason) == (3, "el id «1» ya es el de la línea 1")


def test_too_many_lines_are_refused_together() -> None:
    body = "\n".join(line(id=str(number)) for number in range(MAX_LINES + 1))

    questions, (refused,) = read_lines(body, ROUTES)

    assert questions == []
    assert refused.text == body
    assert refused.reason == f"el mensaje tiene {MAX_LINES + 1} líneas; máximo {MAX_LINES}"
    assert len(read_lines(body.rpartition("\n")[0], ROUTES)[0]) == MAX_LINES


def test_answers_lie_where_the_message_says() -> None:
    assert answers_path("a") == (
        "lotes/respuestas/ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb.jsonl"
    )


def test_the_function_starts_without_what_only_a_dead_letter_needs() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import json, sys, functions.consultas_en_lote.app; print(json.dumps([*sys.modules]))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "cartelera.bulk.handler" in done.stdout
    assert not {"boto3", "numpy"} & set(json.loads(done.stdout))


RECORD = {"messageId": "1", "attributes": {"ApproximateReceiveCount": "1"}}
# JSON may escape half of a surrogate pair, and control characters, which SQS does not take.
texts = st.text(max_size=5) | st.sampled_from(["1", "\ud800abc", "\x00", "Alien"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
tastes = st.lists(st.fixed_dictionaries({"titulo": texts}), max_size=2)
bulk_lines = st.fixed_dictionaries(
    {"id": texts, "ruta": st.sampled_from(["score_titulo", "recomendacion", "fallida"])},
    optional={
        "parametros": values
        | st.fixed_dictionaries({}, optional={"titulo": texts, "gustos": tastes}),
    },
)
FAULT = {"id": "s", "ruta": "score_titulo", "parametros": {"titulo": "\ud800abc"}}


class Bulk:
    """A handler that writes to memory; what it sends is a list of letters."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.letters: list[DeadLetter] = []
        self._handler = BulkHandler(
            "/consultas_en_lote",
            {"score_titulo", "recomendacion", "fallida"},
            lambda route: FAILING if route == "fallida" else open_route(route),  # type: ignore[arg-type, return-value]
            lambda: self.store,
            self.letters.append,
        )

    def handle(self, event: Any) -> Any:
        return self._handler(event, LocalContext("bulk", 128))  # type: ignore[arg-type]

    def answers(self, body: str) -> list[Any]:
        path = answers_path(body)
        if not any(path in (each["path"] for each in batch) for batch in self.store.list()):
            return []
        # Not `splitlines`: JSON leaves other ends of lines in texts as they are.
        lines = bytes(self.store.get(path).bytes()).decode().split("\n")
        return [json.loads(line) for line in lines if line]


class Failing:
    """A question that nothing can be answered to."""

    def invoke(self, _: object) -> dict[str, object]:
        return {"x": object()}


FAILING = Failing()


@pytest.mark.usefixtures("released")
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(bulk_lines | values, min_size=1, max_size=5))
@example(asked=[FAULT])
@example(asked=[{**FAULT, "id": "\ud800"}, {**FAULT, "id": "\ud800", "ruta": "recomendacion"}])
@example(asked=[{"id": "f", "ruta": "fallida"}])
def test_what_cannot_be_answered_is_one_line_and_the_others_are_answered(
    asked: list[Any],
) -> None:
    bulk = Bulk()
    sound = {"id": "sound", "ruta": "score_titulo", "parametros": {"titulo": "Alien"}}
    body = "\n".join(json.dumps(line) for line in [*asked, sound])

    assert bulk.handle({"Records": [{**RECORD, "body": body}]}) == {"batchItemFailures": []}

    answered = bulk.answers(body)
    assert answered[-1]["respuesta"]["titulo"] == "Alien"
    questions, rejected = read_lines(body, {"score_titulo", "recomendacion", "fallida"})
    failing = [each for each in questions if each.route == "fallida"]
    assert [each["id"] for each in answered] == [
        each.id for each in questions if each not in failing
    ]
    texts = "\n".join(letter.body for letter in bulk.letters).splitlines()
    assert len(texts) == len(rejected) + len(failing)


@given(event=values | st.fixed_dictionaries({"Records": values | st.lists(values)}))
@example(event={"Records": [{**RECORD, "body": "\ud800"}]})
@example(event={"Records": [{**RECORD, "body": "1", "attributes": {}}]})
def test_an_event_by_hand_is_no_error(event: Any) -> None:
    assert Bulk().handle(event) == {"batchItemFailures": []}


@given(texts, texts)
@example("\x00\ud800\uffff", "ñ\t")
def test_a_letter_holds_only_characters_that_sqs_takes(body: str, reason: str) -> None:
    message = message_of(DeadLetter(body, reason, "1"))

    text = message["MessageBody"] + message["MessageAttributes"]["motivo"]["StringValue"]
    assert all(
        letter in "\t\n\r" or (letter >= " " and not "\ud800" <= letter <= "\udfff")
        for letter in text
    )
    assert not {"\ufffe", "\uffff"} & set(text)
