"""A function opens its release while Lambda initialises it, and leaves what fails to a request."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# Initialises a function, does what a test does in between, and asks it.
ASK = """
import gc, json, shutil, sys
from pathlib import Path
from cartelera.errors import NoReleaseError
from functions.peliculas_idioma.app import handler
from infra.local.functions import LocalContext

place, other = map(Path, sys.argv[1:])
{between}
print(json.dumps({{"collects": gc.isenabled(), "frozen": gc.get_freeze_count() > 0}}))
try:
    print(json.dumps(handler({{"idioma": "en"}}, LocalContext("f", 512))))
except NoReleaseError as error:
    print(json.dumps({{"error": error.status}}))
"""
REMOVE = "shutil.rmtree(place)"
PUBLISH = "shutil.copytree(other, place, dirs_exist_ok=True)"


@pytest.fixture
def place(sample_place: Path, tmp_path: Path) -> Path:
    """Where a release of the sample answers, and may be changed."""
    return shutil.copytree(sample_place, tmp_path / "place")


def ask(place: Path, other: Path, kind: str | None, between: str = "") -> list[dict[str, Any]]:
    """Return what a fresh process writes: whatever it logs, its state, and its answer."""
    kinds = {} if kind is None else {"AWS_LAMBDA_INITIALIZATION_TYPE": kind}
    done = subprocess.run(  # noqa: S603 (the command is ours)
        [sys.executable, "-c", ASK.format(between=dedent(between)), place, other],
        env=os.environ | {"CARTELERA_RELEASES": place.as_uri()} | kinds,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("kind", ["on-demand", "provisioned-concurrency"])
def test_the_first_answer_needs_nothing_more_of_storage(
    place: Path, sample_place: Path, kind: str
) -> None:
    state, *_, answer = ask(place, sample_place, kind, REMOVE)

    assert answer["idioma"] == "en"
    assert state == {"collects": True, "frozen": True}


@pytest.mark.parametrize("kind", [None, "snap-start"])
def test_elsewhere_and_for_a_snapshot_nothing_is_opened(
    place: Path, sample_place: Path, kind: str | None
) -> None:
    # Under SnapStart there is a module of Lambda's runtime.
    runtime = """
        from types import ModuleType
        sys.modules["snapshot_restore_py"] = runtime = ModuleType("snapshot_restore_py")
        runtime.register_after_restore = lambda hook: None
        shutil.rmtree(place)
    """
    state, *_, answer = ask(place, sample_place, kind, runtime)

    assert answer == {"error": 503}
    assert state == {"collects": True, "frozen": False}


@pytest.mark.parametrize(
    "damaged", ["the place", "current.9.json", "manifest.json", "tables/peliculas_idioma.parquet"]
)
def test_what_cannot_be_opened_is_left_to_the_first_request_and_not_spoken_of(
    place: Path, sample_place: Path, damaged: str
) -> None:
    if damaged == "the place":
        shutil.rmtree(place)
    else:
        (file,) = (*place.glob(damaged), *place.glob(f"releases/*/{damaged}"))
        file.write_bytes(b"no bytes of ours")

    state, *_, answer = ask(place, sample_place, "on-demand", PUBLISH)

    assert answer["idioma"] == "en"
    assert state == {"collects": True, "frozen": True}
