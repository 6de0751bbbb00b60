"""Dead letters: messages, or lines of one, that could not be answered."""

from __future__ import annotations

import os
import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

DEAD_LETTER_QUEUE_VARIABLE = "CARTELERA_BULK_LETTERS"
# SQS limits a message together with its attributes.
_MAX_REASON_LENGTH = 2_000
# SQS takes no others.
_NOT_SENT = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class DeadLetter(NamedTuple):
    """The part of a message that could not be answered, the reason, and the message's id."""

    body: str
    reason: str
    message: str


def send(letter: DeadLetter) -> None:
    """Send a letter to the dead-letter queue; see `message_of`."""
    open_queue()(QueueUrl=os.environ[DEAD_LETTER_QUEUE_VARIABLE], **message_of(letter))


def message_of(letter: DeadLetter) -> dict[str, Any]:
    """Return a letter as a message of SQS; `motivo` and `mensaje` are its attributes.

    Characters that SQS does not take are escaped.
    """
    reason = _sendable(letter.reason)[:_MAX_REASON_LENGTH]
    attributes = {"motivo": reason, "mensaje": letter.message}
    return {
        # SQS takes no empty message.
        "MessageBody": _sendable(letter.body) or " ",
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
    }


def _sendable(text: str) -> str:
    return _NOT_SENT.sub(lambda found: ascii(found[0])[1:-1], text)


@cache
def open_queue() -> Callable[..., Any]:
    """Return the function that sends to SQS, made once per process."""
    # Here and not above: it takes a second to import, and only dead letters need it. It is part
    # of Lambda's runtime and not of the layer.
    import boto3  # noqa: PLC0415

    return boto3.client("sqs").send_message
