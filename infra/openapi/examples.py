"""Real answers: the requests of `textos.toml`, sent to a release of the sample."""

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
from infra.local.functions import LocalContext
from infra.sample.embedded import write_embedded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cartelera.http.handler import Handler
    from infra.local.template import Template

    # Sends a request; returns the status and the body.
    type Send = Callable[[HttpRequest], tuple[int, dict[str, Any]]]


class ExampleError(Exception):
    """An example cannot be shown; the message says why."""


@dataclass(frozen=True, slots=True)
class Example:
    """A request to a question by its key in the document, which describes it and the answer."""

    key: str
    parameters: dict[str, Any]
    status: int
    document: dict[str, Any]


def ask_examples(  # noqa: PLR0913 (what is asked, and how)
    send: Send,
    route: str,
    table: Mapping[str, Any],
    summaries: Mapping[str, str],
    in_path: str | None = None,
    *,
    posted: bool = False,
) -> list[Example]:
    """Send the examples of a question.

    Parameters
    ----------
    send
        Sends a request to the API.
    route
        The question's route, with its slash.
    table
        The examples as `textos.toml` has them, by key.
    summaries
        What each is called.
    in_path
        The parameter that goes in the path, if one does. Examples without it are left out.
    posted
        Whether by POST instead of GET.
    """
    examples = []
    for key, entry in table.items():
        asked, varies = entry["pide"], entry.get("fijo", {})
        if posted:
            sent = json.dumps(asked, ensure_ascii=False)
            request = HttpRequest("POST", route, body=sent.encode())
            words = f"`POST {route}` `{sent}`"
        elif in_path is None or in_path in asked:
            line = request_line(route, asked, in_path)
            path, _, query = line.partition("?")
            request, words = HttpRequest("GET", path, query), f"`GET {line}`"
        else:
            continue
        status, body = send(request)
        document = {
            "summary": summaries[key],
            "description": words,
            **({"x-varia": varies} if varies else {}),
            "value": with_placeholders(body, varies),
        }
        examples.append(Example(key, asked, status, document))
    return examples


def request_line(route: str, parameters: Mapping[str, Any], in_path: str | None) -> str:
    """Return path and query of a request, percent-encoded.

    Parameters
    ----------
    route
        With its slash.
    parameters
        Their values by name.
    in_path
        The parameter that goes in the path, if one does; the others go in the query.
    """
    query = {name: value for name, value in parameters.items() if name != in_path}
    path = route if in_path is None else f"{route}/{quote(str(parameters[in_path]), safe='')}"
    return f"{path}?{urlencode(query, quote_via=quote)}" if query else path


def with_placeholders(body: Mapping[str, Any], placeholders: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer with placeholders in place of what differs between releases.

    Parameters
    ----------
    body
        The answer.
    placeholders
        By field, which the answer must have. One value for an object replaces each of its values.
    """
    if unknown := placeholders.keys() - body.keys():
        raise ExampleError(f"no answer has the fields {sorted(unknown)}, which are said to vary")
    replaced = {}
    for name, value in placeholders.items():
        match body[name], value:
            case dict() as inner, dict():
                replaced[name] = with_placeholders(inner, value)
            case dict() as inner, _:
                replaced[name] = dict.fromkeys(inner, value)
            case _:
                replaced[name] = value
    return {**body, **replaced}


@contextmanager
def sample_release(template: Template, handlers: Mapping[str, Handler]) -> Iterator[Send]:
    """Publish the sample to a temporary folder, and yield what sends requests to the handlers.

    Parameters
    ----------
    template
        What is deployed.
    handlers
        The handler of each function, by the function's logical id.
    """
    contexts = {each.name: LocalContext(each.name, each.memory) for each in template.functions}

    def send(request: HttpRequest) -> tuple[int, dict[str, Any]]:
        matched = match_route(template.routes, request)
        if matched is None:
            raise ExampleError(f"the template has no route for {request.path}")
        name = matched[0].function
        # Metrics are printed.
        with redirect_stdout(StringIO()):
            answer = handlers[name](proxy_event(*matched, request), contexts[name])  # type: ignore[arg-type]
        response = read_proxy_response(answer)
        return response.status, json.loads(response.body)

    # What the job and the handlers log is of no use here.
    logger.setLevel(logging.CRITICAL)
    with TemporaryDirectory() as folder:
        raw, place = Path(folder) / "raw", Path(folder) / "releases"
        write_embedded(raw)
        store = LocalStore(place, mkdir=True)
        run(raw, store, Stages(Console(file=StringIO())))
        with override_releases(Releases(store)):
            yield send
