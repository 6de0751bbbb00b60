"""`python -m etl` as people and scripts meet it: what it prints and how it ends."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from obstore.store import LocalStore

from cartelera.contract.release_format import (
    FORMAT,
    MANIFEST,
    MODEL,
    POINTER,
    RELEASES_VARIABLE,
    release_path,
)
from cartelera.errors import NoReleaseError
from cartelera.release import Releases
from etl.clean.schemas import RAW_ROLES
from etl.entrypoints.cli import main
from etl.release.pointers import read_current
from tests.unit.etl.engines.test_job import Meanwhile

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartelera.contract.release_format import Manifest
    from etl.progress import Stages

PROJECT = Path(__file__).parents[4]
# In this process alone, and without the report.
QUICKLY = ("--workers", 1, "--no-report")
COMMANDS = (
    *("run", "releases", "rollback", "verify", "prune", "retire"),
    *("compare", "export", "inspect", "neighbours"),
)
# Between the commands no second may pass, or as many as it likes.
MB = r"(?!0\.0)\d\.\d"
AGE = r"(now|\d+ (s|min|h|d))"


class Ended(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def message(self) -> str:
        """The last thing it said on the error stream, from `error:` on."""
        return self.err[self.err.index("error: ") :]


def call(*arguments: object, stages: Stages | None = None) -> Ended:
    """Call the command in this process; anything but an exit comes through.

    The job shows its `stages` where that is said, and on the error stream otherwise.
    """
    words = [str(each) for each in arguments]
    result = CliRunner(catch_exceptions=False).invoke(main, words, obj=stages)
    assert "Traceback" not in result.output
    return Ended(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def place(sample_place: Path, tmp_path: Path) -> Path:
    """A place of one's own with the sample's release."""
    folder = tmp_path / "releases-of-the-test"
    shutil.copytree(sample_place, folder)
    return folder


@pytest.fixture
def less(raw_sample: Path, tmp_path: Path) -> Path:
    """The sample without its keywords: another release comes of it."""
    folder = tmp_path / "less"
    shutil.copytree(raw_sample, folder, ignore=shutil.ignore_patterns("keywords.csv"))
    return folder


def publish(raw: Path, place: Path) -> str:
    """Publish with the command, and return what answers then."""
    job = ("--raw", raw, "--releases", place.as_uri(), *QUICKLY, "--tolerance", 1, "--force")
    ended = call(*job)
    assert ended.code == 0, ended.err
    return answering(place)


def answering(place: Path) -> str:
    return Releases(LocalStore(place)).current().id


def releases_in(place: Path) -> set[str]:
    return {folder.parent.name for folder in place.glob("releases/*/manifest.json")}


def test_without_a_command_the_job_runs_and_ends_with_a_summary(
    raw_sample: Path, tmp_path: Path
) -> None:
    ended = call("--raw", raw_sample, "--releases", tmp_path.as_uri(), *QUICKLY)

    assert ended.code == 0
    stages = [line.split("s  ")[1] for line in ended.err.splitlines()]
    assert stages[0] == "Reading movies_metadata.csv"
    assert "Reading credits.csv" in stages
    assert stages[-1] == "Moving the pointer"
    counts = json.loads(next(tmp_path.glob("releases/*/manifest.json")).read_text())
    for file, rows in counts["rows"].items():
        aside = sum(rows["set_aside"].values())
        assert (
            f"{file}: {rows['read']} records read = {rows['kept']} kept + {aside} set aside"
            in ended.out
        )
    assert f"{counts['films']} films in release {counts['release']}" in ended.out
    assert answering(tmp_path) == counts["release"]


def test_run_is_what_runs_without_a_command(raw_sample: Path, tmp_path: Path) -> None:
    ended = call("run", "--raw", raw_sample, "--releases", tmp_path.as_uri(), *QUICKLY)

    assert ended.code == 0
    assert answering(tmp_path) in ended.out


def test_check_says_what_would_be_set_aside_and_publishes_nothing(
    raw_sample: Path, place: Path, sample_manifest: Manifest
) -> None:
    ended = call("check", raw_sample, "--workers", 1)

    assert ended.code == 0, ended.err
    assert "movies_metadata.csv: movies of The Movies Dataset" in ended.out
    assert "title.akas.tsv: IMDb's other titles, which only the job reads" in ended.out
    of_data_set = {
        file: rows for file, rows in sample_manifest["rows"].items() if file != "title.akas.tsv"
    }
    assert len(of_data_set) == 3
    for file, rows in of_data_set.items():
        aside = sum(rows["set_aside"].values())
        assert f"{file}: {rows['read']} records read = {rows['kept']} kept + {aside}" in ended.out
    assert releases_in(place) == {sample_manifest["release"]}


def test_check_says_of_each_file_why_the_job_would_refuse_it(
    write_raw: Callable[..., Path],
) -> None:
    raw = write_raw(*[{"release_date": "soon"}] * 11, {})
    (raw / "credits.csv").write_text("cast,crew,id\n" + "[],[],x\n" * 11)

    ended = call("check", raw, "--workers", 1)

    assert ended.code == 3
    assert "movies_metadata.csv: 12 records read = 1 kept + 11 set aside" in ended.out
    assert "movies_metadata.csv breaks the rule «release date is not a date»" in ended.err
    assert "credits.csv breaks the rule «id is not a number»" in ended.err


def test_an_encoding_that_nobody_knows_is_wrong_usage(raw_sample: Path) -> None:
    ended = call("check", raw_sample, "--encoding", "klingon")

    assert ended.code == 2
    assert "unknown encoding: klingon" in ended.err


def test_explore_writes_the_report_and_its_charts_and_says_where(
    raw_sample: Path, sample_place: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "eda"

    ended = call("explore", "--raw", raw_sample, "--to", folder, "--workers", 1)

    assert ended.code == 0, ended.err
    (published,) = sample_place.glob("releases/*/eda/*")
    assert (folder / published.name).read_bytes() == published.read_bytes()
    drawings = {path.name for path in folder.iterdir()} - {published.name}
    assert {"genres.svg", "words.svg"} < drawings
    assert f"{folder / 'report.html'}: open it in a browser" in ended.out
    assert f"{len(drawings)} charts as SVG" in ended.out


def test_explore_says_why_it_cannot_write(raw_sample: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    ended = call("explore", "--raw", raw_sample, "--to", tmp_path / "file" / "eda", "--workers", 1)

    assert ended.code == 1
    assert ended.message.startswith("error: the report cannot be written")


@pytest.mark.parametrize("command", [[], ["run"], ["run", "--force"]])
def test_nothing_is_published_where_no_raw_files_are_named(
    place: Path, sample_manifest: Manifest, command: list[str]
) -> None:
    ended = call(*command, "--releases", place.as_uri(), *QUICKLY)

    assert (ended.code, ended.out) == (2, "")
    assert "Missing option '--raw'" in ended.err
    assert releases_in(place) == {sample_manifest["release"]}


def test_the_place_may_come_from_the_environment(
    place: Path, sample_manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RELEASES_VARIABLE, place.as_uri())

    assert sample_manifest["release"] in call("releases").out


def test_the_help_names_every_command_and_every_exit_code() -> None:
    ended = call("--help")

    assert ended.code == 0
    listed = re.findall(r"^  (\w+)  +\S", ended.out.partition("Commands:")[2], re.MULTILINE)
    assert sorted(listed) == sorted((*COMMANDS, "batch", "check", "dictionary", "explore"))
    codes = re.findall(r"^    (\d)  \S", ended.out, re.MULTILINE)
    assert codes == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_that_says_where_releases_lie(command: str) -> None:
    ended = call(command, "--help")

    assert ended.code == 0
    assert "s3://bucket/prefix or file:///folder" in " ".join(ended.out.split())
    assert RELEASES_VARIABLE in ended.out


def test_releases_lists_them_the_newest_first_and_which_one_answers(
    place: Path, less: Path, sample_manifest: Manifest
) -> None:
    old, new = sample_manifest["release"], publish(less, place)
    (place / "releases" / "killed").mkdir()
    (place / "releases" / "killed" / MODEL).write_bytes(b"half")

    ended = call("releases", "--releases", place.as_uri())

    assert ended.code == 0
    header, *rows = (line.rstrip() for line in ended.out.splitlines())
    assert header.split() == ["release", "format", "age", "films", "MB"]
    (killed,) = (row for row in rows if row.startswith("killed"))
    assert re.fullmatch(rf"killed +{AGE} +0\.0 +incomplete", killed)
    rows.remove(killed)
    assert len(rows) == 2
    assert re.fullmatch(rf"{new} +{FORMAT} +{AGE} +188 +{MB} +current", rows[0])
    assert re.fullmatch(rf"{old} +{FORMAT} +{AGE} +188 +{MB}", rows[1])


def test_where_nothing_was_published_no_releases_are_listed(tmp_path: Path) -> None:
    ended = call("releases", "--releases", tmp_path.as_uri())

    assert ended == (0, f"no releases at {tmp_path.as_uri()}\n", "")


def test_a_damaged_manifest_does_not_hide_the_other_releases(
    place: Path, less: Path, sample_manifest: Manifest
) -> None:
    old, new = sample_manifest["release"], publish(less, place)
    path = place / release_path(old, MANIFEST)
    path.write_text(path.read_text().replace('"created_at": "2', '"created_at": "x'))

    ended = call("releases", "--releases", place.as_uri())

    assert ended.code == 0
    assert {line.split()[0] for line in ended.out.splitlines()} == {"release", old, new}


def test_rollback_lets_another_release_answer(
    place: Path, less: Path, sample_manifest: Manifest
) -> None:
    old, new = sample_manifest["release"], publish(less, place)

    ended = call("rollback", old, "--releases", place.as_uri())

    assert ended.code == 0
    assert ended.out == (
        f"188 films in release {old} answer now for functions of format {FORMAT}\n"
    )
    assert answering(place) == old != new


@pytest.mark.parametrize("command", ["rollback", "verify"])
def test_a_damaged_release_is_refused_and_what_answered_goes_on(
    place: Path, less: Path, sample_manifest: Manifest, command: str
) -> None:
    old, new = sample_manifest["release"], publish(less, place)
    (place / release_path(old, MODEL)).write_bytes(b"junk")

    ended = call(command, old, "--releases", place.as_uri())

    assert (ended.code, ended.out) == (1, "")
    assert ended.message.startswith(f"error: release {old} is not sound: {MODEL}: SHA-256 is")
    assert answering(place) == new


@pytest.mark.parametrize("command", ["rollback", "verify"])
@pytest.mark.parametrize("release", ["2026", "..", "[/]", "a/b", "á"])
def test_a_release_that_is_not_there_is_one_clear_line(
    place: Path, command: str, release: str
) -> None:
    ended = call(command, release, "--releases", place.as_uri())

    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("error: ")
    assert ended.err.count("\n") == 1
    assert release in ended.err


def test_compare_names_what_differs_and_says_when_nothing_does(
    place: Path, less: Path, sample_manifest: Manifest
) -> None:
    old, new = sample_manifest["release"], publish(less, place)

    ended = call("compare", old, new, "--films", 1, "--releases", place.as_uri())
    same = call("compare", new, new, "--releases", place.as_uri())

    assert ended.code == 0, ended.err
    came, went, changed, first, more, *_ = ended.out.splitlines()
    assert (came, went) == ("0 films came", "0 films went")
    films = int(changed.removesuffix(" films changed"))
    assert re.fullmatch(r"  .+ \(\d{4}\), id \d+: keywords", first)
    assert more == f"  and {films - 1} more"
    assert re.search(rf"^keywords +{films}$", ended.out, re.MULTILINE)
    assert same.out.splitlines()[-1] == "no table's rows differ"


def test_verify_tells_what_it_has_checked(place: Path, sample_manifest: Manifest) -> None:
    release = sample_manifest["release"]

    ended = call("verify", release, "--releases", place.as_uri())

    assert ended.code == 0
    files = sample_manifest["files"].values()
    size = sum(entry["bytes"] for entry in files) / 1e6
    assert ended.out == (
        f"release {release} is sound: format {FORMAT}, {len(files)} files, {size:.1f} MB, "
        "188 films\n"
    )


def test_verify_agrees_with_the_functions_on_the_manifest_of_what_answers(
    place: Path, sample_manifest: Manifest
) -> None:
    release = sample_manifest["release"]
    file = place / release_path(release, MANIFEST)
    file.write_text(file.read_text().replace('"films": 188', '"films": 184'))

    ended = call("verify", release, "--releases", place.as_uri())

    with pytest.raises(NoReleaseError):
        answering(place)
    assert (ended.code, ended.out) == (1, "")
    assert ended.message.startswith(f"error: release {release} is not sound: {MANIFEST}")


def test_prune_keeps_so_many_and_says_what_it_removed(
    place: Path, less: Path, sample_manifest: Manifest
) -> None:
    old, new = sample_manifest["release"], publish(less, place)

    first = call("prune", "--keep", 1, "--releases", place.as_uri())
    second = call("prune", "--keep", 1, "--releases", place.as_uri())

    assert (first.code, first.err) == (0, "")
    assert re.fullmatch(rf"removed {old}, {MB} MB\n", first.out)
    assert second == (0, "nothing to remove\n", "")
    assert releases_in(place) == {new}
    assert answering(place) == new


def test_retire_removes_the_pointer_of_another_format_and_never_this_one_s(place: Path) -> None:
    (place / f"current.{FORMAT + 1}.json").write_text("{}")
    before = releases_in(place)

    first = call("retire", FORMAT + 1, "--releases", place.as_uri())
    second = call("retire", FORMAT + 1, "--releases", place.as_uri())
    own = call("retire", FORMAT, "--releases", place.as_uri())

    assert (first.code, first.err) == (0, "")
    assert first.out == (
        f"removed current.{FORMAT + 1}.json: nothing answers functions of format {FORMAT + 1} now\n"
    )
    assert (second.code, second.out) == (1, "")
    assert second.message == f"error: format {FORMAT + 1} has no pointer: nothing to retire\n"
    assert (own.code, own.out) == (1, "")
    assert own.message.startswith(f"error: format {FORMAT} is what this version answers from")
    assert releases_in(place) == before
    assert answering(place)


def test_prune_removes_nothing_while_nobody_knows_what_answers(place: Path) -> None:
    before = releases_in(place)
    (place / POINTER).write_text("junk")

    ended = call("prune", "--keep", 1, "--releases", place.as_uri())

    assert (ended.code, ended.out) == (1, "")
    assert ended.message.startswith(f"error: {POINTER} cannot be read")
    assert releases_in(place) == before


@pytest.mark.parametrize("film", ["862", "Toy Story", "toy story"])
def test_inspect_shows_a_film_by_id_and_by_title(place: Path, film: str) -> None:
    ended = call("inspect", film, "--releases", place.as_uri())

    assert ended.code == 0
    assert re.search(r"^  title +Toy Story$", ended.out, re.MULTILINE)
    assert re.search(r"^  id +862$", ended.out, re.MULTILINE)
    assert re.search(r'^  directors +\[.*"name": "John Lasseter"\}\]$', ended.out, re.MULTILINE)
    assert re.search(r"^\d+ features, the heaviest first$", ended.out, re.MULTILINE)
    features = re.findall(r"^  (0\.\d{4})  \w+: \S", ended.out, re.MULTILINE)
    assert len(features) > 10
    assert features == sorted(features, reverse=True)
    assert "  collection: Toy Story Collection\n" in ended.out
    # Without raw files there are no lines to show.
    assert ".csv, line " not in ended.out


def test_inspect_shows_the_raw_lines_and_what_was_set_aside_of_them(
    place: Path, raw_sample: Path
) -> None:
    ended = call("inspect", 9_500_010, "--raw", raw_sample, "--releases", place.as_uri())

    assert ended.code == 0
    with (raw_sample / "movies_metadata.csv").open(newline="") as stream:
        votes = [row["vote_count"] for row in csv.DictReader(stream) if row["id"] == "9500010"]
    shown = ended.out.partition("In the catalogue")
    assert len(re.findall(r"^movies_metadata\.csv, line \d+$", shown[0], re.MULTILINE)) == 2
    assert len(re.findall(r"^credits\.csv, line \d+$", shown[0], re.MULTILINE)) == 1
    assert len(re.findall(r"^keywords\.csv, line \d+$", shown[0], re.MULTILINE)) == 1
    assert re.findall(r"^  vote_count +(\d+)$", shown[0], re.MULTILINE) == votes == ["21", "23"]
    assert re.findall(r"^  vote_count +(\d+)$", shown[2], re.MULTILINE) == ["23"]
    assert re.search(
        r"^set aside movies_metadata\.csv, line \d+: the record, repeated id ",
        shown[0],
        re.MULTILINE,
    )


def test_inspect_shows_what_stands_in_a_cell_as_it_stands(
    write_raw: Callable[..., Path], tmp_path: Path
) -> None:
    odd = "at 12:on:30 a :cat: said [bold]no[/bold] and [/] again"
    raw = write_raw({"title": "A Film", "tagline": odd}, {"title": "Another Film"})
    place = tmp_path / "releases-of-the-test"
    publish(raw, place)

    ended = call("inspect", "A Film", "--raw", raw, "--releases", place.as_uri())

    assert [line.split(maxsplit=1)[1] for line in ended.out.splitlines() if "tagline" in line] == [
        odd,
        odd,
    ]


def test_inspect_looks_into_the_release_it_is_told(
    place: Path, less: Path, sample_manifest: Manifest
) -> None:
    publish(less, place)

    now = call("inspect", "862", "--releases", place.as_uri())
    then = call(
        "inspect", "862", "--release", sample_manifest["release"], "--releases", place.as_uri()
    )

    assert re.search(r"^  keywords +\[\]$", now.out, re.MULTILINE)
    assert re.search(r'^  keywords +\[\{"id": \d+, "name": "toy"\}', then.out, re.MULTILINE)


@pytest.mark.parametrize(
    ("film", "nearest"), [("Toy Stori", "Toy Story, Toy Story"), ("862000", "none")]
)
def test_inspect_names_the_nearest_titles_where_there_is_no_such_film(
    place: Path, sample_manifest: Manifest, film: str, nearest: str
) -> None:
    ended = call("inspect", film, "--releases", place.as_uri())

    assert (ended.code, ended.out) == (1, "")
    release = sample_manifest["release"]
    assert ended.message.startswith(f"error: no film «{film}» in release {release}; nearest: ")
    assert f"nearest: {nearest}" in ended.message


def test_inspect_says_what_to_do_where_nothing_answers(tmp_path: Path) -> None:
    ended = call("inspect", "862", "--releases", tmp_path.as_uri())

    there = f"no release of format {FORMAT} answers at {tmp_path.as_uri()}"
    assert ended == (1, "", f"error: {there}: publish one first, python -m etl\n")


def test_neighbours_writes_what_is_recommended_beside_every_film_of_what_answers(
    place: Path, sample_manifest: Manifest, tmp_path: Path
) -> None:
    file = tmp_path / "new" / "neighbours.parquet"

    ended = call("neighbours", "--releases", place.as_uri(), "--to", file, "--k", 3)

    assert ended.code == 0, ended.err
    release = sample_manifest["release"]
    assert ended.out == f"{file}: 564 films beside the 188 of release {release}\n"
    stages = [line.split("s  ")[1] for line in ended.err.splitlines()]
    assert stages == [f"Verifying {release}", "Finding the neighbours"]
    beside = [row for row in pq.read_table(file).to_pylist() if row["titulo"] == "The Matrix"]
    assert [row["puesto"] for row in beside] == [1, 2, 3]
    assert [row["titulo_vecina"] for row in beside][:2] == [
        "The Matrix Reloaded",
        "The Matrix Revolutions",
    ]


def test_neighbours_takes_the_release_it_is_told(
    place: Path, less: Path, sample_manifest: Manifest, tmp_path: Path
) -> None:
    publish(less, place)
    release = sample_manifest["release"]
    now, then = tmp_path / "now.parquet", tmp_path / "then.parquet"

    call("neighbours", "--releases", place.as_uri(), "--to", now)
    ended = call("neighbours", "--releases", place.as_uri(), "--to", then, "--release", release)

    assert release in ended.out
    assert not pq.read_table(now).equals(pq.read_table(then))


def test_neighbours_of_a_damaged_release_are_not_looked_for(
    place: Path, sample_manifest: Manifest, tmp_path: Path
) -> None:
    release = sample_manifest["release"]
    (place / release_path(release, MODEL)).write_bytes(b"junk")

    ended = call("neighbours", "--releases", place.as_uri(), "--to", tmp_path / "n.parquet")

    assert (ended.code, ended.out) == (1, "")
    assert ended.message.startswith(f"error: release {release} is not sound: {MODEL}: SHA-256 is")
    assert not (tmp_path / "n.parquet").exists()


def test_neighbours_says_what_to_do_where_nothing_answers(tmp_path: Path) -> None:
    ended = call("neighbours", "--releases", tmp_path.as_uri(), "--to", tmp_path / "n.parquet")

    there = f"no release of format {FORMAT} answers at {tmp_path.as_uri()}"
    assert ended == (1, "", f"error: {there}: publish one first, python -m etl\n")


def test_neighbours_says_why_it_cannot_write(place: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    ended = call("neighbours", "--releases", place.as_uri(), "--to", tmp_path / "file" / "n")

    assert ended.code == 1
    assert ended.message.startswith("error: the neighbours cannot be written: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--raw", "/nowhere", "--releases", "file:///tmp"], "error: /nowhere is no folder"),
        (["--raw", "we[ird]x", "--releases", "file:///tmp"], "error: we[ird]x is no folder"),
        (["--raw", "a:cat:b", "--releases", "file:///tmp"], "error: a:cat:b is no folder"),
        (
            ["--raw", ".", "--releases", "ftp://example.org"],
            "error: 'ftp://example.org' is no place",
        ),
        (["releases", "--releases", "here"], "error: 'here' is no place"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_1(
    arguments: list[str], message: str
) -> None:
    ended = call(*arguments)

    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(message)
    assert ended.err.count("\n") == 1


def test_a_csv_without_a_column_is_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "movies_metadata.csv").write_text("id,title\n1,Up\n")
    (tmp_path / "credits.csv").write_text("cast,crew,id\n")

    ended = call("--raw", tmp_path, "--releases", (tmp_path / "place").as_uri(), "--workers", 1)

    assert (ended.code, ended.out) == (1, "")
    assert ended.message.startswith("error: movies_metadata.csv has no column release_date")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nonsense"],
        ["nonsense"],
        ["releases", "--keep", "1"],
        ["--workers", "0"],
        ["--workers", "many"],
        ["--tolerance", "1.1"],
        ["--tolerance", "unreadable=half"],
        ["prune"],
        ["prune", "--keep", "0"],
        ["rollback"],
        ["verify"],
        ["verify", "one", "two"],
        ["inspect"],
        ["neighbours"],
        ["neighbours", "--to", "n.parquet", "--k", "0"],
        ["neighbours", "--to", "n.parquet", "--k", "51"],
        ["neighbours", "--to", "."],
    ],
)
def test_wrong_usage_is_exit_code_2_and_changes_nothing(place: Path, arguments: list[str]) -> None:
    before = releases_in(place)

    ended = call(*arguments, *([] if arguments == ["nonsense"] else ["--releases", place.as_uri()]))

    assert (ended.code, ended.out) == (2, "")
    assert "Usage: " in ended.err
    assert "Error: " in ended.err
    assert releases_in(place) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rolback", "R1"], "No such command 'rolback'. Did you mean 'rollback'?"),
        (
            ["--releases", "file:///x", "verfy", "R1"],
            "No such command 'verfy'. Did you mean 'verify'",
        ),
        (["--releases", "file:///x", "verify"], "Missing argument 'RELEASE'"),
        (["--force", "--releases", "file:///x", "releases"], "No such option '--force'"),
        (["--keep", "1", "prune"], "Missing option '--releases'"),
        (["--raw", "releases"], "Missing option '--releases'"),
        (["--keep", "5"], "No such option '--keep'"),
        (["--relases", "file:///x"], "No such option '--relases'. Did you mean '--releases'"),
    ],
)
def test_wrong_usage_says_what_was_meant_or_is_missing(words: list[str], said: str) -> None:
    ended = call(*words)

    assert (ended.code, ended.out) == (2, "")
    assert f"Error: {said}" in ended.err


def test_options_may_go_before_the_command(place: Path, sample_manifest: Manifest) -> None:
    for command in (["releases"], ["verify", sample_manifest["release"]]):
        assert call("--releases", place.as_uri(), *command).code == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_place_every_command_is_wrong_usage(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(RELEASES_VARIABLE, raising=False)
    arguments = {
        "run": ["--raw", "a"],
        "rollback": ["a"],
        "verify": ["a"],
        "inspect": ["a"],
        "compare": ["a", "b"],
        "prune": ["--keep", "1"],
        "retire": ["1"],
        "neighbours": ["--to", "n.parquet"],
        "export": ["--csv", "f.csv"],
    }

    ended = call(command, *arguments.get(command, []))

    assert ended.code == 2
    assert "Missing option '--releases'" in ended.err
    assert RELEASES_VARIABLE in ended.err


def test_data_that_break_the_contract_are_exit_code_3(
    write_raw: Callable[..., Path], place: Path, sample_manifest: Manifest
) -> None:
    raw = write_raw(*[{"release_date": "soon"}] * 11, *[{}] * 20)

    ended = call("--raw", raw, "--releases", place.as_uri(), *QUICKLY)

    assert (ended.code, ended.out) == (3, "")
    assert ended.message.startswith(
        "error: movies_metadata.csv breaks the rule «release date is not a date» in 11 of 31 "
    )
    assert "--tolerance" in ended.message
    assert releases_in(place) == {sample_manifest["release"]}


def test_a_higher_tolerance_lets_them_pass_for_any_rule_or_for_the_one_that_the_error_offers(
    write_raw: Callable[..., Path], tmp_path: Path
) -> None:
    raw = write_raw(*[{"release_date": "soon"}] * 11, *[{}] * 20)
    job = ("--raw", raw, "--releases", (tmp_path / "to").as_uri(), *QUICKLY, "--force")

    (offered,) = re.findall(r'--tolerance "(.*)"', call(*job).message)

    for lets_pass in ("0.4", offered):
        ended = call(*job, "--tolerance", lets_pass)
        assert ended.code == 0
        assert "20 films in release" in ended.out
    other = call(*job, "--tolerance", "0", "--tolerance", "unreadable=1")
    assert (other.code, other.out) == (3, "")


def test_credits_of_films_that_are_not_there_are_counted_and_so_are_films_without_credits(
    raw_sample: Path, tmp_path: Path
) -> None:
    for name, rows in (("movies_metadata.csv", slice(90)), ("credits.csv", slice(60, 150))):
        records = pd.read_csv(raw_sample / name, dtype="str", keep_default_na=False)
        records[rows].to_csv(tmp_path / name, index=False)

    ended = call("--raw", tmp_path, "--releases", (tmp_path / "to").as_uri(), *QUICKLY)

    assert ended.code == 0
    credited = [int(each) for each in records[rows]["id"]]
    films = set(pq.read_table(next(tmp_path.glob("to/**/catalog.parquet")))["id"].to_pylist())
    others, both = sum(each not in films for each in credited), len(films & set(credited))
    assert re.search(rf"^ +{others}  film is not in the catalogue$", ended.out, re.MULTILINE)
    assert f"credits.csv has records of {both} of the {len(films)} films (33%)" in ended.out


def test_other_titles_are_taken_of_the_languages_and_regions_that_are_asked_for(
    write_raw: Callable[..., Path], tmp_path: Path
) -> None:
    raw = write_raw({"imdb_id": "tt0000001"}, {"imdb_id": "tt0000002", "title": "Down"})
    lines = (
        "titleId\tordering\ttitle\tregion\tlanguage\ttypes\tattributes\tisOriginalTitle",
        "tt0000001\t1\tUp: una aventura\tES\t\\N\timdbDisplay\t\\N\t0",
        "tt0000001\t2\tAmunt\tES\tca\timdbDisplay\t\\N\t0",
        "tt0000002\t1\tOben\tDE\t\\N\tdvd\t\\N\t0",
        "tt0000003\t1\tDe otra\tES\t\\N\t\\N\t\\N\t0",
    )
    (raw / "title.akas.tsv").write_text("\n".join(lines))

    for options, names in (
        ((), ["Up: una aventura"]),
        (("--aka-languages", "es,ca", "--aka-regions", "DE"), ["Amunt", "Oben"]),
    ):
        place = tmp_path / f"releases-{len(options)}"
        ended = call("--raw", raw, "--releases", place.as_uri(), *QUICKLY, *options)
        (table,) = place.glob("releases/*/tables/nombres.parquet")
        (manifest,) = place.glob("releases/*/manifest.json")

        assert ended.code == 0
        assert pq.read_table(table)["nombre"].to_pylist() == names
        told = json.loads(manifest.read_text())
        assert told["rows"]["title.akas.tsv"]["read"] == 4
        assert told["rows"]["title.akas.tsv"]["kept"] == len(names)
        assert told["sources"][-1]["name"] == "title.akas.tsv"
    (raw / "title.akas.tsv").write_text("titleId\ttitle\nx\ty\n")

    refused = call("--raw", raw, "--releases", place.as_uri(), *QUICKLY)

    assert refused.code == 1
    assert refused.message.startswith("error: title.akas.tsv cannot be read")


def test_a_release_that_fails_its_golden_questions_is_exit_code_3_unless_forced(
    write_raw: Callable[..., Path], place: Path, sample_manifest: Manifest
) -> None:
    arguments = ["--raw", write_raw(*[{}] * 20), "--releases", place.as_uri(), *QUICKLY]

    refused = call(*arguments)
    before = answering(place)
    forced = call(*arguments, "--force")

    assert (refused.code, refused.out) == (3, "")
    assert "catalog.parquet has 20 rows, the last release 188" in refused.message
    assert "--force" in refused.message
    assert before == sample_manifest["release"]
    assert forced.code == 0
    assert answering(place) in forced.out


def test_a_job_that_another_has_overtaken_is_exit_code_4(
    raw_sample: Path, less: Path, place: Path
) -> None:
    published: list[str] = []
    stages = Meanwhile("Moving the pointer", lambda: published.append(publish(less, place)))

    ended = call("--raw", raw_sample, "--releases", place.as_uri(), *QUICKLY, stages=stages)

    assert (ended.code, ended.out) == (4, "")
    assert ended.message.startswith(f"error: another job has moved {POINTER} meanwhile")
    assert [answering(place)] == published
    # What the message says to do does it.
    (advice,) = re.findall(r"python -m etl (rollback \S+)$", ended.err, re.MULTILINE)
    assert call(*advice.split(), "--releases", place.as_uri()).code == 0
    assert read_current(LocalStore(place)).release == advice.split()[1] != published[0]


def test_help_and_looking_after_releases_need_neither_pandas_nor_scikit_learn(
    place: Path, sample_manifest: Manifest
) -> None:
    code = """
import sys
from etl.entrypoints.cli import main
main(sys.argv[1:], standalone_mode=False)
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"pandas", "sklearn", "scipy"}))
"""
    for command in (
        ["--help"],
        ["releases"],
        ["verify", sample_manifest["release"]],
        ["prune", "--keep", "9"],
    ):
        done = subprocess.run(  # noqa: S603 (the command is ours)
            [sys.executable, "-c", code, *command, "--releases", place.as_uri()],
            cwd=PROJECT,
            check=True,
            capture_output=True,
            text=True,
        )

        assert not done.stdout.splitlines()[-1]


ESCAPES = "\x1b]0;title\x07\x1b[31m\x9b2J\u202e\x08"


def commands_in(text: str) -> list[str]:
    """Return the characters of a text that might command a terminal."""
    return [each for each in text if not each.isprintable() and each != "\n"]


def test_what_a_raw_file_holds_commands_no_terminal(
    write_raw: Callable[..., Path], tmp_path: Path
) -> None:
    raw = write_raw(
        {"id": 7, "title": "A Film", "overview": ESCAPES, "status": "\r", "budget": ESCAPES},
    )
    films = raw / "movies_metadata.csv"
    header, rest = films.read_text().split("\n", 1)
    films.write_text(f"{header},{ESCAPES}\n" + rest.replace("en,", f"{ESCAPES},", 1))
    films.write_text(films.read_text().rstrip() + "," + ESCAPES + "\n")
    place = tmp_path / "releases"
    place.mkdir()
    publish(raw, place)

    ended = call("inspect", "A Film", "--raw", raw, "--releases", place.as_uri())

    assert commands_in(ended.out + ended.err) == []
    assert "\\x1b]0;title\\x07\\x1b[31m\\x9b2J\\u202e\\x08" in ended.out


def test_an_error_that_quotes_a_raw_file_commands_no_terminal(tmp_path: Path) -> None:
    header = ",".join((*RAW_ROLES["movies"].columns, ESCAPES, ESCAPES))
    (tmp_path / "movies_metadata.csv").write_text(header)
    (tmp_path / "credits.csv").write_text("cast,crew,id\n")

    ended = call("run", "--raw", tmp_path, "--releases", (tmp_path / "to").as_uri(), *QUICKLY)

    assert ended.code == 1
    assert "more than one column \\x1b]0;title" in ended.message
    assert commands_in(ended.out + ended.err) == []


@pytest.mark.parametrize(
    "command",
    [
        ["releases"],
        ["verify", "2026"],
        ["rollback", "2026"],
        ["prune", "--keep", "1"],
        ["retire", "5"],
        ["inspect", "Toy Story"],
        ["neighbours", "--to", "never-written.parquet"],
    ],
    ids=lambda command: command[0],
)
def test_a_command_that_only_looks_makes_no_folder(tmp_path: Path, command: list[str]) -> None:
    folder = tmp_path / "typo"

    result = CliRunner().invoke(main, [*command, "--releases", folder.as_uri()])

    assert result.exit_code == 1
    assert "there is no such folder" in result.output
    assert not folder.exists()
