"""Questions in bulk: JSON lines out of a queue, their answers in storage.

A message holds a question a line::

    {"id": "1", "ruta": "recomendacion", "parametros": {"titulo": "Toy Story"}}

`parametros` are those of a direct invocation of the route, and may be left out. What the routes
answer goes, a line each, to one object a message, `lotes/respuestas/<SHA-256 of it>.jsonl`, which
is only ever created: a message that comes again, or twice at once, has its answers there already.
What asks for nothing that there is, as a film nobody knows, is answered with the error.

What cannot be read as a question goes to the dead-letter queue with the reason, before the
answers to the others are written. What cannot be answered for now, as storage does not, stays in
the queue; the last time that it is received it goes to the dead letters, too.
"""

from __future__ import annotations

import json
import os
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)

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
# A million films take some 60 ms a recommendation: so many are done in a few seconds.
MOST_LINES = 200
LONGEST_ID = 100
# How often the queue delivers a message before it gives up, as its redrive policy says.
RECEIVES_VARIABLE = "CARTELERA_BULK_RECEIVES"
_STORE_SECONDS = 8.0
_MEMBERS = frozenset({"id", "ruta", "parametros"})


class Line(NamedTuple):
    """A question as it was sent: its number, from 1, its id and route, and what it asks with."""

    number: int
    id: str
    route: str
    parameters: Mapping[str, object]


class Refused(NamedTuple):
    """A line that is no question: its number, from 1, what it says, and why not."""

    number: int
    text: str
    reason: str


@cache
def open_answers() -> ObjectStore:
    """Open the place of the answers, that of the releases, once a process."""
    return open_store(os.environ[RELEASES_VARIABLE])


class Bulk:
    """A Lambda handler of messages out of SQS.

    Attributes
    ----------
    route : str
        What it is counted as, among the routes.
    routes : Collection of str
        What may be asked.
    """

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
            What it is counted as, among the routes.
        routes
            What may be asked.
        open_route
            Gives the entry point of one of the `routes`; called once for each that is asked.
        open_answers
            Gives the place of the answers; called for each message.
        send_letter
            Takes what cannot be answered.
        """
        self.route = route
        self.routes = routes
        self._open_route = cache(open_route)
        self._open_answers = open_answers
        self._send_letter = send_letter
        self._handle = metrics.log_metrics(logger.inject_lambda_context(self._answer_all))

    def __call__(self, event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
        """Answer the messages of an event, and say which of them are to be delivered again."""
        return cast("PartialItemFailureResponse", self._handle(event, context))

    def _answer_all(
        self, event: dict[str, Any], context: LambdaContext
    ) -> PartialItemFailureResponse:
        # All may fail, as when storage does: that is no failure of this function.
        processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value
        try:
            response = process_partial_response(event, self._answer, processor, context)
            status = HTTPStatus.OK.value
        finally:
            count_request(self.route, status)
        return response

    def _answer(self, record: SQSRecord) -> None:
        """Answer one message.

        Raises
        ------
        StorageError, NoReleaseError
            When it cannot be answered now, and will be delivered again.
        """
        try:
            self._answer_lines(record)
        except Exception as error:
            logger.exception("a message was not answered", sqs_message=record.message_id)
            if int(record.attributes.approximate_receive_count) < _receives():
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
        questions, refused = read_lines(record.body, self.routes)
        answers = [self._ask(question) for question in questions]
        if refused:
            # First: were it lost between the two, it would come twice and not never.
            reason = "; ".join(f"línea {each.number}: {each.reason}" for each in refused)
            text = "\n".join(each.text for each in refused)
            self._send_letter(DeadLetter(text, reason, record.message_id))
        if answers:
            body = "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in answers)
            create(store, path, body.encode(), Deadline(_STORE_SECONDS))
        logger.info(
            "a message was answered",
            sqs_message=record.message_id,
            answers=path,
            questions=len(questions),
            errors=sum("error" in each for each in answers),
            refused=len(refused),
        )

    def _ask(self, question: Line) -> dict[str, object]:
        asked = {"id": question.id, "ruta": question.route}
        try:
            answer = self._open_route(question.route).invoked(question.parameters)
        except NoReleaseError:
            raise
        except CarteleraError as error:
            return {**asked, "error": problem(error)}
        return {**asked, "publicacion": releases().current().id, "respuesta": answer}


def answers_path(body: str) -> str:
    """Return where the answers to a message lie, beside the releases."""
    return f"{ANSWERS}/{sha256(body.encode())}.jsonl"


def read_lines(body: str, routes: Collection[str]) -> tuple[list[Line], list[Refused]]:
    """Read the questions of a message, and tell which lines are none; empty lines are nothing.

    The same question under the same id is there once. A message of too many lines is refused
    as a whole.
    """
    lines = [(number, text) for number, text in enumerate(body.split("\n"), 1) if text.strip()]
    if len(lines) > MOST_LINES:
        reason = f"el mensaje tiene {len(lines)} líneas; máximo {MOST_LINES}"
        return [], [Refused(lines[0][0], body, reason)]
    if not lines:
        return [], [Refused(1, body, "el mensaje está vacío")]
    questions: dict[str, Line] = {}
    refused = []
    for number, text in lines:
        try:
            line = _read_line(number, text, routes)
            known = questions.setdefault(line.id, line)
            if known[2:] != line[2:]:
                raise ValueError(f"el id «{line.id}» ya es el de la línea {known.number}")  # noqa: TRY301
        except ValueError as error:
            refused.append(Refused(number, text, str(error)))
    return list(questions.values()), refused


def _read_line(number: int, text: str, routes: Collection[str]) -> Line:
    try:
        line = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no es JSON: {error}") from error
    if not isinstance(line, dict) or line.keys() - _MEMBERS:
        raise ValueError("no es un objeto con `id`, `ruta` y `parametros`")
    line_id, route, parameters = line.get("id"), line.get("ruta"), line.get("parametros", {})
    if not isinstance(line_id, str) or not 0 < len(line_id) <= LONGEST_ID:
        raise ValueError(f"`id` debe ser un texto de 1 a {LONGEST_ID} caracteres")
    if not isinstance(route, str) or route not in routes:
        raise ValueError(f"`ruta` debe ser una de {', '.join(sorted(routes))}")
    if not isinstance(parameters, dict):
        raise ValueError("`parametros` debe ser un objeto")  # noqa: TRY004 (all are of one kind)
    return Line(number, line_id, route, parameters)


def _receives() -> int:
    return int(os.environ[RECEIVES_VARIABLE])
