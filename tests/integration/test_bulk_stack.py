"""The stack of the questions in bulk, as SAM expands it: its queues, and what its role may do."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from cartelera.bulk.handler import ANSWERS, MAX_LINES, RECEIVES_VARIABLE, answers_path
from cartelera.contract.release_format import FEATURES, MANIFEST, MODEL, POINTER, release_path
from cartelera.contract.tables import LOOK_UPS
from tests.expanded import expanded
from tests.integration.event_pattern import matching
from tests.s3_events import S3_EVENTS

PROJECT = Path(__file__).parents[2]
PLACE = "arn:${AWS::Partition}:s3:::${Bucket}"


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    found: dict[str, Any] = expanded("infra/bulk.yaml")["Resources"]
    return found


def may(resources: dict[str, Any], action: str) -> list[str]:
    """The resources of an action that the function's role may do, as the template writes them."""
    (policy,) = resources["ConsultasEnLoteRole"]["Properties"]["Policies"]
    found = []
    for statement in policy["PolicyDocument"]["Statement"]:
        assert statement["Effect"] == "Allow"
        actions = statement["Action"]
        if action in (actions if isinstance(actions, list) else [actions]):
            allowed = statement["Resource"]
            found += allowed if isinstance(allowed, list) else [allowed]
    return [each if isinstance(each, str) else str(*each.values()) for each in found]


def actions(resources: dict[str, Any]) -> set[str]:
    """All that the function's role may do."""
    (policy,) = resources["ConsultasEnLoteRole"]["Properties"]["Policies"]
    allowed = (statement["Action"] for statement in policy["PolicyDocument"]["Statement"])
    return {action for each in allowed for action in (each if isinstance(each, list) else [each])}


def test_the_role_may_do_what_is_listed_and_no_more(resources: dict[str, Any]) -> None:
    assert actions(resources) == {
        *("s3:GetObject", "s3:ListBucket", "s3:PutObject"),
        *("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"),
        *("logs:CreateLogStream", "logs:PutLogEvents"),
        *("xray:PutTelemetryRecords", "xray:PutTraceSegments"),
    }


def test_the_role_may_read_what_questions_need_and_write_answers_and_letters(
    resources: dict[str, Any],
) -> None:
    reads = [each.removeprefix(f"{PLACE}/") for each in may(resources, "s3:GetObject")]
    files = [MANIFEST, MODEL, FEATURES, *(schema.path for schema in LOOK_UPS)]
    for path in [POINTER, answers_path("x"), *(release_path("x", file) for file in files)]:
        assert any(fnmatchcase(path, pattern) for pattern in reads), path
    for path in ("raw/batch/credits.csv", release_path("x", "quarantine.parquet"), "runs/1.json"):
        assert not any(fnmatchcase(path, pattern) for pattern in reads), path

    assert may(resources, "s3:PutObject") == [f"{PLACE}/{ANSWERS}/*"]
    assert may(resources, "sqs:SendMessage") == ["['Letters', 'Arn']"]
    assert may(resources, "sqs:DeleteMessage") == ["['Questions', 'Arn']"]
    assert "ManagedPolicyArns" not in resources["ConsultasEnLoteRole"]["Properties"]


def test_the_function_gives_up_when_the_queue_would(resources: dict[str, Any]) -> None:
    queue = resources["Questions"]["Properties"]
    function = resources["ConsultasEnLoteFunction"]["Properties"]
    variables = function["Environment"]["Variables"]

    assert queue["RedrivePolicy"]["maxReceiveCount"] == int(variables[RECEIVES_VARIABLE])
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["Letters", "Arn"]}
    assert variables["CARTELERA_BULK_LETTERS"] == {"Ref": "Letters"}
    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]


def test_what_failed_alone_is_delivered_again(resources: dict[str, Any]) -> None:
    (mapping,) = (
        each["Properties"]
        for each in resources.values()
        if each["Type"] == "AWS::Lambda::EventSourceMapping"
    )

    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    # Some 60 ms each of a million films.
    function = resources["ConsultasEnLoteFunction"]["Properties"]
    assert mapping["BatchSize"] * MAX_LINES * 0.06 <= function["Timeout"] / 2


def test_the_pattern_in_the_documentation_hears_of_answers_and_of_nothing_else() -> None:
    text = (PROJECT / "docs" / "bulk.md").read_text()
    (given,) = re.findall(r"```json\n(\{\"source\".*?)```", text, re.DOTALL)
    pattern = json.loads(given.replace("BUCKET", "cartelera-releases"))

    assert matching(pattern, S3_EVENTS) == {"answers"}
