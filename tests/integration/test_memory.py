"""The job with little memory: whatever the raw files hold, it ends in a release or a message."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from etl.clean.schemas import RAW_ROLES

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[2]
# Files in shapes that people have, and some that broke something.
CASES = PROJECT.parent / "shared" / "cases"
LIMIT = 2 << 30
# Runs the job on every folder in one process, whose imports take longer than the job.
CHILD = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_DATA, (int(sys.argv[1]),) * 2)
from click.testing import CliRunner
from etl.entrypoints.cli import main
for raw in sys.argv[3:]:
    job = ["run", "--raw", raw, "--releases", sys.argv[2], "--workers", "1", "--no-report"]
    ended = CliRunner().invoke(main, [*job, "--force", "--tolerance", "1"])
    print(json.dumps([raw, ended.exit_code, ended.output, repr(ended.exception)]), flush=True)
"""
COLUMNS = RAW_ROLES["movies"].columns
FILM = dict.fromkeys(COLUMNS, "") | {"title": "Up", "release_date": "2009-05-28", "genres": "[]"}
LONG = 3_000_000


def write(folder: Path, films: list[dict[str, str]], cast: str = "[]") -> Path:
    """Write films and their credits, gzipped."""
    folder.mkdir()
    with gzip.open(folder / "movies_metadata.csv.gz", "wt", newline="") as stream:
        writer = csv.DictWriter(stream, [*COLUMNS, *(films[0].keys() - FILM.keys())])
        writer.writeheader()
        writer.writerows({**FILM, "id": str(number)} | film for number, film in enumerate(films, 1))
    with gzip.open(folder / "credits.csv.gz", "wt", newline="") as stream:
        csv.writer(stream).writerows([["id", "cast", "crew"], ["1", cast, "[]"]])
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Raw folders of which something is far too large."""
    root = tmp_path_factory.mktemp("made")
    cells = {
        "long": "x" * LONG,
        "quotes": '"' * LONG,
        "lines": "\n" * LONG,
        "genres": json.dumps([{"id": each, "name": f"G{each}"} for each in range(50_000)]),
        "nameless": json.dumps([{"name": ""}] * 50_000),
        "numbers": f"[{'1,' * 500_000}]",
        "deep": "[" * 500_000,
    }
    folders = [write(root / name, [{"genres": cell}, {}], cell) for name, cell in cells.items()]
    folders.append(write(root / "columns", [{f"c{each}": "" for each in range(16_000)}]))
    return folders


def cases(folder: Path) -> Iterator[Path]:
    """Yield the cases where they are, unpacked."""
    for case in sorted((*CASES.glob("raw/*"), *CASES.glob("faults/*/"))):
        for archive in case.glob("*.zip"):
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(folder / case.name)
        yield case
        if (folder / case.name).exists():
            yield folder / case.name


def test_the_job_ends_in_a_release_or_a_message_whatever_it_is_given(
    made: list[Path], raw_sample: Path, tmp_path: Path
) -> None:
    folders = [raw_sample, *made, *cases(tmp_path)]
    arguments = [str(LIMIT), (tmp_path / "releases").as_uri(), *map(str, folders)]

    child = subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, "-c", CHILD, *arguments],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        check=False,
    )

    ended = [json.loads(line) for line in child.stdout.splitlines()]
    assert [raw for raw, *_ in ended] == [*map(str, folders)], child.stderr
    for raw, code, output, exception in ended:
        released = code == 0 and "films in release" in output
        refused = code in {1, 3} and "error: " in output and exception.startswith("SystemExit")
        assert released or refused, (raw, code, output, exception)
        assert "the memory does not suffice" not in output, raw
    assert "Traceback" not in child.stderr
    assert ended[0][1] == 0
