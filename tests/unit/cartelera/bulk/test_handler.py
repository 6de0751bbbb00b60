"""What is read out of a message: every line is a question or refused, and says why."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartelera.bulk.handler import MAX_ID_LENGTH, MAX_LINES, BulkQuestion, answers_path, read_lines

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
