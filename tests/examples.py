"""The questions that the API's description shows: requests, and what each is answered with."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple, override

from infra.local.events import HttpRequest, match_route, proxy_event
from infra.openapi import DOCUMENT
from infra.openapi.texts import read_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.template import Template

_REQUEST = re.compile("`([A-Z]+) (.+?)`(?: `(.+)`)?")


class Example(NamedTuple):
    """A request to a question, and its answer.

    Attributes
    ----------
    route
        The question's folder, which is its route without the slash.
    parameters
        What a direct invocation asks with.
    path
        Percent-encoded, with the query.
    body
        What is posted; empty for a GET.
    shown
        The answer as the description shows it, with `varying` in place of what differs between
        releases.
    """

    route: str
    parameters: dict[str, Any]
    method: str
    path: str
    body: bytes
    status: int
    shown: dict[str, Any]
    varying: dict[str, Any]

    @override
    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.body.decode()}".strip()

    def event(self, template: Template) -> dict[str, Any]:
        """Return the event that API Gateway makes of the request."""
        path, _, query = self.path.partition("?")
        request = HttpRequest(self.method, path, query, (), self.body)
        matched = match_route(template.routes, request)
        assert matched
        return proxy_event(*matched, request)


def _examples() -> Iterator[Example]:
    texts = read_texts()
    parameters = {"get": texts.examples, "post": texts.posted_examples}
    for path, item in json.loads(DOCUMENT.read_text())["paths"].items():
        route = path.split("/")[1]
        for method in item.keys() & parameters.keys():
            for status, response in item[method]["responses"].items():
                for content in response.get("content", {}).values():
                    for key, example in content.get("examples", {}).items():
                        request = _REQUEST.fullmatch(example["description"])
                        assert request
                        yield Example(
                            route,
                            parameters[method][route][key]["pide"],
                            request[1],
                            request[2],
                            (request[3] or "").encode(),
                            int(status),
                            example["value"],
                            example.get("x-varia", {}),
                        )


# In the same order in every test process.
EXAMPLES = tuple(sorted(_examples(), key=lambda example: (example.method, example.status)))


def first_answered(route: str) -> Example:
    """Return the first GET of a question that is answered, by path where there is a name."""
    return next(
        each for each in EXAMPLES if (each.route, each.method, each.status) == (route, "GET", 200)
    )
