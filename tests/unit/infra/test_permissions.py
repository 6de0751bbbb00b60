"""What the deployed roles may do, and no more."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from obstore.store import LocalStore

from cartelera.contract.release_format import ITEM_WEIGHTS, MODEL, POINTER, SHARED_POINTER
from cartelera.contract.tables import GROWING
from cartelera.errors import CarteleraError
from cartelera.release import Releases, override_releases
from tests.examples import EXAMPLES
from tests.expanded import expanded
from tests.partitions import publish_in_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from obstore import Bytes, GetOptions, GetResult

    from cartelera.contract.release_format import Manifest
    from infra.local.template import Template

BUCKET = "${ReleasesBucket.Arn}"
AWS_POLICIES = {
    "service-role/AWSLambdaBasicExecutionRole",
    "AWSXrayWriteOnlyAccess",
}

# What makes functions read files that none of the description's examples does: every filter, and
# the report's page, which is no question.
ASKED: dict[str, list[dict[str, Any]]] = {
    "recomendacion": [
        {"titulo": "alien", "genero": "terror", "idioma": "en", "pais": "US"},
        {"titulo": "tt0078748"},
    ],
    "peliculas_duracion": [{"pelicula": "tt0078748"}],
    "pelicula": [{"titulo": "el padrino"}],
    "peliculas": [
        {"idioma": "en", "pais": "US", "mes": 1, "dia": "lunes"},
        {"productora": "pixar animation studios", "franquicia": "toy story"},
        {"director": "john lasseter"},
    ],
    "eda": [{"httpMethod": "GET", "path": "/eda", "requestContext": {}}],
}


class Allowed(NamedTuple):
    action: str
    resource: str


def text(value: Any) -> str:
    """An ARN as the template writes it."""
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    if function == "Fn::Sub":
        return str(argument)
    assert function == "Fn::GetAtt"
    return "${" + ".".join(argument) + "}"


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def allowed_by(document: dict[str, Any]) -> Iterator[Allowed]:
    for statement in document["Statement"]:
        assert statement["Effect"] == "Allow"
        assert {"NotAction", "NotResource"}.isdisjoint(statement)
        for action in listed(statement["Action"]):
            for resource in listed(statement["Resource"]):
                yield Allowed(action, text(resource))


def allowed(role: dict[str, Any], resources: dict[str, Any]) -> set[Allowed | str]:
    """What a role may do; an AWS managed policy stands for itself."""
    found: set[Allowed | str] = set()
    for policy in role.get("Policies", []):
        found |= set(allowed_by(policy["PolicyDocument"]))
    for policy in role.get("ManagedPolicyArns", []):
        if isinstance(policy, dict) and "Ref" in policy:
            found |= set(allowed_by(resources[policy["Ref"]]["Properties"]["PolicyDocument"]))
        else:
            found.add(text(policy).partition(":policy/")[2])
    return found


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    found: dict[str, Any] = expanded("template.yaml")["Resources"]
    return found


class RecordingStore(LocalStore):
    """A place with releases.

    Attributes
    ----------
    paths
        What was read of it.
    """

    # The folder is taken by `__new__`.
    def __init__(self, _: Path) -> None:
        super().__init__()
        self.paths: list[str] = []

    def get(self, path: str, *, options: GetOptions | None = None) -> GetResult:
        self.paths.append(path)
        return super().get(path, options=options)

    def get_range(
        self, path: str, *, start: int, end: int | None = None, length: int | None = None
    ) -> Bytes:
        self.paths.append(path)
        return super().get_range(path, start=start, end=end, length=length)


def paths_read(handler: Callable[[Any], Any], folder: str, place: Path) -> list[str]:
    """Ask a function all that makes it read, and return what it read of a place with releases."""
    store = RecordingStore(place)
    with override_releases(Releases(store)):
        examples = [example.parameters for example in EXAMPLES if example.route == folder]
        for question in examples + ASKED.get(folder, []):
            # A miss reads as much as a hit, and more.
            with suppress(CarteleraError):
                handler(question)
    return store.paths


def readable(function: str, resources: dict[str, Any]) -> set[str]:
    """What a function's role may read of S3."""
    role = resources[f"{function}Role"]["Properties"]
    return {
        each.resource
        for each in allowed(role, resources)
        if isinstance(each, Allowed) and each.action == "s3:GetObject"
    }


@pytest.fixture
def older_place(sample_place: Path, tmp_path: Path) -> Path:
    """The sample's place as it was before formats had pointers of their own."""
    (tmp_path / SHARED_POINTER).write_bytes((sample_place / POINTER).read_bytes())
    (tmp_path / "releases").symlink_to(sample_place / "releases")
    return tmp_path


def test_each_function_may_read_what_its_questions_need_and_nothing_else(
    template: Template,
    resources: dict[str, Any],
    load_handler: Callable[[str], Callable[[Any], Any]],
    sample_place: Path,
    older_place: Path,
) -> None:
    for function in template.functions:
        name = function.code.name
        paths = [
            path
            for place in (sample_place, older_place)
            for path in paths_read(load_handler(name), name, place)
        ]
        may_read = readable(function.name, resources)
        needed = {
            # Any release; and any format, for functions of two have the policy during an update.
            re.sub(
                r"^current\.\d+\.", "current.*.", re.sub(r"^releases/[^/]+/", "releases/*/", path)
            )
            for path in paths
        }
        if paths:
            # Before an update functions may have read the pointer of all formats.
            needed.add(SHARED_POINTER)
        # The facts of films, and the films beside each, always lie in blocks.
        needed = {re.sub(r"(tables/(pelicula|recomendacion))/.+", r"\1/*", path) for path in needed}
        # When they are large they lie in blocks, of which a question needs any.
        needed |= {
            f"releases/*/tables/{schema.route}/*"
            for schema in GROWING
            if f"releases/*/{schema.path}" in needed
        }

        # A release of ratings has what they say beside the model.
        if f"releases/*/{MODEL}" in needed:
            needed.add(f"releases/*/{ITEM_WEIGHTS}")

        assert may_read == {f"{BUCKET}/{path}" for path in needed}


@pytest.fixture
def place_in_blocks(sample_place: Path, sample_manifest: Manifest, tmp_path: Path) -> Path:
    """A folder with a release whose tables are in blocks."""
    publish_in_blocks(sample_place, sample_manifest, tmp_path.as_uri(), 20)
    return tmp_path


def test_each_function_may_read_the_blocks_of_its_tables(
    template: Template,
    resources: dict[str, Any],
    load_handler: Callable[[str], Callable[[Any], Any]],
    place_in_blocks: Path,
) -> None:
    in_blocks = set()
    for function in template.functions:
        name = function.code.name
        paths = paths_read(load_handler(name), name, place_in_blocks)
        patterns = {each.removeprefix(f"{BUCKET}/") for each in readable(function.name, resources)}
        for path in paths:
            assert any(fnmatchcase(path, pattern) for pattern in patterns), path
        in_blocks |= {path.split("/")[3] for path in paths if path.count("/") > 3}

    assert in_blocks == {schema.route for schema in GROWING} | {"pelicula"}


def test_no_function_may_do_more_than_read_log_trace_and_keep_what_failed(
    template: Template, resources: dict[str, Any]
) -> None:
    beside_reading = {
        Allowed("s3:ListBucket", BUCKET),
        Allowed("sqs:SendMessage", "${FailedInvocations.Arn}"),
        *AWS_POLICIES,
    }

    for function in template.functions:
        role = resources[f"{function.name}Role"]["Properties"]
        may = {
            each
            for each in allowed(role, resources)
            if isinstance(each, str) or each.action != "s3:GetObject"
        }
        assert may <= beside_reading
        assert may >= AWS_POLICIES
        assert role["PermissionsBoundary"] == {"Ref": "FunctionsBoundary"}
        assert role["AssumeRolePolicyDocument"]["Statement"] == [
            {
                "Action": ["sts:AssumeRole"],
                "Effect": "Allow",
                "Principal": {"Service": ["lambda.amazonaws.com"]},
            }
        ]


def test_the_boundary_lets_through_what_roles_allow_and_nothing_outside_of_this_stack(
    template: Template, resources: dict[str, Any]
) -> None:
    boundary = set(allowed_by(resources["FunctionsBoundary"]["Properties"]["PolicyDocument"]))

    assert boundary == {
        Allowed("s3:GetObject", f"{BUCKET}/current.json"),
        Allowed("s3:GetObject", f"{BUCKET}/current.*.json"),
        Allowed("s3:GetObject", f"{BUCKET}/releases/*"),
        Allowed("s3:ListBucket", BUCKET),
        Allowed("logs:CreateLogStream", "${FunctionLogs.Arn}"),
        Allowed("logs:PutLogEvents", "${FunctionLogs.Arn}"),
        Allowed("xray:PutTraceSegments", "*"),
        Allowed("xray:PutTelemetryRecords", "*"),
        Allowed("sqs:SendMessage", "${FailedInvocations.Arn}"),
    }
    for function in template.functions:
        for each in allowed(resources[f"{function.name}Role"]["Properties"], resources):
            if isinstance(each, Allowed):
                assert any(
                    each.action == limit.action and fnmatchcase(each.resource, limit.resource)
                    for limit in boundary
                )


def test_there_are_no_other_roles_than_those_of_functions_rollouts_and_access_logs(
    template: Template, resources: dict[str, Any]
) -> None:
    roles = {name for name, each in resources.items() if each["Type"] == "AWS::IAM::Role"}
    others = roles - {f"{function.name}Role" for function in template.functions}

    may = {name: allowed(resources[name]["Properties"], resources) for name in others}
    assert may == {
        "AccountLoggingRole": {"service-role/AmazonAPIGatewayPushToCloudWatchLogs"},
        "CodeDeployServiceRole": {"service-role/AWSCodeDeployRoleForLambda"},
    }


def test_the_bucket_is_private_encrypted_versioned_and_reached_by_tls_alone(
    resources: dict[str, Any],
) -> None:
    bucket = resources["ReleasesBucket"]["Properties"]
    statements = resources["ReleasesBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]

    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert "AES256" in json.dumps(bucket["BucketEncryption"])
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert {each["Effect"] for each in statements} == {"Deny"}
    assert {"Bool": {"aws:SecureTransport": False}} in [each["Condition"] for each in statements]


def test_no_rule_of_the_bucket_removes_a_release_that_may_still_answer(
    resources: dict[str, Any],
) -> None:
    rules = resources["ReleasesBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]

    removing = [rule for rule in rules if "ExpirationInDays" in rule or "ExpirationDate" in rule]
    assert removing
    for rule in removing:
        assert rule["Prefix"] in {"raw/", "runs/", "lotes/"}
