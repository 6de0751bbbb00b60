"""Which events an EventBridge rule matches, by moto's event bus: it has no TestEventPattern."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from moto import mock_aws

from tests.integration.task_services import client

if TYPE_CHECKING:
    from collections.abc import Mapping


def matching(pattern: Mapping[str, Any], events: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Send events to a bus with one rule, whose target is a queue.

    Parameters
    ----------
    pattern
        The rule's event pattern.
    events
        The events by name. Account and region are the bus's own, whatever they say.

    Returns
    -------
    set of str
        The names of the events that have arrived.
    """
    with mock_aws():
        bus, sqs = client("events"), client("sqs")
        queue = sqs.create_queue(QueueName="matching")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        bus.put_rule(Name="rule", EventPattern=json.dumps(pattern))
        target = {"Id": "queue", "Arn": attributes["Attributes"]["QueueArn"]}
        bus.put_targets(Rule="rule", Targets=[target])
        return {name for name, event in events.items() if _arrives(event, queue)}


def _arrives(event: Mapping[str, Any], queue: str) -> bool:
    entry = {
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Detail": json.dumps(event["detail"]),
        "Resources": event["resources"],
    }
    sent = client("events").put_events(Entries=[entry])
    assert sent["FailedEntryCount"] == 0, sent
    # A message is hidden once it is received: the next event's is the only one.
    received = client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    bodies = [json.loads(message["Body"])["detail"] for message in received.get("Messages", [])]
    assert bodies in ([], [event["detail"]])
    return bool(bodies)
