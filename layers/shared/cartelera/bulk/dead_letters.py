"""Dead letters: messages that could not be answered, each with the reason."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

QUEUE_VARIABLE = "CARTELERA_BULK_LETTERS"
# SQS takes no more of a text that goes along with a message, with some room for what else does.
_LONGEST_REASON = 2_000


class DeadLetter(NamedTuple):
    """What could not be answered of the message of this id, and why."""

    body: str
    reason: str
    message: str


def send(letter: DeadLetter) -> None:
    """Send a letter to the dead-letter queue, with `motivo` and `mensaje` as its attributes."""
    attributes = {"motivo": letter.reason[:_LONGEST_REASON], "mensaje": letter.message}
    open_queues()(
        QueueUrl=os.environ[QUEUE_VARIABLE],
        # SQS takes no empty message.
        MessageBody=letter.body or " ",
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
    )


@cache
def open_queues() -> Callable[..., Any]:
    """Return what sends to SQS, made once a process."""
    # Here and not above: it is part of Lambda's runtime and not of the layer, and takes a second
    # that only those wait for who have sent what cannot be read.
    import boto3  # noqa: PLC0415

    return boto3.client("sqs").send_message
