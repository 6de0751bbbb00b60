"""SQS as Lambda's poller sees it, in moto: batches to a function, and back what it gives back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3

from infra.local.functions import LocalContext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RECEIVES = 5
_BATCH = 5


class KilledError(BaseException):
    """The function's process has ended: nothing in it can catch that."""


class LetterTaken(NamedTuple):
    """A dead letter: what it holds, and why it is there if anybody said so."""

    body: str
    reason: str | None
    message: str | None


class Queues:
    """A queue of questions and one of dead letters, with one function that takes the questions."""

    def __init__(self, handler: Callable[[Any, Any], Any]) -> None:
        self._handler = handler
        self._sqs = boto3.client("sqs")
        self.letters = self._sqs.create_queue(QueueName="letters")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self.letters, AttributeNames=["QueueArn"])
        policy = {
            "deadLetterTargetArn": arn["Attributes"]["QueueArn"],
            "maxReceiveCount": RECEIVES,
        }
        self._questions = self._sqs.create_queue(
            QueueName="questions", Attributes={"RedrivePolicy": json.dumps(policy)}
        )["QueueUrl"]
        self.delivered: list[dict[str, Any]] = []
        self.killed = 0

    def send(self, body: str) -> None:
        self._sqs.send_message(QueueUrl=self._questions, MessageBody=body)

    def deliver(self) -> bool:
        """Let the function take one batch; tell whether there was any."""
        messages = self._receive(self._questions, _BATCH)
        if not messages:
            return False
        event = {"Records": [_record(message) for message in messages]}
        self.delivered.append(event)
        try:
            response = self._handler(event, LocalContext("bulk", 2048))
            failed = {each["itemIdentifier"] for each in response["batchItemFailures"]}
        except KilledError:
            self.killed += 1
            failed = {message["MessageId"] for message in messages}
        for message in messages:
            handle = {"QueueUrl": self._questions, "ReceiptHandle": message["ReceiptHandle"]}
            if message["MessageId"] in failed:
                # As if the time that it stays hidden were over.
                self._sqs.change_message_visibility(**handle, VisibilityTimeout=0)
            else:
                self._sqs.delete_message(**handle)
        return True

    def deliver_all(self) -> None:
        while self.deliver():
            pass

    def take_letters(self) -> list[LetterTaken]:
        """Return all dead letters, once each."""
        return list(self._letters())

    def _letters(self) -> Iterator[LetterTaken]:
        while messages := self._receive(self.letters, 10):
            for message in messages:
                told = message.get("MessageAttributes", {})
                reason, number = (
                    told[name]["StringValue"] if name in told else None
                    for name in ("motivo", "mensaje")
                )
                yield LetterTaken(message["Body"], reason, number)

    def _receive(self, queue: str, most: int) -> list[Any]:
        answer = self._sqs.receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=most,
            MessageAttributeNames=["All"],
            AttributeNames=["All"],
            WaitTimeSeconds=0,
            VisibilityTimeout=600,
        )
        messages: list[Any] = answer.get("Messages", [])
        return messages


def _record(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:questions",
        "awsRegion": "us-east-1",
    }
