"""`python -m infra.stack` on stacks in moto's server, as a person runs it."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import boto3
import pytest
from click.testing import CliRunner

from cartelera.contract.release_format import POINTER
from etl.release.storage import open_storage, read_object
from infra.local.s3 import local_s3
from infra.stack.__main__ import main
from infra.stack.session import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from click.testing import Result


STACK = "cartelera-dev"
BUCKET = "cartelera-dev-releases"
EXAMPLE = "curl https://api.example/dev/peliculas_idioma/en"
MAX_WAITED_SECONDS = 30
# The one that everything in moto belongs to.
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/job"
# Ends as what it was started with: what the job published.
ECHO = {"Type": "Pass", "End": True}
PUBLISHED = {"release": "20260102T120000Z-0a1b2c3d", "films": 45_346}
# Waits as long as the commands do by themselves, but asks more often.
SETTINGS = Settings(poll_seconds=0.05, job_options=("--no-report",))
COMMANDS = [("publish", "--raw", "."), ("destroy",)]

type Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    def invoke(*arguments: str, typed: str | None = None, settings: Settings = SETTINGS) -> Result:
        return CliRunner().invoke(main, arguments, input=typed, obj=settings)

    return invoke


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    """One server for every test, since it takes half a second to stop."""
    with local_s3() as environment:
        yield environment


@pytest.fixture
def s3(server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An AWS with nothing in it; this process's clients find it."""
    ask_moto(server, "reset", b"")
    for name, value in server.items():
        monkeypatch.setenv(name, value)
    return server


@pytest.fixture
def bucket(s3: dict[str, str]) -> Any:
    """The bucket of a stack that has no job."""
    create_stack()
    return boto3.resource("s3").Bucket(BUCKET)


@pytest.fixture
def no_credentials(s3: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for variable in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))


def create_stack(*, machine: str | None = None, bucket: str = "ReleasesBucket") -> None:
    """Create a stack with what the commands read; it has a job when given a state machine."""
    template = {
        "Resources": {
            bucket: {
                "Type": "AWS::S3::Bucket",
                "DeletionPolicy": "Retain",
                "Properties": {"BucketName": BUCKET},
            },
            "Alerts": {"Type": "AWS::SNS::Topic"},
        },
        "Outputs": {
            "Bucket": {"Value": {"Ref": bucket}},
            "Example": {"Value": EXAMPLE},
            **({"StateMachineArn": {"Value": machine}} if machine else {}),
        },
    }
    boto3.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(template))
    # moto's CloudFormation does not.
    boto3.resource("s3").BucketVersioning(BUCKET).enable()


def stack_names() -> list[str]:
    stacks = boto3.client("cloudformation").describe_stacks()["Stacks"]
    return [stack["StackName"] for stack in stacks]


def create_job(end: dict[str, Any]) -> str:
    """Create a state machine that ends at once, as the state `end` says."""
    definition = {"StartAt": "End", "States": {"End": end}}
    created = boto3.client("stepfunctions").create_state_machine(
        name="job", definition=json.dumps(definition), roleArn=ROLE
    )
    arn: str = created["stateMachineArn"]
    return arn


@contextmanager
def running_machines(s3: dict[str, str]) -> Iterator[None]:
    """Let moto run state machines; without this they only count as started."""
    configure(s3, execute=True)
    try:
        yield
    finally:
        configure(s3, execute=False)


def configure(s3: dict[str, str], *, execute: bool) -> None:
    body = json.dumps({"stepfunctions": {"execute_state_machine": execute}}).encode()
    ask_moto(s3, "config", body)


def ask_moto(s3: dict[str, str], what: str, body: bytes) -> None:
    # The type urllib would give makes a form of it.
    url, headers = f"{s3['AWS_ENDPOINT_URL']}/moto-api/{what}", {"Content-Type": "text/plain"}
    with urlopen(Request(url, body, headers)):  # noqa: S310
        pass


class Intake(threading.Thread):
    """What S3, EventBridge and the intake do: start the job when the films of a batch are there.

    Attributes
    ----------
    batches
        Of every batch, the files that were there when its job was started.
    """

    def __init__(self, machine: str) -> None:
        super().__init__()
        self._machine = machine
        self.batches: dict[str, set[str]] = {}

    def run(self) -> None:
        deadline = time.monotonic() + MAX_WAITED_SECONDS
        bucket = boto3.session.Session().resource("s3").Bucket(BUCKET)
        while not self.batches and time.monotonic() < deadline:
            found = [obj.key.split("/") for obj in bucket.objects.filter(Prefix="raw/")]
            for _, batch, name in found:
                if name == "movies_metadata.csv":
                    self.batches[batch] = {other for _, of, other in found if of == batch}
                    self._start(batch)
            time.sleep(0.02)

    def _start(self, batch: str) -> None:
        client = boto3.session.Session().client("stepfunctions")
        for other, published in ((batch, PUBLISHED), ("another-batch", {"films": 1})):
            client.start_execution(
                stateMachineArn=self._machine,
                name=other,
                input=json.dumps({"batch": other, **published}),
            )


@pytest.fixture
def publish_there(s3: dict[str, str], run: Run) -> Iterator[Callable[..., tuple[Result, Intake]]]:
    """Publish on a stack whose job ends as a given state says."""

    def publish(end: dict[str, Any], *options: str) -> tuple[Result, Intake]:
        machine = create_job(end)
        create_stack(machine=machine)
        intake = Intake(machine)
        intake.start()
        result = run("publish", STACK, *options)
        intake.join()
        return result, intake

    with running_machines(s3):
        yield publish


def test_what_the_job_published_is_told(
    publish_there: Callable[..., tuple[Result, Intake]], raw_sample: Path
) -> None:
    result, intake = publish_there(ECHO, "--raw", str(raw_sample))

    ((batch, files),) = intake.batches.items()
    assert result.exit_code == 0, result.output
    assert files == {"movies_metadata.csv", "credits.csv", "keywords.csv", "title.akas.tsv"}
    assert f"Batch {batch} is uploaded" in result.stdout
    assert "45,346 films in release 20260102T120000Z-0a1b2c3d" in result.stdout
    assert EXAMPLE in result.stdout


@pytest.mark.parametrize("unnamed", [(), ("--raw", "")])
def test_without_raw_files_that_are_named_nothing_is_uploaded(
    bucket: Any, run: Run, unnamed: tuple[str, ...]
) -> None:
    result = run("publish", STACK, *unnamed)

    assert result.exit_code == 2
    assert "--raw" in result.stderr
    assert list(bucket.object_versions.all()) == []


def test_why_the_job_failed_is_told(
    publish_there: Callable[..., tuple[Result, Intake]], raw_sample: Path
) -> None:
    end = {"Type": "Fail", "Error": "ContractError", "Cause": "12 records break `id`"}

    result, intake = publish_there(end, "--raw", str(raw_sample))

    (batch,) = intake.batches
    assert result.exit_code == 1
    assert f"batch {batch} was not published: ContractError: 12 records break `id`" in result.stderr
    assert "release before it still answers" in result.stderr


def test_a_job_that_was_stopped_is_no_success(
    s3: dict[str, str], run: Run, raw_sample: Path
) -> None:
    machine = create_job({"Type": "Succeed"})
    create_stack(machine=machine)
    intake = Intake(machine)
    client = boto3.client("stepfunctions")

    def stop() -> None:
        intake.join()
        (batch,) = intake.batches
        (running,) = (
            execution["executionArn"]
            for execution in client.list_executions(stateMachineArn=machine)["executions"]
            if execution["name"] == batch
        )
        client.stop_execution(executionArn=running)

    stopper = threading.Thread(target=stop)
    intake.start()
    stopper.start()
    result = run("publish", STACK, "--raw", str(raw_sample))
    stopper.join()

    assert result.exit_code == 1
    assert "was not published: ABORTED" in result.stderr


def test_a_job_that_never_starts_is_told_with_where_to_look(
    s3: dict[str, str], run: Run, raw_sample: Path
) -> None:
    create_stack(machine=create_job({"Type": "Succeed"}))
    settings = Settings(poll_seconds=0.05, start_seconds=0.1)

    result = run("publish", STACK, "--raw", str(raw_sample), settings=settings)

    assert result.exit_code == 1
    assert "no job has started" in result.stderr
    assert "intake" in result.stderr


def test_a_stack_without_a_job_is_published_to_from_here(
    bucket: Any, run: Run, raw_sample: Path
) -> None:
    result = run("publish", STACK, "--raw", str(raw_sample))

    assert result.exit_code == 0, result.output
    assert f"{STACK} was deployed without an image of it" in result.stdout
    assert EXAMPLE in result.stdout
    assert read_object(open_storage(f"s3://{BUCKET}"), POINTER) is not None
    assert [entry.key for entry in bucket.objects.filter(Prefix="raw/")] == []


def test_this_version_s_job_runs_here_though_the_stack_has_one(
    s3: dict[str, str], run: Run, raw_sample: Path
) -> None:
    create_stack(machine=create_job({"Type": "Fail"}))

    result = run("publish", STACK, "--raw", str(raw_sample), "--here")

    assert result.exit_code == 0, result.output
    assert "The job is running on this machine: as --here says" in result.stdout
    assert read_object(open_storage(f"s3://{BUCKET}"), POINTER) is not None
    # What lay there would start the stack's own job.
    bucket = boto3.resource("s3").Bucket(BUCKET)
    assert [entry.key for entry in bucket.objects.filter(Prefix="raw/")] == []


def test_what_the_job_says_here_is_the_exit_code(bucket: Any, run: Run, tmp_path: Path) -> None:
    for name, header in (("movies_metadata.csv", "id"), ("credits.csv", "id")):
        (tmp_path / name).write_text(f"{header}\n")

    result = run("publish", STACK, "--raw", str(tmp_path))

    assert result.exit_code == 1
    assert EXAMPLE not in result.stdout


def test_the_job_here_has_the_credentials_of_the_profile(
    bucket: Any, run: Run, raw_sample: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile me]\nregion = us-east-1\naws_access_key_id = me\naws_secret_access_key = mine\n"
    )
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.delenv(variable)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "me")

    result = run("publish", STACK, "--raw", str(raw_sample))

    assert result.exit_code == 0, result.output
    assert POINTER in {entry.key for entry in bucket.objects.all()}


def test_the_films_are_uploaded_last_after_what_a_batch_may_lack(
    s3: dict[str, str], run: Run, raw_sample: Path
) -> None:
    create_stack(machine=create_job({"Type": "Succeed"}))
    uploaded: list[str] = []

    def open_session() -> boto3.Session:
        session = boto3.Session()
        session.events.register(
            "before-parameter-build.s3.PutObject",
            lambda params, **_: uploaded.append(params["Key"].split("/")[2]),
        )
        return session

    settings = Settings(open_session, poll_seconds=0, start_seconds=0)
    run("publish", STACK, "--raw", str(raw_sample), settings=settings)

    assert uploaded == ["title.akas.tsv", "keywords.csv", "credits.csv", "movies_metadata.csv"]


def test_the_same_files_are_another_batch_each_time(
    s3: dict[str, str], run: Run, write_one_film: Path
) -> None:
    create_stack(machine=create_job({"Type": "Succeed"}))
    settings = Settings(poll_seconds=0, start_seconds=0)
    for _ in range(2):
        run("publish", STACK, "--raw", str(write_one_film), settings=settings)

    keys = [entry.key for entry in boto3.resource("s3").Bucket(BUCKET).objects.all()]
    batches = {key.split("/")[1] for key in keys}
    assert len(batches) == 2
    assert set(keys) == {
        f"raw/{batch}/{name}"
        for batch in batches
        for name in ("credits.csv", "movies_metadata.csv")
    }


def test_a_folder_without_films_is_refused_before_anything_is_uploaded(
    s3: dict[str, str], run: Run, tmp_path: Path
) -> None:
    create_stack(machine=f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:job")

    result = run("publish", STACK, "--raw", str(tmp_path))

    assert result.exit_code == 1
    assert "holds no films" in result.stderr
    assert list(boto3.resource("s3").Bucket(BUCKET).objects.all()) == []


def test_a_bucket_that_is_gone_is_told_when_something_is_uploaded_to_it(
    s3: dict[str, str], run: Run, raw_sample: Path
) -> None:
    create_stack(machine=f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:job")
    boto3.client("s3").delete_bucket(Bucket=BUCKET)

    result = run("publish", STACK, "--raw", str(raw_sample))

    assert result.exit_code == 1
    assert "NoSuchBucket" in result.stderr


def test_destroying_leaves_neither_the_stack_nor_any_version_of_an_object(
    bucket: Any, run: Run
) -> None:
    # More than what one call lists or deletes: of each object 2 versions and 21 marks of deletions,
    # of which one call makes many.
    names = [f"releases/{number}" for number in range(50)]
    for name in names * 2:
        bucket.put_object(Key=name, Body=b"12")
    for _ in range(21):
        bucket.delete_objects(Delete={"Objects": [{"Key": name} for name in names]})

    result = run("destroy", STACK, typed=f"{STACK}\n")

    assert result.exit_code == 0, result.output
    assert f"the bucket {BUCKET}" in result.stdout
    assert f"{STACK} is gone" in result.stdout
    assert STACK not in stack_names()
    assert BUCKET not in {left.name for left in boto3.resource("s3").buckets.all()}


def test_nothing_is_destroyed_under_another_name(bucket: Any, run: Run) -> None:
    bucket.put_object(Key=POINTER, Body=b"{}")

    result = run("destroy", STACK, typed="cartelera-prod\n")

    assert result.exit_code == 1
    assert "nothing was deleted" in result.stderr
    assert stack_names() == [STACK]
    assert [entry.key for entry in bucket.objects.all()] == [POINTER]


def test_nothing_is_destroyed_where_nobody_answers(bucket: Any, run: Run) -> None:
    bucket.put_object(Key=POINTER, Body=b"{}")

    result = run("destroy", STACK)

    assert result.exit_code == 1
    assert stack_names() == [STACK]
    assert [entry.key for entry in bucket.objects.all()] == [POINTER]


def test_who_says_yes_is_not_asked(bucket: Any, run: Run) -> None:
    result = run("destroy", STACK, "--yes")

    assert result.exit_code == 0, result.output
    assert "type the stack's name" not in result.output
    assert stack_names() == []


def test_a_stack_whose_bucket_is_gone_already_can_be_destroyed(bucket: Any, run: Run) -> None:
    bucket.delete()

    result = run("destroy", STACK, "--yes")

    assert result.exit_code == 0, result.output
    assert "the bucket" not in result.stdout
    assert stack_names() == []


def test_a_stack_of_another_template_is_left_alone(s3: dict[str, str], run: Run) -> None:
    create_stack(bucket="Photographs")

    result = run("destroy", STACK, "--yes")

    assert result.exit_code == 1
    assert "not one of this template's" in result.stderr
    assert stack_names() == [STACK]


def test_an_object_that_s3_keeps_ends_the_destruction_before_the_stack(
    bucket: Any, run: Run
) -> None:
    bucket.put_object(Key="releases/held", Body=b"{}")
    hold = {"Key": "releases/held", "Code": "AccessDenied", "Message": "under a legal hold"}
    settings = SETTINGS._replace(open_session=answering({"s3.DeleteObjects": {"Errors": [hold]}}))

    result = run("destroy", STACK, "--yes", settings=settings)

    assert result.exit_code == 1
    assert "AccessDenied, under a legal hold" in result.stderr
    assert stack_names() == [STACK]


def test_a_resource_that_cannot_be_deleted_is_named(bucket: Any, run: Run) -> None:
    event = {
        "LogicalResourceId": "Alerts",
        "EventId": "1",
        "ResourceStatus": "DELETE_FAILED",
        "ResourceStatusReason": "somebody subscribes to it",
    }
    (stack,) = boto3.client("cloudformation").describe_stacks()["Stacks"]
    answers: dict[str, dict[str, Any]] = {
        "cloudformation.DeleteStack": {},
        "cloudformation.DescribeStacks": {"Stacks": [{**stack, "StackStatus": "DELETE_FAILED"}]},
        "cloudformation.DescribeStackEvents": {"StackEvents": [event]},
    }
    settings = SETTINGS._replace(open_session=answering(answers))

    result = run("destroy", STACK, "--yes", settings=settings)

    assert result.exit_code == 1
    assert "Alerts: somebody subscribes to it" in result.stderr
    assert stack_names() == [STACK]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_stack_that_is_not_there_is_told_with_the_region(
    s3: dict[str, str], run: Run, command: tuple[str, ...]
) -> None:
    result = run(*command, "cartelera-nowhere")

    assert result.exit_code == 1
    assert "cartelera-nowhere does not exist (region: us-east-1)" in result.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_who_is_not_logged_in_is_told_how(
    no_credentials: None, run: Run, command: tuple[str, ...]
) -> None:
    result = run(*command, STACK)

    assert result.exit_code == 1
    assert "Unable to locate credentials" in result.stderr
    assert "aws sso login" in result.stderr


def test_who_names_no_region_is_asked_for_one(
    s3: dict[str, str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    result = run("publish", STACK, "--raw", ".")

    assert result.exit_code == 1
    assert "must specify a region" in result.stderr
    assert "AWS_DEFAULT_REGION" in result.stderr


def test_a_profile_that_does_not_exist_is_told(
    s3: dict[str, str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    result = run("publish", STACK, "--raw", ".")

    assert result.exit_code == 1
    assert "nobody" in result.stderr


@contextmanager
def guarded(s3: dict[str, str]) -> Iterator[None]:
    """Let moto ask of every request who it is from, and whether they may."""
    ask_moto(s3, "reset-auth", b"0")
    try:
        yield
    finally:
        ask_moto(s3, "reset-auth", b"inf")


def test_credentials_that_aws_does_not_know_are_told(
    bucket: Any, s3: dict[str, str], run: Run
) -> None:
    with guarded(s3):
        result = run("destroy", STACK, "--yes")

    assert result.exit_code == 1
    assert "DescribeStacks" in result.stderr
    assert "aws sso login" in result.stderr


def test_who_may_not_look_at_the_stack_is_told_what_is_denied(
    bucket: Any, s3: dict[str, str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    iam = boto3.client("iam")
    iam.create_user(UserName="guest")
    key = iam.create_access_key(UserName="guest")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])

    with guarded(s3):
        result = run("destroy", STACK, "--yes")

    assert result.exit_code == 1
    assert "is not authorized to perform: cloudformation:DescribeStacks" in result.stderr


class Ok:
    """As much of an HTTP response as botocore looks at."""

    status_code = 200


def answering(answers: Mapping[str, dict[str, Any]]) -> Callable[[], boto3.Session]:
    """Open sessions whose clients come to the given answers, by operation, without asking."""

    def open_session() -> boto3.Session:
        session = boto3.Session()
        for operation, answer in answers.items():
            session.events.register(f"before-call.{operation}", answered(answer))
        return session

    return open_session


def answered(answer: dict[str, Any]) -> Any:
    return lambda **_: (Ok, answer)
