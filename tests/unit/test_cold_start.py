"""What a handler brings in when it starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from shutil import copytree
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from infra.local.template import Template

HEAVY = {"boto3", "numpy", "pandas", "pyarrow", "pydantic", "rapidfuzz", "scipy", "sklearn"}
# Answers a question or fails to find the release; either way all it needs has been imported.
START = """
import json, sys
sys.path.insert(0, sys.argv[1])
import app
print(json.dumps(sorted(sys.modules)))
"""


def test_no_handler_imports_anything_heavy_when_it_starts(template: Template) -> None:
    for function in template.functions:
        done = subprocess.run(  # noqa: S603 (the command is ours)
            [sys.executable, "-c", START, str(function.code)],
            capture_output=True,
            text=True,
            check=True,
        )

        assert not HEAVY & set(json.loads(done.stdout)), function.name


def test_questions_in_bulk_bring_nothing_heavy_while_there_is_no_letter_to_send(
    sample_place: Path, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    copytree(sample_place, tmp_path, dirs_exist_ok=True)
    code = """
import json, sys
sys.path.insert(0, "functions")
from consultas_en_lote.app import handler
print(json.dumps(sorted(sys.modules)))
from infra.local.functions import LocalContext
record = {"messageId": "1", "body": sys.argv[1], "attributes": {"ApproximateReceiveCount": "1"}}
assert handler({"Records": [record]}, LocalContext("x", 1)) == {"batchItemFailures": []}
print(json.dumps("boto3" in sys.modules))
"""
    asked = [
        ("franquicia", {"franquicia": "toy story"}),
        ("recomendacion", {"titulo": "The Matrix", "n": 2}),
        ("get_director", {"nombre": "hayao miyasaki"}),
    ]
    lines = [
        json.dumps({"id": route, "ruta": route, "parametros": parameters})
        for route, parameters in asked
    ]
    done = subprocess.run(  # noqa: S603 (the command is ours)
        [sys.executable, "-c", code, "\n".join(lines)],
        cwd=pytestconfig.rootpath,
        env=os.environ | {"CARTELERA_RELEASES": tmp_path.as_uri(), "CARTELERA_BULK_RECEIVES": "5"},
        capture_output=True,
        text=True,
        check=True,
    )

    at_start, *_, with_boto3 = done.stdout.splitlines()
    assert not HEAVY & set(json.loads(at_start))
    assert with_boto3 == "false"
    (answers,) = (tmp_path / "lotes" / "respuestas").iterdir()
    written = [json.loads(line)["id"] for line in answers.read_text().splitlines()]
    assert written == [route for route, _ in asked]


@pytest.mark.usefixtures("released")
def test_only_recommendations_that_the_job_has_not_computed_bring_numpy() -> None:
    look_up = """
import sys
sys.path.insert(0, sys.argv[1])
import app
from infra.local.functions import LocalContext
app.handler(%s, LocalContext("x", 1))
print("numpy" in sys.modules, file=sys.stderr)
"""
    for folder, event, brings in (
        ("franquicia", {"franquicia": "toy story"}, "False"),
        ("get_actor", {"nombre": "tom hanks"}, "False"),
        ("recomendacion", {"id": 862}, "False"),
        ("recomendacion", {"id": 862, "n": 6}, "True"),
        ("buscar", {"q": "toy"}, "False"),
    ):
        done = subprocess.run(  # noqa: S603 (the command is ours)
            [sys.executable, "-c", look_up % event, f"functions/{folder}"],
            capture_output=True,
            text=True,
            check=True,
        )

        assert done.stderr.strip() == brings
