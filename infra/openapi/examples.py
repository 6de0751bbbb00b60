"""Real answers: the requests of `textos.toml`, asked of a release of the sample."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from obstore.store import LocalStore
from rich.console import Console

from cartelera.release import Releases, override_releases
from cartelera.telemetry import logger
from etl.engines.job import run
from etl.progress import Stages
from infra.local.events import HttpRequest, match_route, proxy_event, read_proxy_response
from infra.local.lambdas import LocalContext
from infra.sample.embedded import write_embedded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from cartelera.http.handler import Handler
    from infra.local.template import Template

    type Ask = Callable[[HttpRequest], tuple[int, dict[str, Any]]]


class ExampleError(Exception):
    """An example cannot be shown; the message says why."""


@dataclass(frozen=True, slots=True)
class Example:
    """A request to a service, and what is said of it.

    Attributes
    ----------
    key
        What it is called in the document.
    summary
        What it shows.
    parameters
        What is asked with, by parameter.
    fixed
        What the answer holds that is another in every release, as it is to be shown.
    """

    key: str
    summary: str
    parameters: dict[str, Any]
    fixed: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """An example, the request it was asked with in words, and its answer as it is to be shown."""

    example: Example
    request: str
    status: int
    body: dict[str, Any]

    def document(self) -> dict[str, Any]:
        """Return the OpenAPI example."""
        varies = {"x-varia": self.example.fixed} if self.example.fixed else {}
        return {
            "summary": self.example.summary,
            "description": self.request,
            **varies,
            "value": self.body,
        }


def read_examples(examples: Mapping[str, Any]) -> list[Example]:
    """Return the examples of a table of `textos.toml`."""
    return [
        Example(key, example["resumen"], example["pide"], example.get("fijo", {}))
        for key, example in examples.items()
    ]


def request_line(route: str, parameters: Mapping[str, Any], in_path: str | None) -> str:
    """Return path and query of a request, with the parameter `in_path` in the path if named."""
    query = {name: value for name, value in parameters.items() if name != in_path}
    path = route if in_path is None else f"{route}/{quote(str(parameters[in_path]), safe='')}"
    return f"{path}?{urlencode(query, quote_via=quote)}" if query else path


@contextmanager
def sample_release(template: Template, handlers: Mapping[str, Handler]) -> Iterator[Ask]:
    """Publish the sample where nobody else looks; yield what asks the handlers about it."""
    contexts = {
        function.name: LocalContext(function.name, function.memory)
        for function in template.functions
    }

    def ask(request: HttpRequest) -> tuple[int, dict[str, Any]]:
        matched = match_route(template.routes, request)
        if matched is None:
            raise ExampleError(f"the template has no route for {request.path}")
        name = matched[0].function
        # Metrics are printed.
        with redirect_stdout(StringIO()):
            answer = handlers[name](proxy_event(*matched, request), contexts[name])  # type: ignore[arg-type]
        response = read_proxy_response(answer)
        return response.status, json.loads(response.body)

    # Not a word from the job or the handlers: what they log is of no use here.
    logger.setLevel(logging.CRITICAL)
    with TemporaryDirectory() as folder:
        raw, place = Path(folder) / "raw", Path(folder) / "releases"
        raw.mkdir()
        place.mkdir()
        write_embedded(raw)
        store = LocalStore(place)
        run(raw, store, Stages(Console(file=StringIO())))
        with override_releases(Releases(store)):
            yield ask


def overlaid(body: Mapping[str, Any], fixed: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer with what varies in it as it is to be shown.

    A value for a member that is an object with names of its own stands for each of its values.

    Raises
    ------
    ExampleError
        When the answer has no such field.
    """
    if unknown := fixed.keys() - body.keys():
        raise ExampleError(f"no answer has the fields {sorted(unknown)}, which are said to vary")
    return {
        **body,
        **{name: _overlaid(body[name], value) for name, value in fixed.items()},
    }


def _overlaid(shown: object, value: object) -> object:
    if not isinstance(shown, dict):
        return value
    if isinstance(value, dict):
        return overlaid(shown, value)
    return dict.fromkeys(shown, value)


def answer_all(
    ask: Ask, route: str, examples: Iterable[Example], in_path: str | None
) -> list[Answered]:
    """Ask every example that can be asked this way: with the parameter `in_path` in the path."""
    answers = []
    for example in examples:
        if in_path is None or in_path in example.parameters:
            line = request_line(route, example.parameters, in_path)
            path, _, query = line.partition("?")
            status, body = ask(HttpRequest("GET", path, query))
            answers.append(
                Answered(example, f"`GET {line}`", status, overlaid(body, example.fixed))
            )
    return answers


def answer_all_posted(ask: Ask, route: str, examples: Iterable[Example]) -> list[Answered]:
    """Ask every example with a POST of its parameters."""
    answers = []
    for example in examples:
        sent = json.dumps(example.parameters, ensure_ascii=False)
        status, body = ask(HttpRequest("POST", route, body=sent.encode()))
        request = f"`POST {route}` con `{sent}`"
        answers.append(Answered(example, request, status, overlaid(body, example.fixed)))
    return answers
