"""The job's image: built, called through Lambda's emulator inside it, and run as a command.

It runs as on Lambda: one user without rights, nothing to write to but `/tmp`, no shared
memory, and the memory that the template gives it.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from cartelera.contract.release_format import POINTER
from cartelera.contract.tables import FRANQUICIA
from cartelera.release import Releases
from cartelera.storage import open_store
from infra.local.s3 import BUCKET
from infra.local.sam import shared_s3
from tests.e2e.host import CommandError, Host

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.sam import SharedS3

pytestmark = pytest.mark.skipif("E2E" not in os.environ, reason="make e2e runs it")

PROJECT = Path(__file__).parents[2]
TAG = "e2e"
IMAGE = f"cartelera-job:{TAG}"
PLACE = f"s3://{BUCKET}"
INVOCATIONS = "/2015-03-31/functions/function/invocations"
MEMORY = "1769m"
AS_ON_LAMBDA = ("--read-only", "--tmpfs=/tmp", "--ipc=none", "--user=993:990")
LIMITS = (f"--memory={MEMORY}", f"--memory-swap={MEMORY}")
DOCKER_SECONDS = 60
BUILD_SECONDS = 600
START_SECONDS = 30
ANSWER_SECONDS = 120
POLL_SECONDS = 0.1


def docker(*arguments: str, seconds: float = DOCKER_SECONDS) -> str:
    return Host().run("docker", *arguments, seconds=seconds).strip()


class Function:
    """A container of the image, called through the emulator inside it."""

    def __init__(self, container: str) -> None:
        self.container = container
        self._address = docker("port", container, "8080").splitlines()[0]
        self._wait_until_it_listens()

    def publish(self, batch: str) -> Any:
        return self.invoke({"batch": batch, "raw": f"{PLACE}/raw/{batch}/", "releases": PLACE})

    def invoke(self, event: object) -> Any:
        with closing(HTTPConnection(self._address, timeout=ANSWER_SECONDS)) as connection:
            connection.request("POST", INVOCATIONS, json.dumps(event).encode())
            return json.loads(connection.getresponse().read())

    def log(self) -> tuple[list[dict[str, Any]], str]:
        """Return the structured lines, and all that was written."""
        # Both streams: the emulator and warnings write to the other one.
        command = ["docker", "logs", self.container]
        done = subprocess.run(  # noqa: S603 (the command is ours)
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
        )
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        return [json.loads(line) for line in lines], done.stdout

    def _wait_until_it_listens(self) -> None:
        latest = time.monotonic() + START_SECONDS
        while time.monotonic() < latest:
            # Docker takes the connection before the emulator does, and drops it.
            with (
                suppress(OSError, HTTPException),
                closing(HTTPConnection(self._address, timeout=ANSWER_SECONDS)) as connection,
            ):
                connection.request("GET", "/")
                connection.getresponse().read()
                return
            time.sleep(POLL_SECONDS)
        pytest.fail(f"no emulator listens: {docker('logs', self.container)}")


@pytest.fixture(scope="module")
def image() -> str:
    uv = shutil.which("uv") or str(PROJECT / ".tools" / "bin" / "uv")
    tools = (f"UV={uv}", f"PYTHON={sys.executable}", f"TAG={TAG}")
    Host().run("make", "-C", str(PROJECT / "etl"), "image", *tools, seconds=BUILD_SECONDS)
    return IMAGE


@pytest.fixture(scope="module")
def s3() -> Iterator[SharedS3]:
    with shared_s3() as shared:
        yield shared


@pytest.fixture
def bucket(s3: SharedS3, raw_sample: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A bucket with the sample's raw files as the batch `good`, and nothing else."""
    for name, value in s3.here.items():
        monkeypatch.setenv(name, value)
    bucket = boto3.resource("s3").Bucket(BUCKET)
    bucket.objects.all().delete()
    for file in raw_sample.iterdir():
        bucket.upload_file(str(file), f"raw/good/{file.name}")
    return bucket


def variables(s3: SharedS3) -> list[str]:
    return [f"--env={name}={value}" for name, value in s3.containers.items()]


@pytest.fixture(scope="module")
def function(image: str, s3: SharedS3) -> Iterator[Function]:
    options = [*AS_ON_LAMBDA, *LIMITS, "--publish=127.0.0.1::8080", *variables(s3)]
    container = docker("run", "--detach", *options, image)
    try:
        yield Function(container)
    finally:
        docker("rm", "--force", container)


def command(image: str, s3: SharedS3, *arguments: str) -> str:
    options = [*AS_ON_LAMBDA, *LIMITS, *variables(s3)]
    return docker("run", "--rm", *options, image, *arguments, seconds=ANSWER_SECONDS)


def answering() -> str:
    return Releases(open_store(PLACE)).current().id


def test_as_a_task_it_publishes_and_leaves_what_the_state_machine_reads(
    image: str, s3: SharedS3, bucket: Any
) -> None:
    event = {"batch": "good", "raw": f"{PLACE}/raw/good/", "releases": PLACE}
    options = ["--read-only", "--tmpfs=/tmp", *variables(s3)]
    arguments = ["batch", json.dumps(event), "--result", f"{PLACE}/runs/one/1.json"]

    docker("run", "--rm", *options, image, *arguments, seconds=ANSWER_SECONDS)

    left = json.loads(bucket.Object("runs/one/1.json").get()["Body"].read())
    assert left.keys() == {"published"}
    assert left["published"]["batch"] == "good"
    assert left["published"]["release"] == answering()


def test_a_batch_becomes_a_release_that_opens_and_answers(function: Function, bucket: Any) -> None:
    published = function.publish("good")

    release = Releases(open_store(PLACE)).current()
    assert (published["batch"], published["release"]) == ("good", release.id)
    assert release.table(FRANQUICIA).find("toy story")["cantidad"] == 3
    for counts in published["rows"].values():
        assert counts["read"] == counts["kept"] + counts["set_aside"]


def test_it_logs_json_and_warns_of_nothing(function: Function, bucket: Any) -> None:
    function.publish("good")

    lines, everything = function.log()
    assert {"Downloading credits.csv", "Moving the pointer", "Published"} <= {
        line["message"] for line in lines
    }
    assert "Warning" not in everything


def test_a_warm_function_publishes_again_and_keeps_nothing_on_the_disk(
    function: Function, bucket: Any
) -> None:
    function.publish("good")
    # Of the same files in the same second comes the same release.
    bucket.objects.filter(Prefix="releases/").delete()
    bucket.Object(POINTER).delete()
    second = function.publish("good")

    assert second["release"] == answering()
    # What Lambda lets a function write to.
    assert docker("exec", function.container, "ls", "-A", "/tmp") == ""  # noqa: S108


def test_without_films_the_error_says_so_by_its_class_and_message(
    function: Function, bucket: Any
) -> None:
    release = function.publish("good")["release"]
    bucket.Object("raw/good/movies_metadata.csv").delete()

    answer = function.publish("good")

    assert answer["errorType"] == "RawInputError"
    assert answer["errorMessage"].startswith(f"{PLACE}/raw/good/ holds no films: there is ")
    assert answering() == release


def test_a_broken_film_file_is_told_from_films_that_break_the_contract(
    function: Function, bucket: Any, raw_sample: Path
) -> None:
    films = bucket.Object("raw/good/movies_metadata.csv")
    films.put(Body=b"id,title\n1,Up\n")
    broken = function.publish("good")
    films.put(Body=misdated(raw_sample / "movies_metadata.csv"))
    wrong = function.publish("good")

    assert broken["errorType"] == "RawInputError"
    assert "movies_metadata.csv has no column" in broken["errorMessage"]
    assert wrong["errorType"] == "ContractError"
    assert "release date is not a date" in wrong["errorMessage"]
    assert not list(bucket.objects.filter(Prefix="releases/"))


def misdated(file: Path) -> bytes:
    """Return a film file in which no film's date is one."""
    with file.open(newline="") as stream:
        reader = csv.DictReader(stream)
        rows = [row | {"release_date": "soon"} for row in reader]
    text = StringIO(newline="")
    writer = csv.DictWriter(text, reader.fieldnames or ())
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def test_an_event_of_another_shape_is_told_what_is_missing(function: Function, bucket: Any) -> None:
    answer = function.invoke({"detail": {}})

    assert answer["errorType"] == "RawInputError"
    assert "missing required field `batch`" in answer["errorMessage"]


def test_the_same_image_is_the_command_line(image: str, s3: SharedS3, bucket: Any) -> None:
    raw = f"{PLACE}/raw/good"

    summary = command(image, s3, "run", "--raw", raw, "--releases", PLACE, "--workers", "1")
    listed = command(image, s3, "releases", "--releases", PLACE)

    assert answering() in summary
    assert "current" in listed
    assert answering() in listed


def test_the_command_line_ends_as_the_job_does(image: str, s3: SharedS3, bucket: Any) -> None:
    raw = f"{PLACE}/raw/none/"

    with pytest.raises(CommandError, match=rf"\nerror: {raw} holds no films"):
        command(image, s3, "run", "--raw", raw, "--releases", PLACE, "--workers", "1")
