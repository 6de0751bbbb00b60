"""The OpenAPI document, put together from services, texts and examples."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from cartelera import ATTRIBUTION
from cartelera.errors import (
    CarteleraError,
    InvalidParameterError,
    MethodNotAllowedError,
    NoReleaseError,
    NotInCatalogueError,
    PayloadTooLargeError,
)
from cartelera.http.handler import JSON, PROBLEM_JSON, READING, READING_AND_POSTING
from cartelera.http.question import RELEASE_HEADER
from cartelera.lookup.listing import LIST_LIMIT, LIST_PAGE
from cartelera.parameters import Tastes, Text
from infra.openapi.examples import ExampleError, answer_all, answer_all_posted, read_examples
from infra.openapi.schemas import (
    TASTE,
    answer_schemas,
    parameter_schema,
    problem_schema,
    taste_schema,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartelera.http.question import PostedQuestion
    from cartelera.parameters import Parameter
    from infra.openapi.examples import Answered, Ask
    from infra.openapi.schemas import Schema
    from infra.openapi.services import Service, Way
    from infra.openapi.texts import Place, Texts

VERSION = "3.1.1"

# One of each, for what its status, title, members and headers are.
_INVALID = InvalidParameterError("", "")
_NOT_FOUND = NotInCatalogueError("", [""])
_NOT_ALLOWED = MethodNotAllowedError("", READING)
_FAILED = CarteleraError("")
_UNAVAILABLE = NoReleaseError("")
_TOO_LARGE = PayloadTooLargeError(0, 0)
_ERRORS = (_INVALID, _NOT_FOUND, _NOT_ALLOWED, _FAILED, _UNAVAILABLE)

_UNKEPT = ("Cache-Control", RELEASE_HEADER)
_CACHED = ("Cache-Control", "ETag", RELEASE_HEADER)
# What sets the components of paths that take a POST apart from the others' of the same name.
_POST = ".post"
_HEADER_SCHEMAS: dict[str, Schema] = {
    "Allow": {"type": "string", "const": ", ".join(READING)},
    "Cache-Control": {"type": "string"},
    "ETag": {"type": "string", "pattern": '^W/"[0-9a-f]{32}"$'},
    "Retry-After": {"type": "integer", "minimum": 1},
    RELEASE_HEADER: {"type": "string"},
}
_ALLOW_POST: Schema = {"type": "string", "const": ", ".join(READING_AND_POSTING)}
_IF_NONE_MATCH = "If-None-Match"


def build(services: Sequence[Service], texts: Texts, ask: Ask, version: str) -> dict[str, Any]:
    """Return the document.

    What is wrong with the texts is remembered by them; see `Texts.problems`.
    """
    answers, named = answer_schemas(services, texts)
    posted = [service.handler.posted for service in services if service.handler.posted]
    errors = (*_ERRORS, _TOO_LARGE) if posted else _ERRORS
    problems = {type(error).__name__: problem_schema(error, texts) for error in errors}
    parameters = [parameter for each in posted for parameter in each.parameters]
    if any(isinstance(parameter, Tastes) for parameter in parameters):
        named[TASTE] = taste_schema(texts)
    writer = _Writer(texts, ask, answers, takes_posts=bool(posted))
    paths = {
        path.replace("+}", "}"): writer.path_item(service, by_path=path.endswith("+}"))
        for service in services
        for path in service.paths
    }
    return {
        "openapi": VERSION,
        "info": {
            "title": texts.say(("titulo",)),
            "version": version,
            "summary": texts.say(("resumen",)),
            "description": f"{texts.say(('descripcion',))}\n\n{ATTRIBUTION}",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        # Relative to where the document lies: under a stage, a base path, or neither.
        "servers": [{"url": ".", "description": texts.say(("servidor",))}],
        "tags": [
            {"name": name, "description": texts.say(("etiquetas", name))}
            # What one asks for first, and the other methods of the same paths last.
            for name in (*writer.tags, texts.say(("metodos", "etiqueta")))
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
    """Writes operations, and remembers which tags and parameters they refer to."""

    texts: Texts
    ask: Ask
    answers: dict[tuple[str, Way], Schema]
    takes_posts: bool
    tags: dict[str, None] = field(default_factory=dict)
    _parameters: dict[str, Schema] = field(default_factory=dict)

    def path_item(self, service: Service, *, by_path: bool) -> dict[str, Any]:
        """Return the operations at one of a service's paths."""
        route, name = service.handler.route, service.handler.parameters[:1]
        in_path = name[0].name if by_path else None
        examples = read_examples(self.texts.examples.get(service.name, {}))
        get = self._get(service, answer_all(self.ask, route, examples, in_path), by_path=by_path)
        # A path with a name takes no POST.
        posted = None if by_path else service.handler.posted
        post = {"post": self._post(service, posted)} if posted else {}
        options = self._options(route, get, takes_posts=bool(posted))
        if in_path:
            options["parameters"] = [self._unread(in_path)]
        return {"get": get, **post, "head": self._head(route, get), "options": options}

    def headers(self) -> dict[str, Schema]:
        """Return the headers of the answers."""
        schemas = _HEADER_SCHEMAS | ({f"Allow{_POST}": _ALLOW_POST} if self.takes_posts else {})
        return {
            name: {
                "description": self.texts.say(("cabeceras", name.removesuffix(_POST))),
                "required": True,
                "schema": schema,
            }
            for name, schema in schemas.items()
        }

    def parameters(self) -> dict[str, Schema]:
        """Return the parameters that the operations refer to."""
        conditional = {
            "name": _IF_NONE_MATCH,
            "in": "header",
            "description": self.texts.say(("cabeceras", _IF_NONE_MATCH)),
            "schema": {"type": "string"},
        }
        return self._parameters | {_IF_NONE_MATCH: conditional}

    def responses(self) -> dict[str, Schema]:
        """Return the responses that are the same everywhere, or wherever a POST is taken."""
        responses = {
            "204": self._response(HTTPStatus.NO_CONTENT, ("Allow",)),
            "304": self._response(HTTPStatus.NOT_MODIFIED, _CACHED),
            "405": self._problem(_NOT_ALLOWED, {}),
            "500": self._problem(_FAILED, {}),
            "503": self._problem(_UNAVAILABLE, {}),
        }
        if self.takes_posts:
            allow = {"Allow": _component("headers", f"Allow{_POST}")}
            for status in ("204", "405"):
                other = responses[status]
                responses[status + _POST] = other | {"headers": other["headers"] | allow}
        return responses

    def _get(self, service: Service, shown: list[Answered], *, by_path: bool) -> dict[str, Any]:
        tag = self.texts.say(("rutas", service.name, "etiqueta"))
        self.tags.setdefault(tag)
        return {
            "operationId": f"{service.name}_por_ruta" if by_path else service.name,
            "tags": [tag],
            "summary": self._words(service, "resumen", by_path=by_path),
            "description": self._words(service, "descripcion", by_path=by_path),
            "parameters": [
                *(
                    self._parameter(service, parameter, shown, by_path=place == "path")
                    for place, parameter in _places(service, by_path=by_path)
                ),
                _component("parameters", _IF_NONE_MATCH),
            ],
            "responses": self._get_responses(service, shown, by_path=by_path),
        }

    def _post(self, service: Service, posted: PostedQuestion) -> dict[str, Any]:
        place = ("rutas", service.name, "post")
        examples = read_examples(self.texts.posted_examples[service.name])
        shown = answer_all_posted(self.ask, service.handler.route, examples)
        sent = {
            each.example.key: {
                "summary": each.example.summary,
                "value": each.example.parameters,
            }
            for each in shown
            if each.status == HTTPStatus.OK
        }
        content = {"schema": self._body(service, posted), "examples": sent}
        return {
            "operationId": f"post_{service.name}",
            "tags": [self.texts.say(("rutas", service.name, "etiqueta"))],
            "summary": self.texts.say((*place, "resumen")),
            "description": self.texts.say((*place, "descripcion")),
            "requestBody": {"required": True, "content": {_media_type(JSON): content}},
            "responses": self._responses(
                place,
                shown,
                self._response(HTTPStatus.OK, _UNKEPT),
                self.answers[service.name, "body"],
                (_INVALID, _NOT_FOUND, _TOO_LARGE),
            ),
        }

    def _body(self, service: Service, posted: PostedQuestion) -> Schema:
        """Return the schema of the object whose members are the parameters of a POST."""
        place = ("rutas", service.name)
        return {
            "type": "object",
            "properties": {
                parameter.name: {
                    **parameter_schema(parameter),
                    "description": self.texts.say(
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

    def _words(self, service: Service, kind: str, *, by_path: bool) -> str:
        """Return the text of a route, or the one for its path with a name if it has its own."""
        place = ("rutas", service.name)
        if by_path:
            return self.texts.say((*place, "por_ruta", kind), (*place, kind))
        return self.texts.say((*place, kind))

    def _get_responses(
        self, service: Service, shown: list[Answered], *, by_path: bool
    ) -> dict[str, Any]:
        responses = self._responses(
            ("rutas", service.name),
            shown,
            self._response(HTTPStatus.OK, _CACHED),
            self.answers[service.name, "path" if by_path else "query"],
            # What is looked up by name may not be there; a search finds nothing, and says so.
            (_INVALID, _NOT_FOUND) if service.has_name else (_INVALID,),
        )
        return dict(sorted({**responses, "304": _component("responses", "304")}.items()))

    def _responses(
        self,
        place: Place,
        shown: list[Answered],
        success: dict[str, Any],
        answer: Schema,
        errors: tuple[CarteleraError, ...],
    ) -> dict[str, Any]:
        """Return the responses of a question whose texts are at `place`, with their examples."""
        examples = _by_status(shown)
        if HTTPStatus.OK not in examples:
            self.texts.miss((*place, "ejemplos"))
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

    def _head(self, route: str, get: dict[str, Any]) -> dict[str, Any]:
        """Return the operation that answers like GET, without a body."""
        common = self.responses()
        return self._unseen("head", route, get) | {
            "parameters": get["parameters"],
            "responses": {
                status: {
                    key: value
                    for key, value in common.get(status, response).items()
                    if key != "content"
                }
                for status, response in get["responses"].items()
            },
        }

    def _options(self, route: str, get: dict[str, Any], *, takes_posts: bool) -> dict[str, Any]:
        """Return the operation that tells the methods."""
        told = f"204{_POST}" if takes_posts else "204"
        return self._unseen("options", route, get) | {
            "responses": {"204": _component("responses", told)}
        }

    def _unseen(self, method: str, route: str, get: dict[str, Any]) -> dict[str, Any]:
        return {
            "operationId": f"{method}_{get['operationId']}",
            "tags": [self.texts.say(("metodos", "etiqueta"))],
            "summary": f"{self.texts.say(('metodos', method))} `{route}`",
        }

    def _unread(self, name: str) -> Schema:
        """Return the parameter of a path that must be there, whatever it is."""
        return {
            "name": name,
            "in": "path",
            "description": self.texts.say(("metodos", "sin_leer")),
            "required": True,
            "schema": {"type": "string"},
        }

    def _parameter(
        self,
        service: Service,
        parameter: Parameter,
        shown: list[Answered],
        *,
        by_path: bool,
    ) -> Schema:
        """Write a parameter down and return the reference to it."""
        name = parameter.name
        described: Schema = {
            "name": name,
            "in": "path" if by_path else "query",
            "description": self.texts.say(
                ("rutas", service.name, "parametros", name), ("parametros", name)
            ),
            "required": by_path or _is_required(parameter),
            "schema": parameter_schema(parameter),
        }
        if by_path:
            described["description"] += f" {self.texts.say(('en_ruta',))}"
        if parameter is service.handler.parameters[0]:
            described["examples"] = {
                each.example.key: {
                    "summary": each.example.summary,
                    "value": each.example.parameters[name],
                }
                for each in shown
                if each.status == HTTPStatus.OK and name in each.example.parameters
            }
        key = f"{service.name}.{name}{'.ruta' if by_path else ''}"
        self._parameters[key] = described
        return _component("parameters", key)

    def _problem(self, error: CarteleraError, examples: dict[str, Any]) -> dict[str, Any]:
        headers = ("Cache-Control", *error.headers())
        content: Schema = {"schema": _component("schemas", type(error).__name__)}
        if examples:
            content["examples"] = examples
        described = self._response(HTTPStatus(error.status), headers)
        return described | {"content": {_media_type(PROBLEM_JSON): content}}

    def _response(self, status: HTTPStatus, headers: tuple[str, ...]) -> dict[str, Any]:
        return {
            "description": self.texts.say(("respuestas", str(status.value))),
            "headers": {name: _component("headers", name) for name in headers},
        }


def _by_status(shown: list[Answered]) -> dict[int, dict[str, Any]]:
    examples: dict[int, dict[str, Any]] = {}
    for each in shown:
        examples.setdefault(each.status, {})[each.example.key] = each.document()
    return examples


def _places(service: Service, *, by_path: bool) -> list[tuple[str, Parameter]]:
    """Return where each parameter goes; with a name in the path, there are no pages of all."""
    if not by_path:
        return [("query", parameter) for parameter in service.handler.parameters]
    name, *others = service.handler.parameters
    listing = (LIST_PAGE, LIST_LIMIT)
    return [("path", name), *(("query", other) for other in others if other not in listing)]


def _is_required(parameter: Parameter) -> bool:
    return isinstance(parameter, Text) and parameter.required


def _component(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0]
