"""A stack from its first deploy to its last day: by the SAM CLI, in an account on this machine.

The account is an emulator's, in a network of its own, with what it lacks in `emulator/shim.py`.
It is walked once, in the order of this file: most tests stand on what those before have left.

What it does not check, and AWS does:

- who may do what, but for what functions read and write: of those the roles, their boundary and
  the bucket's policy are asked (as if all came by TLS), of state machines, rules and the gateway
  none, and so neither managed rules nor the account's logging settings;
- the image of the job: nothing is pulled, the job of this folder runs in its stead;
- rollouts (CodeDeploy) and the firewall: both are names here; alarms with expressions never ring;
- bodies that the gateway refuses by a model before a function is asked;
- routes by deployment: a changed route answers at once, where on AWS it waits for a deployment.
  The gateway's own answers and the size from which answers are compressed do wait for one.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from cartelera.contract.release_format import FORMAT, RELEASES_VARIABLE
from cartelera.release import releases
from infra.local import PROJECT
from infra.local.sam import SAM
from tests.callers import by_event
from tests.e2e.emulator.account import emulated
from tests.e2e.emulator.inventory import inventory
from tests.e2e.questions import JSON, QUESTIONS, Question, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from infra.local.template import Template
    from tests.callers import Caller
    from tests.e2e.emulator.account import Account, Conversation

    type Handlers = Callable[[str], Callable[[Any], Any]]

pytestmark = pytest.mark.skipif(
    "E2E_ALONE" not in os.environ, reason="needs a network of its own: make e2e runs it"
)
STACK, BESIDE = "cartelera", "cartelera-beside"
ARCHITECTURE = "arm64" if platform.machine() == "aarch64" else "x86_64"
IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/job:1"
NOT_SOURCES = (".venv*", ".aws-sam", ".git", ".tools", ".cartelera", ".*_cache", "__pycache__")
NEXT_FORMAT = FORMAT + 1
# In the layer, and in every answer.
MAX_AGE, OTHER_MAX_AGE = "max-age=63072000", "max-age=63072001"
FOLLOW_SECONDS = 120
PAUSE_SECONDS = 0.2
# A resource that cannot be made, after everything else has been.
NEVER = """
  NeverHandle:
    Type: AWS::CloudFormation::WaitConditionHandle
  Never:
    Type: AWS::CloudFormation::WaitCondition
    DependsOn: [ApiStage, Bulk, Observability]
    Properties:
      Handle: !Ref NeverHandle
      Timeout: "1"
Outputs:
"""


class Update(NamedTuple):
    """The stack's template and the hash of a function's own code before, and what came of it.

    `statuses` are what was answered meanwhile, `release_before` is the release that answered.
    """

    template_before: str
    release_before: str
    code_before: str
    code_after: str
    statuses: list[int]


def failing(template: str) -> str:
    broken = template.replace("\nOutputs:\n", NEVER)
    assert broken != template
    return broken


def code(account: Account) -> str:
    """Return the hash of a function's own code, which answers."""
    name = account.physical(STACK, "SaludFunction")
    answering = account.client("lambda").get_function_configuration(
        FunctionName=name, Qualifier="live"
    )
    return str(answering["CodeSha256"])


def live(account: Account, function: str = "SaludFunction") -> tuple[str, dict[str, str]]:
    """Return the version that answers, and its variables."""
    client = account.client("lambda")
    name = account.physical(STACK, function)
    version = client.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
    answering = client.get_function_configuration(FunctionName=name, Qualifier=version)
    return version, answering["Environment"]["Variables"]


def deployment(account: Account) -> str:
    """Return the deployment that the stage serves."""
    stage = account.client("apigateway").get_stage(
        restApiId=account.physical(STACK, "Api"), stageName=account.physical(STACK, "ApiStage")
    )
    return str(stage["deploymentId"])


def until[T](ask: Callable[[], T], wanted: Callable[[T], bool]) -> T:
    """Ask until the answer is as wanted, or it has been long enough; return the last answer."""
    latest = time.monotonic() + FOLLOW_SECONDS
    while not wanted(answer := ask()) and time.monotonic() < latest:
        time.sleep(PAUSE_SECONDS)
    return answer


def release(ask: Caller) -> str:
    answer = ask("/salud")
    return answer.body["publicacion"]["id"] if answer.status == 200 else f"none: {answer.status}"


@contextmanager
def load(account: Account, *paths: str) -> Iterator[list[int]]:
    """Ask again and again, before, beside and after the block; yields the statuses as they come."""
    statuses: list[int] = []
    begun, enough = threading.Event(), threading.Event()

    def ask_on() -> None:
        ask = account.caller(STACK)
        while not enough.is_set():
            statuses.extend(ask(path).status for path in paths)
            begun.set()
            enough.wait(PAUSE_SECONDS)

    asking = threading.Thread(target=ask_on)
    asking.start()
    try:
        begun.wait(FOLLOW_SECONDS)
        yield statuses
    finally:
        enough.set()
        asking.join()


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with (
        emulated(tmp_path_factory.mktemp("account")) as account,
        pytest.MonkeyPatch.context() as patch,
    ):
        # For the handlers of this process, and what else is asked without a client of its own.
        for name, value in account.variables.items():
            patch.setenv(name, value)
        yield account


# --------------------------------------------------------------------------------------
# The first day
# --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def first(account: Account) -> Conversation:
    """`make deploy` in an empty account, with every default but where it is."""
    answers = {
        "Architecture": ARCHITECTURE,
        "S3Endpoint": account.variables["AWS_ENDPOINT_URL"],
        "Disable rollback": "n",
        "Save arguments": "n",
    }
    return account.talk("make", "deploy", answers=answers)


@pytest.fixture(scope="module")
def ask(account: Account, first: Conversation) -> Caller:
    return account.caller(STACK)


def test_the_first_deploy_is_guided_and_needs_neither_docker_nor_an_image(
    account: Account, first: Conversation
) -> None:
    assert first.exit_code == 0, first.said
    assert account.stack(STACK)["StackStatus"] == "CREATE_COMPLETE"
    # A managed repository for an image that nobody has, and then that image.
    assert "repositories" not in first.said, first.said
    assert account.output(STACK, "StateMachineArn") is None


def test_before_the_first_release_questions_are_told_so_and_the_page_is_there(ask: Caller) -> None:
    question, page = ask("/salud"), ask("/")

    assert (question.status, question.body["type"]) == (503, "urn:cartelera:NoReleaseError")
    assert page.status == 200


def test_a_path_that_is_no_route_is_a_problem_like_any_other(ask: Caller) -> None:
    answer = ask("/nada")

    assert (answer.status, answer.body["status"]) == (404, 404)
    assert answer.headers["content-type"] == ask("/salud").headers["content-type"]


@pytest.fixture(scope="module")
def published(account: Account, first: Conversation, raw_sample: Path) -> str:
    """What `make publish` says, of a stack without a job."""
    return account.run("make", "publish", f"STACK={STACK}", f"RAW={raw_sample}")


def test_what_make_publish_has_published_answers(ask: Caller, published: str) -> None:
    answering = until(lambda: release(ask), lambda id_: id_ in published)

    assert f"in release {answering}" in published


@pytest.fixture(scope="module")
def here(
    account: Account, published: str, template: Template, load_handler: Handlers
) -> Iterator[Caller]:
    """Ask the handlers of this process, of the same release."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(RELEASES_VARIABLE, f"s3://{account.output(STACK, 'Bucket')}")
        releases.cache_clear()
        yield by_event(template, load_handler)
        releases.cache_clear()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: " ".join(question[2::-2]))
def test_what_was_deployed_answers_as_the_handlers_do(
    ask: Caller, here: Caller, question: Question
) -> None:
    path, status, method, body = question

    answer = ask(path, method, JSON if body else None, body)

    assert answer.status == status
    assert said(answer) == said(here(path, method, JSON if body else None, body))


# --------------------------------------------------------------------------------------
# Updates: each change alone, so that none is reached by what another has moved
# --------------------------------------------------------------------------------------


def test_a_changed_log_level_reaches_what_answers(account: Account, published: str) -> None:
    version, variables = live(account)
    assert variables["POWERTOOLS_LOG_LEVEL"] == "INFO"

    assert account.update(STACK, LogLevel="DEBUG") == "UPDATE_COMPLETE"

    moved, variables = live(account)
    assert variables["POWERTOOLS_LOG_LEVEL"] == "DEBUG"
    assert moved != version


def test_changed_origins_reach_the_functions_and_the_gateway(
    account: Account, ask: Caller, published: str
) -> None:
    paths, allowed = ("/docs", "/nada"), "access-control-allow-origin"
    assert [ask(path).headers.get(allowed) for path in paths] == ["*", "*"]
    deployed = deployment(account)

    assert account.update(STACK, AllowedOrigins="") == "UPDATE_COMPLETE"

    assert [ask(path).headers.get(allowed) for path in paths] == [None, None]
    assert deployment(account) != deployed


def test_a_changed_compression_size_reaches_what_answers(
    account: Account, ask: Caller, published: str
) -> None:
    def encoding() -> str | None:
        return ask("/", headers={"Accept-Encoding": "gzip"}).headers.get("content-encoding")

    assert encoding() == "gzip"
    deployed = deployment(account)
    changed, found = re.subn(
        r"MinimumCompressionSize: \d+", "MinimumCompressionSize: 9000000", account.template(STACK)
    )
    assert found == 1

    assert account.update(STACK, changed) == "UPDATE_COMPLETE"

    assert encoding() is None
    assert deployment(account) != deployed


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This project with one other line in the layer, and of the next release format."""
    folder = tmp_path_factory.mktemp("changed") / "cartelera"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns(*NOT_SOURCES))
    (module,) = (
        each
        for each in (folder / "layers" / "shared" / "cartelera").rglob("*.py")
        if MAX_AGE in each.read_text()
    )
    module.write_text(module.read_text().replace(MAX_AGE, OTHER_MAX_AGE))
    contract = folder / "layers" / "shared" / "cartelera" / "contract" / "release_format.py"
    raised = contract.read_text().replace(f"\nFORMAT = {FORMAT}\n", f"\nFORMAT = {NEXT_FORMAT}\n")
    assert raised != contract.read_text()
    contract.write_text(raised)
    return folder


@pytest.fixture(scope="module")
def updated(account: Account, published: str, sources: Path, raw_sample: Path) -> Update:
    """Publish with the new version's job, and deploy it by the SAM CLI's own commands.

    Nobody is to be turned away meanwhile. With it the stack gets a job.
    """
    before = account.template(STACK), release(account.caller(STACK)), code(account)
    account.run(
        "env",
        f"PYTHONPATH={sources / 'layers' / 'shared'}",
        PROJECT / ".venv" / "bin" / "python",
        *("-m", "etl", "--raw", raw_sample, "--no-report"),
        *("--releases", f"s3://{account.output(STACK, 'Bucket')}"),
        folder=sources,
    )
    tools = f"{PROJECT}/.venv/bin:{SAM.parent}:{os.environ['PATH']}"
    uv = shutil.which("uv") or f"{PROJECT}/.tools/bin/uv"
    command = ("env", f"PATH={tools}", f"UV={uv}", "sam")
    account.run(*command, "build", folder=sources)
    with load(account, "/salud", "/docs", "/recomendacion/Toy%20Story") as statuses:
        account.run(
            *command,
            "deploy",
            "--no-confirm-changeset",
            "--parameter-overrides",
            f"Architecture={ARCHITECTURE}",
            f"JobImageUri={IMAGE}",
            folder=sources,
        )
    return Update(*before, code(account), statuses)


def test_one_line_changed_in_the_layer_reaches_what_answers(ask: Caller, updated: Update) -> None:
    answered = {ask(path).headers["strict-transport-security"] for path in ("/salud", "/docs")}

    assert answered == {OTHER_MAX_AGE}
    # By itself: had the function's own code changed, a version of its own would follow that.
    assert updated.code_before == updated.code_after


def test_an_update_fails_no_question(updated: Update) -> None:
    assert updated.statuses
    assert {*updated.statuses} == {200}


def test_what_was_deployed_answers_from_a_release_of_its_format(
    ask: Caller, updated: Update
) -> None:
    health = ask("/salud").body

    assert health["versiones"]["formato"] == NEXT_FORMAT
    assert health["publicacion"]["id"] != updated.release_before


def test_plain_sam_build_leaves_what_make_build_does(sources: Path, updated: Update) -> None:
    plain, made = (
        {file.relative_to(folder) for file in folder.rglob("*")}
        for folder in (sources / ".aws-sam" / "build", PROJECT / ".aws-sam" / "build")
    )

    assert sorted(map(str, made ^ plain)) == []


@pytest.fixture(scope="module")
def rolled_back(account: Account, updated: Update) -> list[int]:
    """Deploy the version before once more; what was answered meanwhile."""
    with load(account, "/salud", "/docs", "/recomendacion/Toy%20Story") as statuses:
        assert account.update(STACK, updated.template_before) == "UPDATE_COMPLETE"
    return statuses


def test_a_rollback_of_the_code_finds_the_release_of_its_format_and_fails_no_question(
    ask: Caller, updated: Update, rolled_back: list[int]
) -> None:
    health = ask("/salud").body

    assert {*rolled_back} == {200}
    assert health["versiones"]["formato"] == FORMAT
    assert health["publicacion"]["id"] == updated.release_before
    assert MAX_AGE in ask("/docs").headers["strict-transport-security"]


def test_with_an_image_a_batch_in_the_bucket_starts_the_job_once(
    account: Account, ask: Caller, rolled_back: list[int], raw_sample: Path
) -> None:
    machine, bucket = (account.output(STACK, key) for key in ("StateMachineArn", "Bucket"))
    client = account.client("stepfunctions")

    def runs() -> list[str]:
        listed = client.list_executions(stateMachineArn=machine)["executions"]
        return [each["status"] for each in listed]

    for file in raw_sample.iterdir():
        account.client("s3").upload_file(str(file), bucket, f"raw/first/{file.name}")

    assert until(runs, lambda ended: bool(ended) and "RUNNING" not in ended) == ["SUCCEEDED"]
    # A function that nobody has asked yet; the others follow within a minute.
    assert ask("/franquicia").headers["x-release"] != ask("/salud").headers["x-release"]


# --------------------------------------------------------------------------------------
# What goes wrong, and the last day
# --------------------------------------------------------------------------------------


def test_a_failed_update_leaves_what_answered(
    account: Account, ask: Caller, updated: Update
) -> None:
    version, variables = live(account)
    deployed, answering = deployment(account), release(ask)

    status = account.update(STACK, failing(account.template(STACK)), LogLevel="ERROR")

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert live(account) == (version, variables)
    assert (deployment(account), release(ask)) == (deployed, answering)


def test_what_a_function_reads_its_role_must_allow(
    account: Account, ask: Caller, updated: Update
) -> None:
    client, role = account.client("iam"), account.physical(STACK, "EdaFunctionRole")
    for policy in client.list_role_policies(RoleName=role)["PolicyNames"]:
        client.delete_role_policy(RoleName=role, PolicyName=policy)

    # Nobody has asked it since the update, so it has yet to read its page.
    assert ask("/eda").status == 503


@pytest.fixture
def beside(account: Account, updated: Update) -> Iterator[str]:
    """How the creation of another stack ended, with the same parameters."""
    yield account.create(
        BESIDE,
        account.template(STACK),
        Architecture=ARCHITECTURE,
        S3Endpoint=account.variables["AWS_ENDPOINT_URL"],
    )
    account.delete(BESIDE)


def test_a_second_stack_of_the_same_stage_stands_beside_the_first(
    account: Account, ask: Caller, beside: str
) -> None:
    assert beside == "CREATE_COMPLETE", account.reasons(BESIDE)

    # It has no release yet.
    assert account.caller(BESIDE)("/salud").status == 503
    assert ask("/salud").status == 200


@pytest.fixture(scope="module")
def everything(account: Account, updated: Update) -> str:
    """How an update ended that turns on what is off by default."""
    return account.update(
        STACK,
        AlarmEmail="somebody@example.org",
        ApiKey="required",
        JobSchedule="cron(0 4 * * ? *)",
        JobSparkImageUri=IMAGE,
        JobSubnets="subnet-0a1b",
        Rollout="Canary10Percent5Minutes",
        SnapStart="on",
    )


def test_every_option_can_be_turned_on_at_once(
    account: Account, ask: Caller, everything: str
) -> None:
    assert everything == "UPDATE_COMPLETE", account.reasons(STACK)

    key = account.client("apigateway").get_api_key(
        apiKey=account.output(STACK, "ApiKeyId"), includeValue=True
    )["value"]
    assert ask("/salud").status == 403
    assert ask("/salud", headers={"x-api-key": key}).status == 200


@pytest.fixture(scope="module")
def packaged(account: Account, everything: str) -> str:
    """The template as it was deployed last, for when no stack has it any more."""
    return account.template(STACK)


@pytest.fixture(scope="module")
def destroyed(account: Account, packaged: str) -> str:
    """What `make destroy` says."""
    return account.run("make", "destroy", f"STACK={STACK}", typed=f"{STACK}\n")


def left(account: Account) -> set[str]:
    # The account's logging settings are for every API in it, and so outlive ours.
    return {each for each in inventory(account) if "AccountLoggingRole" not in each}


def test_make_destroy_leaves_nothing(account: Account, destroyed: str) -> None:
    assert f"{STACK} is gone" in destroyed
    assert left(account) == set()


def test_make_destroy_leaves_nothing_of_a_stack_whose_creation_failed(
    account: Account, destroyed: str, packaged: str
) -> None:
    status = account.create("failed", failing(packaged), Architecture=ARCHITECTURE)
    assert status == "ROLLBACK_COMPLETE", account.reasons("failed")

    account.run("make", "destroy", "STACK=failed", typed="failed\n")

    assert left(account) == set()
