"""The job on raw files that lie in S3, as moto's server plays it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from click.testing import CliRunner

from cartelera.contract.release_format import POINTER
from cartelera.release import Releases
from cartelera.storage import open_store
from etl.engines.options import Options
from etl.entrypoints.cli import main
from etl.entrypoints.lambda_handler import JobHandler, logger
from etl.entrypoints.options import OWN_S3_VARIABLE
from etl.errors import PublishError, RawInputError
from infra.local.functions import LocalContext
from infra.local.s3 import BUCKET
from tests.logs import captured_log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

RAW = f"s3://{BUCKET}/raw/b1/"
PLACE = f"s3://{BUCKET}"


@pytest.fixture
def bucket(s3: dict[str, str], raw_sample: Path) -> Any:
    """A bucket with the sample's raw files."""
    bucket = boto3.resource("s3").Bucket(BUCKET)
    for file in raw_sample.iterdir():
        bucket.upload_file(str(file), f"raw/b1/{file.name}")
    return bucket


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """A folder for temporary files that nobody else uses."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    return folder


@pytest.fixture
def call(temporary: Path) -> Callable[[str], Any]:
    """Call the function with where the raw files lie."""
    handler = JobHandler(Options(report=False), temporary=temporary)
    context: Any = LocalContext("job", 1769)
    return lambda raw: handler({"batch": "b1", "raw": raw, "releases": PLACE}, context)


@pytest.fixture(autouse=True)
def _unlogged() -> Iterator[None]:
    with captured_log(logger):
        yield


def test_the_function_publishes_what_lies_in_s3_beside_it(
    bucket: Any, temporary: Path, call: Callable[[str], Any]
) -> None:
    raw_before = {entry.key: entry.e_tag for entry in bucket.objects.filter(Prefix="raw/")}

    published = call(RAW)

    assert Releases(open_store(PLACE)).current().id == published["release"]
    files = {"movies_metadata.csv", "credits.csv", "keywords.csv", "title.akas.tsv"}
    assert set(published["rows"]) == files
    assert list(temporary.iterdir()) == []
    # What it wrote below raw/ would start it again.
    assert {entry.key: entry.e_tag for entry in bucket.objects.filter(Prefix="raw/")} == raw_before
    others = {entry.key.split("/")[0] for entry in bucket.objects.all()} - {"raw"}
    assert others == {POINTER, "releases"}


def test_a_batch_that_is_not_whole_changes_nothing(bucket: Any, call: Callable[[str], Any]) -> None:
    release = call(RAW)["release"]
    bucket.Object("raw/b1/movies_metadata.csv").delete()

    with pytest.raises(RawInputError, match=rf"^{RAW} holds no films"):
        call(RAW)

    assert Releases(open_store(PLACE)).current().id == release


def test_a_survey_names_what_the_job_would_read_and_publishes_nothing(
    bucket: Any, temporary: Path
) -> None:
    handler = JobHandler(temporary=temporary)
    event = {"batch": "b1", "raw": RAW, "releases": PLACE, "survey": True}
    bucket.put_object(Key="raw/b1/notes.txt", Body=b"read by nobody")
    listed = {each.key.removeprefix("raw/b1/"): each for each in bucket.objects.all()}

    survey = handler(event, LocalContext("job", 1769))  # type: ignore[arg-type]

    films = ["movies_metadata.csv", "credits.csv"]
    assert survey == {
        "awaited": [],
        "files": films,
        # As the state machine has always named the batch by.
        "etags": [listed[name].e_tag for name in films],
        "bytes": sum(listed[name].size for name in [*films, "keywords.csv", "title.akas.tsv"]),
    }
    assert {each.key for each in bucket.objects.all()} == {f"raw/b1/{name}" for name in listed}


def test_a_bucket_that_is_not_there_is_named(bucket: Any, call: Callable[[str], Any]) -> None:
    with pytest.raises(PublishError, match=r"^s3://nowhere/raw/ cannot be listed: "):
        call("s3://nowhere/raw/")


def test_the_command_reads_from_s3_with_or_without_a_slash_at_the_end(bucket: Any) -> None:
    command = ["run", "--raw", RAW.rstrip("/"), "--releases", PLACE, "--workers=1", "--no-report"]

    ended = CliRunner(catch_exceptions=False).invoke(main, command)

    assert ended.exit_code == 0
    assert "Downloading credits.csv" in ended.stderr
    assert Releases(open_store(PLACE)).current().id in ended.stdout


def test_a_film_is_shown_with_its_raw_lines_from_s3(
    bucket: Any, call: Callable[[str], Any]
) -> None:
    call(RAW)

    ended = CliRunner(catch_exceptions=False).invoke(
        main, ["inspect", "862", "--raw", RAW, "--releases", PLACE]
    )

    assert ended.exit_code == 0
    assert "movies_metadata.csv, line" in ended.stdout


def test_a_command_says_what_is_missing_in_s3(bucket: Any) -> None:
    command = ["run", "--raw", f"s3://{BUCKET}/raw/b2", "--releases", PLACE, "--workers", "1"]

    ended = CliRunner(catch_exceptions=False).invoke(main, command)

    assert ended.exit_code == 1
    assert f"error: s3://{BUCKET}/raw/b2 holds no films" in ended.stderr


MARKERS = ("", "raw/b2/", "raw/b2/older/", "releases/", "releases/r1/", "releases/r1/tables/")
NO_PATHS = (
    "/x",
    "../x",
    "raw/b2//x",
    "raw/b2/older//x",
    "raw/b2/./x",
    "releases//x",
    "releases/r1//x",
    "releases/../x",
)


def test_markers_of_folders_and_keys_that_are_no_paths_stop_nothing(
    s3: dict[str, str], write_one_film: Path
) -> None:
    place = f"s3://{BUCKET}/some"
    bucket = boto3.resource("s3").Bucket(BUCKET)
    for file in write_one_film.glob("*.csv"):
        bucket.upload_file(str(file), f"some/raw/b2/{file.name}")

    def command(*words: str) -> str:
        ended = CliRunner(catch_exceptions=False).invoke(main, [*words, "--releases", place])
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    for strange in (MARKERS, NO_PATHS):
        for key in strange:
            bucket.put_object(Key=f"some/{key}", Body=b"x" if strange is NO_PATHS else b"")
        command("run", "--raw", f"{place}/raw/b2", "--workers=1", "--no-report", "--force")

        assert command("prune", "--keep", "1").count("\n") == 1
        _, listed = command("releases").splitlines()
        assert listed.startswith(Releases(open_store(place)).current().id)
    left = {entry.key.removeprefix("some/") for entry in bucket.objects.all()}
    assert left >= {*MARKERS, *NO_PATHS}


def test_where_s3_answers_is_said_and_the_variable_of_s3_goes_before_the_others(
    s3: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = s3["AWS_ENDPOINT_URL"]
    command = ["releases", "--releases", PLACE]
    monkeypatch.setenv("AWS_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3")

    def ended() -> tuple[int, str, str]:
        ended = CliRunner(catch_exceptions=False).invoke(main, command)
        return ended.exit_code, ended.stdout, ended.stderr

    for named in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(named, here)
        said = f"{PLACE} is at {here}, as {named} says\n"
        assert ended() == (0, f"no releases at {PLACE}\n", said)
        # But not where somebody has started an S3 for the command.
        with monkeypatch.context() as own:
            own.setenv(OWN_S3_VARIABLE, "yes")
            assert ended() == (0, f"no releases at {PLACE}\n", "")
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "")
    monkeypatch.setenv("AWS_ENDPOINT_URL", here)
    assert ended()[0] == 0
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "127.0.0.1:9000")
    code, _, message = ended()
    assert code == 1
    assert "error: AWS_ENDPOINT_URL_S3 is '127.0.0.1:9000': give http://host:port" in message
