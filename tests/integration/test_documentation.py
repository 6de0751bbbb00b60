"""What the documentation says to type can be typed, and shows what it shows."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import pytest

from tests.documentation import PAGES, page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RELEASE_ID = r"\d{8}T\d{6}Z-[0-9a-f]{8}"
# What differs from one run to the next, as it is shown and as it may be.
VARYING = {
    RELEASE_ID: RELEASE_ID,
    r"[\d.]+ s$": r"[\d.]+ s",
    r"127\.0\.0\.1:3000": r"127\.0\.0\.1:\d+",
}


@pytest.fixture(scope="module")
def project(pytestconfig: pytest.Config) -> Path:
    return pytestconfig.rootpath


@pytest.fixture(scope="module")
def documentation() -> str:
    return "\n".join(page(name) for name in PAGES)


def blocks(documentation: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", documentation, re.MULTILINE | re.DOTALL)


def commands(block: str) -> list[str]:
    """Return the lines of a block that are commands, without what is said of them."""
    return [line.partition("  #")[0].strip() for line in block.splitlines() if line.strip()]


def pattern(line: str) -> str:
    """Return what matches a line of output whenever it is put out."""
    parts = re.split(f"({'|'.join(VARYING)})", line)
    return "".join(
        next((may_be for shown, may_be in VARYING.items() if re.fullmatch(shown, part)), None)
        or re.escape(part)
        for part in parts
    )


def test_every_make_command_has_its_target_and_its_variables(
    project: Path, documentation: str
) -> None:
    makefile = (project / "Makefile").read_text()
    mentioned = {
        command
        for command in re.findall(r"`(make [^`\n]+)`", documentation)
        + [line for block in blocks(documentation, "sh") for line in commands(block)]
        if command.startswith("make ")
    }

    assert len(mentioned) > 10
    for command in mentioned:
        words = shlex.split(command)
        # Says what it would do and does nothing; an unknown target is an error.
        done = subprocess.run(  # noqa: S603 (the commands are ours)
            [*words, "--dry-run"], cwd=project, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        for variable in (word.partition("=")[0] for word in words if "=" in word):
            assert f"$({variable}" in makefile, command


def test_the_commands_on_releases_do_what_they_say_one_after_the_other(
    project: Path, documentation: str, raw_sample: Path, tmp_path: Path
) -> None:
    (block,) = (
        block
        for block in blocks(documentation, "sh")
        if block.startswith("export CARTELERA_RELEASES=")
    )
    _, *lines = commands(block)
    release = ""
    file = tmp_path / "neighbours.parquet"

    for line in lines:
        program, *arguments = shlex.split(line)
        assert program == ".venv/bin/python"
        known = {
            "path/to/folder": str(raw_sample),
            "path/to/file.parquet": str(file),
            "RELEASE": release,
        }
        done = subprocess.run(  # noqa: S603 (the commands are ours)
            [sys.executable, *(known.get(argument, argument) for argument in arguments)],
            cwd=project,
            env={"CARTELERA_RELEASES": tmp_path.as_uri()},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}: {done.stderr}"
        if found := re.search(RELEASE_ID, done.stdout):
            release = found[0]
    assert file.exists()


def test_make_run_shows_what_the_documentation_shows(
    project: Path, documentation: str, tmp_path: Path
) -> None:
    (shown,) = blocks(documentation, "text")
    with (
        (tmp_path / "stderr").open("w") as stderr,
        subprocess.Popen(
            [sys.executable, "-u", "-m", "infra.local", "--port", "0"],
            cwd=project,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process,
    ):
        assert process.stdout
        said = list(takewhile(lambda line: not line.startswith("Serving"), process.stdout))
        # Not by Ctrl-C, which what a shell runs in the background is told to ignore.
        process.terminate()
        assert process.wait(timeout=20) == 143

    lines = iter(line.rstrip("\n") for line in said)
    for line in takewhile(lambda line: not line.startswith("Serving"), shown.splitlines()):
        if line not in ("", "…"):
            # One after the other: each search goes on where the last one ended.
            assert any(re.fullmatch(pattern(line), each) for each in lines), line


@pytest.mark.usefixtures("released")
def test_the_direct_invocation_is_answered(
    documentation: str, load_handler: Callable[[str], Callable[[Any], Any]]
) -> None:
    (event,) = re.findall(r'`(\{"titulo": .*?\})`', documentation)

    answer = load_handler("recomendacion")(json.loads(event))

    assert answer["titulo"] == "Alien"
    assert len(answer["recomendaciones"]) == 3
