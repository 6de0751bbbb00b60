"""The OpenAPI document, put together from services, texts and examples."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from cartelera import ATTRIBUTION, IMDB_ATTRIBUTION, MOVIELENS_ATTRIBUTION
from cartelera.errors import (
    CarteleraError,
    InvalidParameterError,
    Message,
    MethodNotAllowedError,
    NoReleaseError,
    NotInCatalogueError,
    PayloadTooLargeError,
)
from cartelera.http.handler import JSON, PROBLEM_JSON, READ_AND_POST_METHODS, READ_METHODS
from cartelera.http.question import RELEASE_HEADER
from cartelera.lookup.listing import LIST_LIMIT, LIST_PAGE
from cartelera.parameters import Integers, Text
from infra.openapi.examples import ExampleError, ask_examples
from infra.openapi.schemas import (
    TASTE,
    answer_schemas,
    parameter_schema,
    problem_schema,
    taste_schema,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cartelera.http.question import PostedQuestion
    from cartelera.parameters import Parameter
    from infra.openapi.examples import Example, Send
    from infra.openapi.schemas import Schema
    from infra.openapi.services import Location, Service
    from infra.openapi.texts import Keys, Texts

VERSION = "3.1.1"

# An instance of each, for its status, title, members and headers.
_NOTHING = Message("", "")
_INVALID = InvalidParameterError("", _NOTHING)
_NOT_FOUND = NotInCatalogueError(_NOTHING, [""], "aviso")
_NOT_ALLOWED = MethodNotAllowedError("", READ_METHODS)
_FAILED = CarteleraError(_NOTHING)
_UNAVAILABLE = NoReleaseError(_NOTHING)
_TOO_LARGE = PayloadTooLargeError(0, 0)
_ERRORS = (_INVALID, _NOT_FOUND, _NOT_ALLOWED, _FAILED, _UNAVAILABLE, _TOO_LARGE)

_NOT_CACHED = ("Cache-Control", RELEASE_HEADER)
_CACHED = ("Cache-Control", "ETag", RELEASE_HEADER)
# Ends the names of the components that are others where a path takes a POST.
_POST = ".post"
_HEADER_SCHEMAS: dict[str, Schema] = {
    "Allow": {"type": "string", "const": ", ".join(READ_METHODS)},
    "Cache-Control": {"type": "string"},
    "ETag": {"type": "string", "pattern": '^W/"[0-9a-f]{32}"$'},
    "Retry-After": {"type": "integer", "minimum": 1},
    RELEASE_HEADER: {"type": "string"},
    f"Allow{_POST}": {"type": "string", "const": ", ".join(READ_AND_POST_METHODS)},
}
_IF_NONE_MATCH = "If-None-Match"


def build(
    services: Sequence[Service], texts: Texts, send: Send, version: str, server: str = "."
) -> dict[str, Any]:
    """Return the document; `ExampleError` when an example cannot be shown.

    Parameters
    ----------
    services
        The questions, in the order of the document.
    texts
        Its words and examples. `Texts.problems` says afterwards what is wrong with them.
    send
        Sends the requests of the examples.
    version
        Of the API.
    server
        Where the API is, relative to the document's address: under a stage, a base path, or
        neither.
    """
    answers, named = answer_schemas(services, texts)
    named[TASTE] = taste_schema(texts)
    problems = {type(error).__name__: problem_schema(error, texts) for error in _ERRORS}
    writer = _Writer(texts, send, answers)
    paths = {
        path.replace("+}", "}"): writer.path_item(service, by_path=path.endswith("+}"))
        for service in services
        for path in service.paths
    }
    return {
        "openapi": VERSION,
        "info": {
            "title": texts.get(("titulo",)),
            "version": version,
            "summary": texts.get(("resumen",)),
            "description": f"{texts.get(('descripcion',))}\n\n{ATTRIBUTION}\n\n"
            f"{texts.get(('titulos_de_imdb',))} {IMDB_ATTRIBUTION}\n\n"
            f"{texts.get(('valoraciones_de_movielens',))} {MOVIELENS_ATTRIBUTION}",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": server, "description": texts.get(("servidor",))}],
        "tags": [
            {"name": name, "description": texts.get(("etiquetas", name))} for name in writer.tags
        ],
        "paths": paths,
        "components": {
            "schemas": named | problems,
            "parameters": writer.parameters(),
            "headers": writer.headers(),
            "responses": writer.responses(),
        },
    }


@dataclass
class _Writer:
    """Writes operations, and collects the tags and parameters that they refer to."""

    texts: Texts
    send: Send
    answers: dict[tuple[str, Location], Schema]
    tags: dict[str, None] = field(default_factory=dict)
    _parameters: dict[str, Schema] = field(default_factory=dict)

    def path_item(self, service: Service, *, by_path: bool) -> dict[str, Any]:
        """Return the operations at one of a service's paths."""
        route = service.handler.route
        in_path = service.handler.parameters[0].name if by_path else None
        table = self.texts.examples.get(service.name, {})
        summaries = self._summaries(("rutas", service.name), table)
        shown = ask_examples(self.send, route, table, summaries, in_path)
        get = self._get(service, shown, by_path=by_path)
        # A path with a name takes no POST.
        posted = None if by_path else service.handler.posted
        post = {"post": self._post(service, posted)} if posted else {}
        return {"get": get, **post}

    def headers(self) -> dict[str, Schema]:
        """Return the headers of the answers."""
        return {
            name: {
                "description": self.texts.get(("cabeceras", name.removesuffix(_POST))),
                "required": True,
                "schema": schema,
            }
            for name, schema in _HEADER_SCHEMAS.items()
        }

    def parameters(self) -> dict[str, Schema]:
        """Return the parameters that the operations refer to."""
        return self._parameters | {
            _IF_NONE_MATCH: {
                "name": _IF_NONE_MATCH,
                "in": "header",
                "description": self.texts.get(("cabeceras", _IF_NONE_MATCH)),
                "schema": {"type": "string"},
            }
        }

    def responses(self) -> dict[str, Schema]:
        """Return the responses that are the same everywhere, or wherever a POST is taken."""
        responses = {
            "304": self._response(HTTPStatus.NOT_MODIFIED, _CACHED),
            "405": self._problem(_NOT_ALLOWED, {}),
            "500": self._problem(_FAILED, {}),
            "503": self._problem(_UNAVAILABLE, {}),
        }
        allow = {"Allow": _component("headers", f"Allow{_POST}")}
        headers = responses["405"]["headers"] | allow
        return responses | {f"405{_POST}": responses["405"] | {"headers": headers}}

    def _get(self, service: Service, shown: list[Example], *, by_path: bool) -> dict[str, Any]:
        place = ("rutas", service.name)
        # The path with a name has texts of its own where it answers less.
        places = [(*place, "por_ruta"), place] if by_path else [place]
        tag = self.texts.get((*place, "etiqueta"))
        self.tags.setdefault(tag)
        # One entry has no pages, and is not several.
        unused = (LIST_PAGE, LIST_LIMIT) if by_path else ()
        parameters = [
            self._parameter(service, each, shown, by_path=by_path and not position)
            for position, each in enumerate(service.handler.parameters)
            if each not in unused and not (by_path and isinstance(each, Integers))
        ]
        # A name may not be there, of a filter neither; a search that finds nothing is no error.
        misses = service.has_name or any(each.status == _NOT_FOUND.status for each in shown)
        responses = self._responses(
            place,
            shown,
            self._response(HTTPStatus.OK, _CACHED),
            self.answers[service.name, "path" if by_path else "query"],
            (_INVALID, _NOT_FOUND) if misses else (_INVALID,),
        )
        responses["304"] = _component("responses", "304")
        return {
            "operationId": f"{service.name}_por_ruta" if by_path else service.name,
            "tags": [tag],
            "summary": self.texts.get(*((*each, "resumen") for each in places)),
            "description": self.texts.get(*((*each, "descripcion") for each in places)),
            "parameters": [*parameters, _component("parameters", _IF_NONE_MATCH)],
            "responses": dict(sorted(responses.items())),
        }

    def _post(self, service: Service, posted: PostedQuestion) -> dict[str, Any]:
        place = ("rutas", service.name, "post")
        table = self.texts.posted_examples[service.name]
        summaries = self._summaries(place, table)
        shown = ask_examples(self.send, service.handler.route, table, summaries, posted=True)
        sent = {
            each.key: {"summary": each.document["summary"], "value": each.parameters}
            for each in shown
            if each.status == HTTPStatus.OK
        }
        content = {"schema": self._body(service, posted), "examples": sent}
        return {
            "operationId": f"post_{service.name}",
            "tags": [self.texts.get(("rutas", service.name, "etiqueta"))],
            "summary": self.texts.get((*place, "resumen")),
            "description": self.texts.get((*place, "descripcion")),
            "requestBody": {"required": True, "content": {_media_type(JSON): content}},
            "responses": self._responses(
                place,
                shown,
                self._response(HTTPStatus.OK, _NOT_CACHED),
                self.answers[service.name, "body"],
                (_INVALID, _NOT_FOUND, _TOO_LARGE),
            ),
        }

    def _summaries(self, place: Keys, examples: Mapping[str, Any]) -> dict[str, str]:
        """Return what each example of the texts at a place is called."""
        return {key: self.texts.get((*place, "ejemplos", key, "resumen")) for key in examples}

    def _body(self, service: Service, posted: PostedQuestion) -> Schema:
        """Return the schema of the object whose members are the parameters of a POST."""
        place = ("rutas", service.name)
        return {
            "type": "object",
            "properties": {
                parameter.name: {
                    **parameter_schema(parameter),
                    "description": self.texts.get(
                        (*place, "post", "parametros", parameter.name),
                        (*place, "parametros", parameter.name),
                        ("parametros", parameter.name),
                    ),
                }
                for parameter in posted.parameters
            },
            "required": [each.name for each in posted.parameters if _is_required(each)],
            "additionalProperties": False,
        }

    def _responses(
        self,
        place: Keys,
        shown: list[Example],
        success: dict[str, Any],
        answer: Schema,
        errors: tuple[CarteleraError, ...],
    ) -> dict[str, Any]:
        """Return the responses of a question whose texts are at `place`, with their examples."""
        examples: dict[int, dict[str, Any]] = {}
        for each in shown:
            examples.setdefault(each.status, {})[each.key] = each.document
        if HTTPStatus.OK not in examples:
            self.texts.add_missing((*place, "ejemplos"))
        success["content"] = {
            _media_type(JSON): {"schema": answer, "examples": examples.pop(HTTPStatus.OK, {})}
        }
        responses = {"200": success}
        for error in errors:
            responses[str(error.status)] = self._problem(error, examples.pop(error.status, {}))
        if examples:
            name = ".".join(place[1:])
            raise ExampleError(f"{name}: examples with undocumented status {list(examples)}")
        return responses | {status: _component("responses", status) for status in ("500", "503")}

    def _parameter(
        self, service: Service, parameter: Parameter, shown: list[Example], *, by_path: bool
    ) -> Schema:
        """Add a parameter to the components and return the reference to it."""
        name = parameter.name
        described: Schema = {
            "name": name,
            "in": "path" if by_path else "query",
            "description": self.texts.get(
                ("rutas", service.name, "parametros", name), ("parametros", name)
            ),
            "required": by_path or _is_required(parameter),
            "schema": parameter_schema(parameter),
        }
        if by_path:
            described["description"] += f" {self.texts.get(('en_ruta',))}"
        if parameter is service.handler.parameters[0]:
            described["examples"] = {
                each.key: {"summary": each.document["summary"], "value": each.parameters[name]}
                for each in shown
                if each.status == HTTPStatus.OK and name in each.parameters
            }
        key = f"{service.name}.{name}{'.ruta' if by_path else ''}"
        self._parameters[key] = described
        return _component("parameters", key)

    def _problem(self, error: CarteleraError, examples: dict[str, Any]) -> dict[str, Any]:
        content: Schema = {"schema": _component("schemas", type(error).__name__)}
        if examples:
            content["examples"] = examples
        described = self._response(error.status, ("Cache-Control", *error.headers))
        return described | {"content": {_media_type(PROBLEM_JSON): content}}

    def _response(self, status: int, headers: tuple[str, ...]) -> dict[str, Any]:
        return {
            "description": self.texts.get(("respuestas", f"{status:d}")),
            "headers": {name: _component("headers", name) for name in headers},
        }


def _is_required(parameter: Parameter) -> bool:
    return isinstance(parameter, Text) and parameter.required


def _component(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0]
