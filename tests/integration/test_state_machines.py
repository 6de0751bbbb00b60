"""From raw files to the job and to those who hear of it: the state machines, run by sfnx."""

from __future__ import annotations

import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws
from sfnx.testing import Failure

from etl.entrypoints.cli import main
from tests.integration.step_functions import StepFunctions, evaluate
from tests.integration.task_services import (
    FunctionError,
    RemoteRun,
    Services,
    client,
    client_error,
)
from tests.s3_events import BUCKET, S3_EVENTS, s3_event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.step_functions import Execution

PROJECT = Path(__file__).parents[2]
BATCH = {
    "batch": "2026-01",
    "raw": f"s3://{BUCKET}/raw/2026-01/",
    "releases": f"s3://{BUCKET}",
}
PUBLISHED = {
    "batch": "2026-01",
    "release": "20260115T093100Z-0a1b2c3d",
    "films": 45433,
    "rows": {
        "movies_metadata.csv": {"read": 45466, "kept": 45433, "set_aside": 33},
        "credits.csv": {"read": 45476, "kept": 45432, "set_aside": 44},
    },
    "seconds": 61.2,
}
# The files that a batch may consist of, the last of which starts the job: one way to pack each
# data set.
BATCHES = [
    ("movies_metadata.csv", "credits.csv"),
    ("movies_dataset.csv.gz", "credits (1).csv.gz"),
    ("movies_metadata.csv.zip", "credits.csv.zip"),
    ("tmdb_5000_movies.parquet", "tmdb_5000_credits.csv"),
    ("archive/tmdb_5000_movies.csv", "archive/tmdb_5000_credits.csv"),
    ("TMDB_movie_dataset_v11.csv",),
    ("archive.zip",),
]
AT_ONCE = 12
PATIENCE_SECONDS = 30
# What the template puts into the job's definition, but for what is made anew for each test.
JOB_STACK = {
    "Partition": "aws",
    "Bucket": BUCKET,
    "JobFunction": "arn:aws:lambda:eu-south-2:123456789012:function:job",
    "LambdaUpTo": "1000",
    "Cluster": "cluster",
    "TaskDefinition": "job:1",
    "Subnets": "subnet-1,subnet-2",
    "FargateUpTo": "2000",
    "SparkApplication": "00f1",
    "SparkRole": "arn:aws:iam::123456789012:role/spark",
    "SparkParameters": "--conf spark.executor.memory=4g",
    "SparkLogs": "/logs",
}
MACHINES = ["intake", "job"]
LARGE = 1001
LARGEST = 2001


class System:
    """Both state machines, the bucket, the queue, and somebody who reads the topic."""

    def __init__(self) -> None:
        self.services = Services()
        self.step_functions = StepFunctions(self.services)
        s3, sqs, sns = (client(service) for service in ("s3", "sqs", "sns"))
        s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-south-2"}
        )
        self.dead_letters = sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
        self.inbox = sqs.create_queue(QueueName="inbox")["QueueUrl"]
        self.topic = sns.create_topic(Name="alerts")["TopicArn"]
        inbox = sqs.get_queue_attributes(QueueUrl=self.inbox, AttributeNames=["QueueArn"])
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=inbox["Attributes"]["QueueArn"])
        told = {"DeadLetters": self.dead_letters, "AlertsTopic": self.topic}
        self.job = self.step_functions.create("job", definition("job", told | JOB_STACK))
        given = told | JOB_STACK | {"JobMachine": self.job}
        self.intake = self.step_functions.create("intake", definition("intake", given))

    def upload(self, key: str, data: str = "") -> dict[str, Any]:
        """Upload a file; return what S3 tells EventBridge of it."""
        client("s3").put_object(Bucket=BUCKET, Key=key, Body=data or key)
        return s3_event(key)

    def batch(self, batch: str = "2026-01") -> dict[str, Any]:
        """Upload both files of a batch; return the event of the last."""
        self.upload(f"raw/{batch}/movies_metadata.csv")
        return self.upload(f"raw/{batch}/credits.csv")

    def take_in(self, event: dict[str, Any]) -> Execution:
        return self.step_functions.run(self.intake, event)

    def jobs(self) -> list[dict[str, Any]]:
        """Return what the jobs that were started are called with."""
        return [{name: given[name] for name in BATCH} for given in self.job_inputs()]

    def job_inputs(self) -> list[dict[str, Any]]:
        """Return the inputs of the jobs that were started."""
        return [job.input for job in self.step_functions.executions(self.job)]

    def letters(self) -> list[Any]:
        """Return the dead letters."""
        return self._received(self.dead_letters)

    def mails(self) -> list[dict[str, str]]:
        """Return what was published to the topic."""
        return self._received(self.inbox)

    def _received(self, queue: str) -> list[Any]:
        got = client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in got.get("Messages", [])]


def definition(name: str, substitutions: dict[str, str]) -> str:
    text = (PROJECT / "infra" / f"{name}.asl.json").read_text()
    return re.sub(r"\$\{(\w+)\}", lambda name: substitutions[name[1]], text)


def source(name: str) -> Any:
    """Return a definition before anything is put into it."""
    return json.loads((PROJECT / "infra" / f"{name}.asl.json").read_text())


@pytest.fixture
def system() -> Iterator[System]:
    with mock_aws():
        yield System()


# The harness


def test_a_lambda_that_raises_fails_here(system: System) -> None:
    """Otherwise every test below would prove nothing."""
    bare = {
        "StartAt": "Call",
        "States": {
            "Call": {
                "Type": "Task",
                "QueryLanguage": "JSONata",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Arguments": {"FunctionName": "job"},
                "End": True,
            }
        },
    }
    machine = system.step_functions.create("bare", json.dumps(bare))
    system.services.outcomes["invoke"] += [FunctionError("RawInputError", "no films"), {"films": 1}]

    raised, answered = (system.step_functions.run(machine, {}) for _ in range(2))

    assert (raised.status, raised.error) == ("FAILED", "RawInputError")
    assert json.loads(raised.cause or "")["errorMessage"] == "no films"
    assert answered.status == "SUCCEEDED"
    assert answered.output["Payload"] == {"films": 1}


# The definitions


def reachable(states: Any, start: str) -> set[str]:
    """Return the states that an execution may come to from one of them, that one included."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            state = states[name]
            branches = [*state.get("Choices", []), *state.get("Catch", [])]
            ahead += [state[key] for key in ("Next", "Default") if key in state]
            ahead += [branch["Next"] for branch in branches]
    return found


@pytest.mark.parametrize("name", MACHINES)
def test_every_state_is_reached_and_comes_to_an_end(name: str) -> None:
    machine = source(name)
    states = machine["States"]

    ends = {
        state
        for state, fields in states.items()
        if fields.get("End") or fields["Type"] in {"Succeed", "Fail"}
    }
    assert reachable(states, machine["StartAt"]) == states.keys()
    assert all(reachable(states, state) & ends for state in states)


@pytest.mark.parametrize("name", MACHINES)
def test_a_state_goes_on_or_ends(name: str) -> None:
    for state in source(name)["States"].values():
        if state["Type"] in {"Task", "Pass", "Wait"}:
            assert ("Next" in state) != state.get("End", False)


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("field", ["Retry", "Catch"])
def test_the_wildcard_of_errors_stands_last_and_alone(name: str, field: str) -> None:
    for state in source(name)["States"].values():
        named = [handler["ErrorEquals"] for handler in state.get(field, [])]
        assert all("States.ALL" not in errors for errors in named[:-1])
        assert all("States.ALL" not in errors or len(errors) == 1 for errors in named)


# The intake


@pytest.mark.parametrize("files", [*BATCHES, *(files[::-1] for files in BATCHES if files[1:])])
def test_the_last_file_of_any_data_set_starts_the_job(
    system: System, files: tuple[str, ...]
) -> None:
    system.services.outcomes["invoke"].append(PUBLISHED)

    *others, last = (system.take_in(system.upload(f"raw/2026-01/{name}")) for name in files)

    for first in others:
        assert first.status == "SUCCEEDED"
        assert first.output["awaited"] in (["movies"], ["credits"])
    assert last.status == "SUCCEEDED"
    assert system.jobs() == [BATCH]
    (job,) = system.step_functions.executions(system.job)
    assert last.output["execution"] == job.arn


def test_films_that_cannot_be_chosen_start_the_job_which_says_why(system: System) -> None:
    system.services.outcomes["invoke"] += [FunctionError("RawInputError", "two data sets")] * 2
    system.upload("raw/2026-01/tmdb_5000_movies.csv")

    system.take_in(system.upload("raw/2026-01/movies_metadata.csv"))

    assert system.jobs() == [BATCH]
    assert [letter["reason"] for letter in system.letters()] == ["two data sets"]


def test_an_execution_is_named_after_the_batch_and_both_etags(system: System) -> None:
    system.services.outcomes["invoke"].append(PUBLISHED)
    event = system.batch()

    ended = system.take_in(event)

    listed = client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    etags = {entry["Key"].rpartition("/")[2]: entry["ETag"] for entry in listed}
    of_the_batch = ["2026-01", etags["movies_metadata.csv"], etags["credits.csv"]]
    name = hashlib.sha256(json.dumps(of_the_batch, separators=(",", ":")).encode()).hexdigest()
    assert ended.output["execution"].rpartition(":")[2] == name


def test_of_several_films_files_the_one_counts_that_the_job_will_read(system: System) -> None:
    system.services.outcomes["invoke"].append(PUBLISHED)
    event = system.batch()
    system.take_in(event)

    for other in ("movies_dataset.csv", "archive.zip", "movies_metadata (1).csv"):
        assert system.take_in(system.upload(f"raw/2026-01/{other}")).status == "SUCCEEDED"

    assert system.jobs() == [BATCH]


@pytest.mark.parametrize(
    ("files", "size"),
    [
        (("movies_metadata.csv", "credits.csv"), 10 + 10),
        (("keywords.csv", "movies_metadata.csv.gz", "credits.csv"), 10 + 5 * 10 + 10),
        (("keywords.csv.gz", "movies_metadata.parquet", "credits.csv.zip"), 5 * 30),
        (("TMDB_movie_dataset_v11.csv",), 10),
        (("archive.zip", "another.zip"), 5 * 20),
    ],
)
def test_the_job_is_told_how_large_all_that_it_reads_is_once_unpacked(
    system: System, files: tuple[str, ...], size: int
) -> None:
    system.services.outcomes["invoke"] += [PUBLISHED, PUBLISHED]
    system.upload("raw/2026-01/notes.txt", "read by nobody")
    *_, last = [system.upload(f"raw/2026-01/{name}", "ten bytes.") for name in files]

    system.take_in(last)

    assert system.job_inputs() == [BATCH | {"bytes": size}]


def test_however_often_and_at_once_s3_tells_the_job_starts_once(system: System) -> None:
    system.services.outcomes["invoke"].append(PUBLISHED)
    events = [system.upload("raw/2026-01/movies_metadata.csv"), system.batch()] * AT_ONCE
    # Each has found both files before any starts the job.
    together = Barrier(AT_ONCE, timeout=PATIENCE_SECONDS)
    system.services.outcomes["start_execution"] += [together] * len(events)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        ends = list(pool.map(system.take_in, events))

    assert {end.status for end in ends} == {"SUCCEEDED"}
    assert system.jobs() == [BATCH]
    assert len(system.services.called("invoke")) == 1


def test_a_batch_is_not_run_again_after_its_job_has_ended(system: System) -> None:
    system.services.outcomes["invoke"].append(PUBLISHED)
    event = system.batch()
    system.take_in(event)
    system.jobs()

    again = system.take_in(event)

    assert again.status == "SUCCEEDED"
    assert again.output["batch"] == "2026-01"
    assert "execution" not in again.output
    assert len(system.jobs()) == 1
    assert system.step_functions.waits == []
    assert system.letters() == []


@pytest.mark.parametrize("changed", ["movies_metadata.csv", "credits.csv"])
def test_a_file_that_changes_is_another_batch(system: System, changed: str) -> None:
    system.services.outcomes["invoke"] += [PUBLISHED, PUBLISHED]
    system.take_in(system.batch())

    system.take_in(system.upload(f"raw/2026-01/{changed}", "corrected"))

    assert system.jobs() == [BATCH, BATCH]


def test_the_same_files_under_another_name_are_another_batch(system: System) -> None:
    system.services.outcomes["invoke"] += [PUBLISHED, PUBLISHED]
    for batch in ("2026-01", "2026-01-again"):
        system.upload(f"raw/{batch}/movies_metadata.csv", "the same")
        system.take_in(system.upload(f"raw/{batch}/credits.csv", "the same"))

    assert {job["batch"] for job in system.jobs()} == {"2026-01", "2026-01-again"}


@pytest.mark.parametrize("order", list(permutations(["movies_metadata", "credits", "keywords"])))
def test_keywords_start_nothing_whenever_they_come(system: System, order: tuple[str, ...]) -> None:
    system.services.outcomes["invoke"].append(PUBLISHED)

    for name in order:
        system.take_in(system.upload(f"raw/2026-01/{name}.csv"))

    assert system.jobs() == [BATCH]


@pytest.mark.parametrize(
    "name",
    [
        "batch_folder",
        "deeper",
        "far_deeper",
        "folder_named_as_a_file",
        "keywords",
        "keywords_gz",
        "no_batch",
        "no_batch_name",
        "other_name",
        "other_prefix",
        "pointer",
        "release",
    ],
)
def test_other_keys_are_nothing_to_do(system: System, name: str) -> None:
    event = S3_EVENTS[name]
    system.batch()
    system.upload(event["detail"]["object"]["key"])

    ended = system.take_in(event)

    assert ended.status == "SUCCEEDED"
    assert {operation for operation, _ in system.services.calls} <= {"survey"}


def test_files_of_other_batches_and_of_folders_within_do_not_count(system: System) -> None:
    system.upload("raw/2026-010/movies_metadata.csv")
    system.upload("raw/2026-01/old/movies_metadata.csv")
    system.upload("raw/2026-01/movies_metadata.csv.bak")

    ended = system.take_in(system.upload("raw/2026-01/credits.csv"))

    assert ended.output == {"batch": "2026-01", "awaited": ["credits"]}
    assert system.jobs() == []


@pytest.mark.parametrize("name", ["spaces", "plus", "percent", "accents", "quotes"])
def test_a_batch_may_be_called_anything(system: System, name: str) -> None:
    system.services.outcomes["invoke"].append(PUBLISHED)
    event = S3_EVENTS[f"batch_with_{name}"]
    batch = event["detail"]["object"]["key"].removeprefix("raw/").removesuffix("/credits.csv")
    system.batch(batch)

    ended = system.take_in(event)

    assert ended.status == "SUCCEEDED"
    assert system.jobs() == [BATCH | {"batch": batch, "raw": f"s3://{BUCKET}/raw/{batch}/"}]


def test_a_file_that_has_gone_again_is_waited_for(system: System) -> None:
    event = system.upload("raw/2026-01/credits.csv")
    client("s3").delete_object(Bucket=BUCKET, Key="raw/2026-01/credits.csv")

    ended = system.take_in(event)

    assert ended.output == {"batch": "2026-01", "awaited": ["movies"]}


def test_passing_faults_are_waited_out_with_backoff_and_jitter(system: System) -> None:
    system.services.outcomes["invoke"].append(PUBLISHED)
    event = system.batch()
    system.services.outcomes["survey"] += [
        FunctionError("PublishError", "Reduce your rate."),
        *[client_error("CodeArtifactUserPendingException", "The image is being prepared.")] * 8,
    ]
    system.services.outcomes["start_execution"] += [
        client_error("Throttling", "Rate exceeded.")
    ] * 2

    ended = system.take_in(event)

    assert ended.status == "SUCCEEDED"
    assert system.step_functions.waits == [2, 4, 8, 16, 32, 60, 60, 60, 60, 2, 4]
    assert system.jobs() == [BATCH]


@pytest.mark.parametrize(
    ("operation", "error", "reason"),
    [
        (
            "survey",
            "Lambda.AccessDenied",
            "the batch could not be looked into: Access Denied",
        ),
        (
            "start_execution",
            "StepFunctions.AccessDeniedException",
            "the job could not be started: Access Denied",
        ),
    ],
)
def test_a_batch_that_cannot_be_taken_in_is_a_dead_letter_and_told_to_people(
    system: System, operation: str, error: str, reason: str
) -> None:
    event = system.batch()
    system.services.outcomes[operation] += [client_error("AccessDenied", "Access Denied")] * 10

    ended = system.take_in(event)

    assert (ended.status, ended.error) == ("FAILED", error)
    assert (ended.cause or "").startswith(reason)
    (letter,) = system.letters()
    assert letter == BATCH | {
        "error": error,
        "reason": ended.cause,
        "execution": ended.arn,
    }
    (mail,) = system.mails()
    assert "Batch 2026-01 has failed." in mail["Message"]
    assert reason in mail["Message"]


def test_a_batch_that_can_be_told_of_nowhere_still_fails_the_intake(system: System) -> None:
    event = system.batch()
    for operation in ("survey", "send_message", "publish"):
        system.services.outcomes[operation] += [client_error("AccessDenied", "Access Denied")] * 10

    ended = system.take_in(event)

    assert ended.status == "FAILED"
    assert (ended.cause or "").startswith("the batch could not be looked into: Access Denied")
    assert (ended.cause or "").endswith(
        " (No dead letter was sent: SQS.SdkClientException.)"
        " (Nobody was told: SNS.AccessDeniedException.)"
    )


# The schedule


def page(keys: list[str], more: str | None = None, day: int = 1) -> dict[str, Any]:
    contents = [
        {"Key": key, "ETag": f'"{key}"', "LastModified": f"2026-01-{day:02}T00:00:00Z", "Size": 1}
        for key in keys
    ]
    return {"Contents": contents, "IsTruncated": bool(more), "NextContinuationToken": more}


def test_the_schedule_takes_up_the_newest_batch_that_nobody_told_of(system: System) -> None:
    system.services.outcomes["invoke"].append(PUBLISHED)
    system.batch("2025-12")
    system.batch("2026-01")
    system.services.outcomes["list_objects_v2"] += [
        page(["raw/2025-12/movies_metadata.csv"], "more", day=3),
        page(["raw/2026-01/credits.csv"], "and more", day=30),
        page(["raw/2025-12/credits.csv"], day=29),
    ]

    ended = system.take_in({"newest": True})

    assert ended.output["batch"] == "2026-01"
    assert system.jobs() == [BATCH]
    assert all(call["Prefix"] == "raw/" for call in system.services.called("list_objects_v2")[:3])


def test_the_schedule_does_nothing_about_a_batch_that_was_taken_up(system: System) -> None:
    system.services.outcomes["invoke"].append(PUBLISHED)
    system.take_in(system.batch())

    ended = system.take_in({"newest": True})

    assert ended.status == "SUCCEEDED"
    assert system.jobs() == [BATCH]


def test_the_schedule_looks_at_files_of_batches_alone(system: System) -> None:
    system.services.outcomes["invoke"].append(PUBLISHED)
    system.batch("2026-01")
    others = [
        "raw/zz/",
        "raw/zz/old/older/credits.csv",
        "raw/credits.csv",
        "raw//credits.csv",
    ]
    system.services.outcomes["list_objects_v2"] += [
        page(["raw/2026-01/credits.csv"], "more", day=1),
        page(others, day=2),
    ]

    ended = system.take_in({"newest": True})

    assert ended.output["batch"] == "2026-01"


def test_the_schedule_does_nothing_where_there_is_no_batch(system: System) -> None:
    ended = system.take_in({"newest": True})

    assert ended.status == "SUCCEEDED"
    assert len(system.services.calls) == 1


def test_a_schedule_that_cannot_list_fails(system: System) -> None:
    system.services.outcomes["list_objects_v2"] += [
        client_error("AccessDenied", "Access Denied")
    ] * 7

    ended = system.take_in({"newest": True})

    assert ended.status == "FAILED"
    assert system.step_functions.waits == [2, 4, 8, 16, 32, 60]


# The job


def test_a_published_batch_is_announced_with_its_release_and_counts(system: System) -> None:
    system.services.outcomes["invoke"].append(PUBLISHED)

    ended = system.step_functions.run(system.job, BATCH)

    assert (ended.status, ended.output) == ("SUCCEEDED", PUBLISHED)
    (invoked,) = system.services.called("invoke")
    assert json.loads(invoked["Payload"]) == BATCH
    ((event,),) = (call["Entries"] for call in system.services.called("put_events"))
    assert (event["Source"], event["DetailType"]) == ("cartelera", "CatalogPublished")
    assert json.loads(event["Detail"]) == PUBLISHED
    assert system.letters() == system.mails() == []


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        *[
            (FunctionError(error, "try again"), [30, 60, 120])
            for error in ("PublishError", "OvertakenError", "WorkerError")
        ],
        *[
            (client_error(code, "try again"), [5, 10, 20, 40, 60, 60, 60, 60])
            for code in (
                "ServiceException",
                "AWSLambdaException",
                "SdkClientException",
                "ClientExecutionTimeoutException",
                "TooManyRequestsException",
                "CodeArtifactUserPendingException",
                "ResourceConflictException",
            )
        ],
    ],
)
def test_a_passing_fault_is_waited_out_with_backoff_and_jitter(
    system: System, fault: FunctionError | Exception, waits: list[float]
) -> None:
    system.services.outcomes["invoke"] += [fault] * len(waits) + [PUBLISHED]

    ended = system.step_functions.run(system.job, BATCH)

    assert ended.status == "SUCCEEDED"
    assert system.step_functions.waits == waits
    assert len(system.services.called("invoke")) == len(waits) + 1
    assert len(system.services.called("put_events")) == 1
    assert system.letters() == system.mails() == []


def test_a_fault_that_does_not_pass_fails_the_batch_in_the_end(system: System) -> None:
    system.services.outcomes["invoke"] += [FunctionError("PublishError", "S3 is away")] * 4

    ended = system.step_functions.run(system.job, BATCH)

    assert (ended.status, ended.error) == ("FAILED", "PublishError")
    assert len(system.services.called("invoke")) == 4
    assert [letter["error"] for letter in system.letters()] == ["PublishError"]


@pytest.mark.parametrize(
    ("fault", "error", "reason"),
    [
        *[
            (
                FunctionError(error, 'a "quoted"\nreason, año \\ 2026'),
                error,
                'a "quoted"\nreason, año \\',
            )
            for error in (
                "RawInputError",
                "OutOfMemoryError",
                "ContractError",
                "GoldenError",
                "UnsoundError",
            )
        ],
        (FunctionError("MemoryError", ""), "MemoryError", "no reason was given"),
        (
            FunctionError(
                "Sandbox.Timedout", "RequestId: 6f2a Error: Task timed out after 300.00 seconds"
            ),
            "Sandbox.Timedout",
            "RequestId: 6f2a Error: Task timed out after 300.00 seconds",
        ),
        (
            FunctionError(
                "Runtime.ExitError", "RequestId: 6f2a Error: Runtime exited: signal: killed"
            ),
            "Runtime.ExitError",
            "RequestId: 6f2a Error: Runtime exited: signal: killed",
        ),
        (
            client_error("Unknown", "The cause could not be determined"),
            "Lambda.Unknown",
            "The cause could not be determined (Service: AWSLambda;",
        ),
        (Failure("States.Timeout"), "States.Timeout", "no reason was given"),
    ],
)
def test_a_lasting_fault_is_not_tried_again_but_told(
    system: System, fault: FunctionError | Exception, error: str, reason: str
) -> None:
    system.services.outcomes["invoke"].append(fault)

    ended = system.step_functions.run(system.job, BATCH)

    assert (ended.status, ended.error) == ("FAILED", error.removeprefix("States."))
    assert (ended.cause or "").startswith(reason)
    assert len(system.services.called("invoke")) == 1
    assert system.services.called("put_events") == []
    (letter,) = system.letters()
    assert letter == BATCH | {
        "bytes": 0,
        "error": error,
        "reason": ended.cause,
        "execution": ended.arn,
    }
    (mail,) = system.mails()
    assert mail["Subject"] == "Cartelera: a batch has failed"
    assert mail["Message"] == (
        f"Batch 2026-01 has failed.\n\n{error}: {ended.cause}\n\n"
        f"Raw files: {BATCH['raw']}\nExecution: {ended.arn}"
    )


def reason_for(error_output: dict[str, str]) -> str:
    """Evaluate the state machine's own expression on what a Catch gets."""
    (catch,) = source("job")["States"]["Run the job"]["Catch"]
    expression = catch["Assign"]["failure"]["reason"].removeprefix("{%").removesuffix("%}")
    reason: str = evaluate(expression.replace("$states.errorOutput", "$states.input"), error_output)
    return reason


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        ('{"errorMessage":"films","errorType":"RawInputError","stackTrace":["…', "films"),
        ('{"errorType":"RawInputError","errorMessage" : "films"}', "films"),
        (r'{"errorMessage":"\"x\" \\ \/ \n \u00f1"}', '"x" \\ / \n ñ'),
        ('{"errorMessage":"cut off in the mid', '{"errorMessage":"cut off in the mid'),
        (r'{"errorMessage":"no \x JSON"}', r'{"errorMessage":"no \x JSON"}'),
        ('{"errorMessage":null}', '{"errorMessage":null}'),
        ("Rate exceeded (Service: AWSLambda)", "Rate exceeded (Service: AWSLambda)"),
        ("[1, 2", "[1, 2"),
        ("", "no reason was given"),
        ('{"errorMessage":""}', "no reason was given"),
        ("x" * 32_768, "x" * 10_000),
        (json.dumps({"errorMessage": "\n" * 12_000}), "\n" * 10_000),
    ],
)
def test_the_reason_is_found_in_whatever_lambda_gives(cause: str, reason: str) -> None:
    assert reason_for({"Error": "Any", "Cause": cause}) == reason


def test_there_may_be_no_cause_at_all() -> None:
    assert reason_for({"Error": "States.Timeout"}) == "no reason was given"


def test_a_dead_letter_starts_the_job_anew(system: System) -> None:
    system.services.outcomes["invoke"] += [FunctionError("ContractError", "too many"), PUBLISHED]
    system.step_functions.run(system.job, BATCH)
    (letter,) = system.letters()

    ended = system.step_functions.run(system.job, letter)

    assert ended.status == "SUCCEEDED"
    assert json.loads(system.services.called("invoke")[1]["Payload"]) == BATCH


def test_a_dead_letter_that_cannot_be_sent_keeps_nobody_from_hearing(system: System) -> None:
    system.services.outcomes["invoke"].append(FunctionError("GoldenError", "no answer"))
    client("sqs").delete_queue(QueueUrl=system.dead_letters)

    ended = system.step_functions.run(system.job, BATCH)

    assert (ended.status, ended.error) == ("FAILED", "GoldenError")
    assert ended.cause == "no answer (No dead letter was sent: SQS.SdkClientException.)"
    assert system.step_functions.waits == [2, 4, 8, 16]
    (mail,) = system.mails()
    assert "GoldenError: no answer (No dead letter was sent" in mail["Message"]


def test_a_topic_that_is_away_keeps_no_dead_letter_back(system: System) -> None:
    system.services.outcomes["invoke"].append(FunctionError("GoldenError", "no answer"))
    client("sns").delete_topic(TopicArn=system.topic)

    ended = system.step_functions.run(system.job, BATCH)

    assert (ended.status, ended.error) == ("FAILED", "GoldenError")
    assert ended.cause == "no answer (Nobody was told: SNS.NotFoundException.)"
    assert [letter["reason"] for letter in system.letters()] == ["no answer"]


def test_a_failure_that_can_be_told_nowhere_still_fails(system: System) -> None:
    system.services.outcomes["invoke"].append(FunctionError("GoldenError", "no answer"))
    system.services.outcomes["send_message"] += [client_error("InternalError", "away")] * 5
    system.services.outcomes["publish"] += [client_error("InternalError", "away")] * 5

    ended = system.step_functions.run(system.job, BATCH)

    assert (ended.status, ended.error) == ("FAILED", "GoldenError")
    assert ended.cause == (
        "no answer (No dead letter was sent: SQS.SdkClientException.)"
        " (Nobody was told: SNS.InternalErrorException.)"
    )


NOT_TAKEN = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}


def test_an_event_that_is_not_taken_is_sent_again(system: System) -> None:
    system.services.outcomes["invoke"].append(PUBLISHED)
    system.services.outcomes["put_events"].append(NOT_TAKEN)

    ended = system.step_functions.run(system.job, BATCH)

    assert ended.status == "SUCCEEDED"
    assert system.step_functions.waits == [2]
    assert len(system.services.called("put_events")) == 2


def test_a_release_that_cannot_be_announced_is_told_to_answer_all_the_same(
    system: System,
) -> None:
    system.services.outcomes["invoke"].append(PUBLISHED)
    system.services.outcomes["put_events"] += [NOT_TAKEN] * 7

    ended = system.step_functions.run(system.job, BATCH)

    assert (ended.status, ended.error) == ("FAILED", "EventBridge.FailedEntry")
    (letter,) = system.letters()
    assert letter.items() >= BATCH.items()
    assert f"release {PUBLISHED['release']} is published and answers" in letter["reason"]
    assert len(system.mails()) == 1


# Batches too large for Lambda


@pytest.mark.parametrize(
    ("size", "operation"),
    [
        *((None, "invoke"), (1000, "invoke")),
        *((LARGE, "run_task"), (2000, "run_task")),
        (LARGEST, "start_job_run"),
    ],
)
def test_a_batch_runs_where_there_is_room_for_it(
    system: System, size: int | None, operation: str
) -> None:
    system.services.outcomes["invoke"].append(PUBLISHED)
    for elsewhere in ("run_task", "start_job_run"):
        system.services.outcomes[elsewhere].append(RemoteRun({"published": PUBLISHED}))

    ended = system.step_functions.run(system.job, BATCH | ({} if size is None else {"bytes": size}))

    assert (ended.status, ended.output) == ("SUCCEEDED", PUBLISHED)
    started = {"invoke", "run_task", "start_job_run"}
    assert [name for name, _ in system.services.calls if name in started] == [operation]
    ((event,),) = (call["Entries"] for call in system.services.called("put_events"))
    assert json.loads(event["Detail"]) == PUBLISHED
    assert system.letters() == system.mails() == []


def test_a_task_is_called_as_the_function_is(system: System) -> None:
    system.services.outcomes["run_task"].append(RemoteRun({"published": PUBLISHED}))

    system.step_functions.run(system.job, BATCH | {"bytes": LARGE})

    (asked,) = system.services.called("run_task")
    network = asked["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert network["Subnets"] == ["subnet-1", "subnet-2"]
    (container,) = asked["Overrides"]["ContainerOverrides"]
    command, event, option, result = container["Command"]
    assert (command, option) == ("batch", "--result")
    assert json.loads(event) == BATCH
    assert re.fullmatch(rf"s3://{BUCKET}/runs/test-\d+/1\.json", result)


def test_spark_is_called_as_a_task_is_and_told_where_to_work(system: System) -> None:
    system.services.outcomes["start_job_run"].append(RemoteRun({"published": PUBLISHED}))

    system.step_functions.run(system.job, BATCH | {"bytes": LARGEST})

    (asked,) = system.services.called("start_job_run")
    assert asked["ExecutionRoleArn"] == JOB_STACK["SparkRole"]
    submitted = asked["JobDriver"]["SparkSubmit"]
    command, event, *options = submitted["EntryPointArguments"]
    assert (command, json.loads(event)) == ("batch", BATCH)
    told = dict(zip(options[::2], options[1::2], strict=True))
    assert told.keys() == {"--result", "--engine", "--work"}
    assert told["--engine"] == "spark"
    assert re.fullmatch(rf"s3://{BUCKET}/runs/test-\d+/1\.json", told["--result"])
    assert told["--work"] == told["--result"].removesuffix(".json")
    # As the command itself reads them.
    batch = main.commands["batch"].make_context("batch", [event, *options])
    assert batch.params["engine"] == "spark"


@pytest.mark.parametrize(("elsewhere", "size"), [("run_task", LARGE), ("start_job_run", LARGEST)])
@pytest.mark.parametrize("error", ["PublishError", "OvertakenError", "WorkerError"])
def test_a_passing_fault_of_a_task_is_waited_out(
    system: System, error: str, elsewhere: str, size: int
) -> None:
    failed = RemoteRun({"failed": {"error": error, "reason": "try again"}}, "exit code 1")
    system.services.outcomes[elsewhere] += [failed, failed, RemoteRun({"published": PUBLISHED})]

    ended = system.step_functions.run(system.job, BATCH | {"bytes": size})

    assert (ended.status, ended.output) == ("SUCCEEDED", PUBLISHED)
    assert system.step_functions.waits == [30, 60]
    assert system.letters() == system.mails() == []


@pytest.mark.parametrize(("elsewhere", "size"), [("run_task", LARGE), ("start_job_run", LARGEST)])
def test_a_lasting_fault_of_a_task_is_told_with_the_jobs_own_reason(
    system: System, elsewhere: str, size: int
) -> None:
    failed = {"error": "ContractError", "reason": 'a "quoted"\nreason, año'}
    system.services.outcomes[elsewhere].append(RemoteRun({"failed": failed}, "exit code 3"))

    ended = system.step_functions.run(system.job, BATCH | {"bytes": size})

    assert (ended.status, ended.error) == ("FAILED", "ContractError")
    (letter,) = system.letters()
    assert letter.items() >= (BATCH | failed | {"bytes": size}).items()
    assert len(system.mails()) == 1
    assert system.step_functions.waits == []


@pytest.mark.parametrize(("elsewhere", "size"), [("run_task", LARGE), ("start_job_run", LARGEST)])
@pytest.mark.parametrize("cause", ["OutOfMemoryError: container killed", None])
def test_a_task_that_leaves_nothing_is_tried_again_and_told_in_the_end(
    system: System, cause: str | None, elsewhere: str, size: int
) -> None:
    system.services.outcomes[elsewhere] += [RemoteRun(None, cause)] * 4

    ended = system.step_functions.run(system.job, BATCH | {"bytes": size})

    assert ended.status == "FAILED"
    assert system.step_functions.waits == [30, 60, 120]
    (letter,) = system.letters()
    assert (cause or "did not say what it has published") in letter["reason"]
    assert len(system.services.called("put_events")) == 0


def test_what_a_try_before_has_left_is_not_taken_for_this_ones(system: System) -> None:
    failed = RemoteRun({"failed": {"error": "WorkerError", "reason": "killed"}}, "exit code 1")
    system.services.outcomes["run_task"] += [failed, *[RemoteRun(None, "lost")] * 3]

    ended = system.step_functions.run(system.job, BATCH | {"bytes": LARGE})

    assert (ended.status, ended.error) == ("FAILED", "TaskFailed")
    assert "lost" in (ended.cause or "")
    overrides = [call["Overrides"] for call in system.services.called("run_task")]
    results = [each["ContainerOverrides"][0]["Command"][-1] for each in overrides]
    assert [result.rpartition("/")[2] for result in results] == [f"{n}.json" for n in range(1, 5)]


def test_a_task_that_takes_too_long_is_not_tried_again(system: System) -> None:
    system.services.outcomes["run_task"].append(Failure("States.Timeout"))

    ended = system.step_functions.run(system.job, BATCH | {"bytes": LARGE})

    assert (ended.status, ended.error) == ("FAILED", "Timeout")
    assert len(system.letters()) == 1
    assert system.step_functions.waits == []


def test_storage_that_is_away_does_not_hide_what_came_of_a_task(system: System) -> None:
    system.services.outcomes["run_task"].append(RemoteRun({"published": PUBLISHED}))
    system.services.outcomes["get_object"] += [client_error("InternalError", "away")] * 2

    ended = system.step_functions.run(system.job, BATCH | {"bytes": LARGE})

    assert (ended.status, ended.output) == ("SUCCEEDED", PUBLISHED)
    assert system.step_functions.waits == [2, 4]
