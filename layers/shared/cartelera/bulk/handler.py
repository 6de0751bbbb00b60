"""Questions in bulk: JSON lines from a queue, answered in storage.

A message has one question per line::

    {"id": "1", "ruta": "recomendacion", "parametros": {"titulo": "Toy Story"}}

`parametros` are those of a direct invocation of the route, and optional. The answers, one per
line, are one object per message, `lotes/respuestas/<SHA-256 of the message>.jsonl`, which is only
ever created: a message that is delivered again, or twice at once, has its answers already. An
error of the question, such as an unknown film, is an answer.

Lines that are no question, or that nothing can be answered to, go to the dead-letter queue with
the reason, before the answers to the others are written. What cannot be answered now, because
storage fails, stays in the queue; after its last delivery it becomes a dead letter, too.
"""

from __future__ import annotations

import json
import os
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)

from cartelera import cold_start
from cartelera.bulk.dead_letters import DeadLetter, send
from cartelera.contract.release_format import RELEASES_VARIABLE, sha256
from cartelera.errors import CarteleraError, NoReleaseError
from cartelera.http.handler import problem
from cartelera.release import releases
from cartelera.storage import Deadline, create, exists, open_store
from cartelera.telemetry import count_request, logger, metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from obstore.store import ObjectStore

    from cartelera.http.question import Question

ANSWERS = "lotes/respuestas"
# With a million films a recommendation takes some 60 ms: these are done in a few seconds.
MAX_LINES = 200
MAX_ID_LENGTH = 100
# The `maxReceiveCount` of the queue's redrive policy.
RECEIVES_VARIABLE = "CARTELERA_BULK_RECEIVES"
_STORE_SECONDS = 8.0
_MEMBERS = frozenset({"id", "ruta", "parametros"})


class BulkQuestion(NamedTuple):
    """A line that is a question: its number, from 1, its id, route and parameters."""

    number: int
    id: str
    route: str
    parameters: Mapping[str, object]


class RejectedLine(NamedTuple):
    """A line that is not answered: its number, from 1, its text, and the reason."""

    number: int
    text: str
    reason: str


@cache
def open_answers() -> ObjectStore:
    """Open the store of the answers, that of the releases, once per process."""
    return open_store(os.environ[RELEASES_VARIABLE])


class BulkHandler:
    """A Lambda handler of messages from SQS."""

    def __init__(
        self,
        route: str,
        routes: Collection[str],
        open_route: Callable[[str], Question],
        open_answers: Callable[[], ObjectStore] = open_answers,
        send_letter: Callable[[DeadLetter], None] = send,
    ) -> None:
        """Make the handler.

        Parameters
        ----------
        route
            The route that invocations are counted under.
        routes, open_route
            The routes that may be asked, and what returns the handler of one; called once each.
        open_answers, send_letter
            Return the store of the answers, and send a dead letter.
        """
        cold_start.end()
        self.route = route
        self.routes = routes
        self._open_route = cache(open_route)
        self._open_answers = open_answers
        self._send_letter = send_letter
        self._handle = logger.inject_lambda_context(self._answer_all)

    def __call__(self, event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
        """Answer the messages of an event; return those to be delivered again."""
        try:
            return self._handle(event, context)
        finally:
            metrics.write()

    def _answer_all(
        self, event: dict[str, Any], context: LambdaContext
    ) -> PartialItemFailureResponse:
        # All may fail, when storage does: that is no failure of this function.
        processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value
        try:
            response: PartialItemFailureResponse = {"batchItemFailures": []}
            if messages := _messages(event):
                records = {"Records": messages}
                response = process_partial_response(records, self._answer, processor, context)
            status = HTTPStatus.OK.value
        finally:
            count_request(self.route, status)
        return response

    def _answer(self, record: SQSRecord) -> None:
        """Answer a message, or raise if it is to be delivered again."""
        try:
            self._answer_lines(record)
        except Exception as error:
            logger.exception("a message was not answered", sqs_message=record.message_id)
            receives = int(record.attributes.approximate_receive_count)
            if receives < int(os.environ[RECEIVES_VARIABLE]):
                raise
            self._send_letter(
                DeadLetter(record.body, f"{type(error).__name__}: {error}", record.message_id)
            )

    def _answer_lines(self, record: SQSRecord) -> None:
        store, path = self._open_answers(), answers_path(record.body)
        if exists(store, path, Deadline(_STORE_SECONDS)):
            logger.info(
                "a message was answered before", sqs_message=record.message_id, answers=path
            )
            return
        questions, rejected = read_lines(record.body, self.routes)
        answers, errors = [], 0
        for question in questions:
            try:
                answer = self._ask(question)
                text = json.dumps(answer, ensure_ascii=False)
                # Half of a surrogate pair is escaped in Python as in JSON.
                answers.append(text.encode(errors="backslashreplace"))
                errors += "error" in answer
            except (NoReleaseError, OSError, MemoryError):
                # A later delivery may have better luck.
                raise
            except Exception as error:  # noqa: BLE001 (logged; the other lines are answered)
                logger.exception("a line was not answered", sqs_message=record.message_id)
                text = record.body.split("\n")[question.number - 1]
                reason = f"no se pudo responder: {type(error).__name__}: {error}"
                rejected.append(RejectedLine(question.number, text, reason))
        if rejected:
            # First: after a crash between the two, it comes twice instead of never.
            reason = "; ".join(f"línea {each.number}: {each.reason}" for each in rejected)
            text = "\n".join(each.text for each in rejected)
            self._send_letter(DeadLetter(text, reason, record.message_id))
        if answers:
            body = b"".join(each + b"\n" for each in answers)
            create(store, path, body, Deadline(_STORE_SECONDS))
        logger.info(
            "a message was answered",
            sqs_message=record.message_id,
            answers=path,
            questions=len(questions),
            errors=errors,
            refused=len(rejected),
        )

    def _ask(self, question: BulkQuestion) -> dict[str, object]:
        answered = {"id": question.id, "ruta": question.route}
        try:
            answer = self._open_route(question.route).invoke(question.parameters)
        except NoReleaseError:
            raise
        except CarteleraError as error:
            return {**answered, "error": problem(error)}
        return {**answered, "publicacion": releases().current().id, "respuesta": answer}


def _messages(event: object) -> list[dict[str, Any]]:
    """Return the messages of an event; what is none, as in events by hand, is logged."""
    records = event.get("Records") if isinstance(event, dict) else None
    records = records if isinstance(records, list) else []
    messages = [record for record in records if _is_message(record)]
    if not messages or len(messages) < len(records):
        logger.error("not all of the event is messages from SQS", records=len(records))
    return messages


def _is_message(record: object) -> bool:
    match record:
        case {"messageId": str(), "body": str(), "attributes": {"ApproximateReceiveCount": count}}:
            return isinstance(count, str) and count.isdecimal()
    return False


def answers_path(body: str) -> str:
    """Return the path of the answers to a message, beside the releases."""
    return f"{ANSWERS}/{sha256(body.encode(errors='surrogatepass'))}.jsonl"


def read_lines(body: str, routes: Collection[str]) -> tuple[list[BulkQuestion], list[RejectedLine]]:
    """Parse a message; one of too many lines is rejected as a whole.

    Parameters
    ----------
    body
        The message.
    routes
        Those that may be asked.

    Returns
    -------
    tuple
        Its questions, each once, and the lines that are neither empty nor a question.
    """
    lines = [(number, text) for number, text in enumerate(body.split("\n"), 1) if text.strip()]
    if len(lines) > MAX_LINES:
        reason = f"el mensaje tiene {len(lines)} líneas; máximo {MAX_LINES}"
        return [], [RejectedLine(lines[0][0], body, reason)]
    if not lines:
        return [], [RejectedLine(1, body, "el mensaje está vacío")]
    questions: dict[str, BulkQuestion] = {}
    rejected = []
    for number, text in lines:
        try:
            line = _read_line(number, text, routes)
            first = questions.setdefault(line.id, line)
            if first[2:] != line[2:]:
                raise ValueError(f"el id «{line.id}» ya es el de la línea {first.number}")  # noqa: TRY301
        except ValueError as error:
            rejected.append(RejectedLine(number, text, str(error)))
    return list(questions.values()), rejected


def _read_line(number: int, text: str, routes: Collection[str]) -> BulkQuestion:
    try:
        line = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no es JSON: {error}") from error
    if not isinstance(line, dict) or line.keys() - _MEMBERS:
        raise ValueError("no es un objeto con `id`, `ruta` y `parametros`")
    line_id, route, parameters = line.get("id"), line.get("ruta"), line.get("parametros", {})
    if not isinstance(line_id, str) or not 0 < len(line_id) <= MAX_ID_LENGTH:
        raise ValueError(f"`id` debe ser un texto de 1 a {MAX_ID_LENGTH} caracteres")
    if not isinstance(route, str) or route not in routes:
        raise ValueError(f"`ruta` debe ser una de {', '.join(sorted(routes))}")
    if not isinstance(parameters, dict):
        raise ValueError("`parametros` debe ser un objeto")  # noqa: TRY004 (all are of one kind)
    return BulkQuestion(number, line_id, route, parameters)
