"""JSON schemas of the API's parameters and answers, from the types in the code."""

from __future__ import annotations

import json
import types
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter

from cartelera.contract.names import MAX_NAME_LENGTH
from cartelera.http.encoded import EncodedAnswer
from cartelera.parameters import (
    CONTROL_CHARACTERS,
    MAX_TASTES,
    TASTE_FIELDS,
    Choice,
    Decimal,
    FilmId,
    Flag,
    Integer,
    Integers,
    Tastes,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cartelera.errors import CarteleraError
    from cartelera.parameters import Parameter
    from infra.openapi.services import Location, Service
    from infra.openapi.texts import Texts

type Schema = dict[str, Any]

_REF = "#/components/schemas/{model}"
# The name of the schema of a film in a `Tastes`.
TASTE = "Gusto"


def parameter_schema(parameter: Parameter) -> Schema:
    """Return the schema of a parameter; `TypeError` when there is none for its kind."""
    match parameter:
        case Text():
            # A name needs a visible character.
            nothing = CONTROL_CHARACTERS.pattern.strip("[]")
            pattern = rf"^[^{nothing}]*[^\s{nothing}][^{nothing}]*$"
            lengths = {"minLength": 1, "maxLength": MAX_NAME_LENGTH}
            schema: Schema = {"type": "string", **lengths, "pattern": pattern}
        case Integer():
            schema = {"type": "integer", "minimum": parameter.low, "maximum": parameter.high}
            schema |= _default(parameter.default)
        case FilmId():
            number = {"type": "integer", "minimum": 1, "maximum": parameter.high}
            # Patterns have no flags in JSON Schema.
            at_imdb = {"type": "string", "pattern": r"^[tT][tT][0-9]{1,10}$"}
            schema = {"anyOf": [number, at_imdb]}
        case Integer() | Decimal() | Integers():
            schema = _number_schema(parameter)
        case Choice():
            schema = {"type": "string", "enum": list(parameter.options)}
            schema |= _default(parameter.default)
        case Flag():
            schema = {"type": "boolean", "default": False}
        case Tastes():
            films = {"$ref": _REF.format(model=TASTE)}
            schema = {"type": "array", "items": films, "maxItems": MAX_TASTES, "default": []}
        case _:
            raise TypeError(f"no schema for {parameter!r}")
    return schema


def _number_schema(parameter: Integer | Decimal | Integers) -> Schema:
    if isinstance(parameter, Decimal):
        lowest = "exclusiveMinimum" if parameter.above_low else "minimum"
        schema: Schema = {"type": "number", lowest: parameter.low, "maximum": parameter.high}
        return schema | _default(parameter.default)
    number = {"type": "integer", "minimum": parameter.low, "maximum": parameter.high}
    if isinstance(parameter, Integers):
        return {"type": "array", "items": number, "minItems": 1, "maxItems": parameter.most}
    return number | _default(parameter.default)


def _default(value: float | str | None) -> Schema:
    return {} if value is None else {"default": value}


def taste_schema(texts: Texts) -> Schema:
    """Return the schema `TASTE`, of a film in a `Tastes`."""
    fields = {member.name: parameter_schema(member) for member in TASTE_FIELDS}
    schema = _described({"properties": fields}, TASTE, texts)
    return schema | {"anyOf": [{"required": ["titulo"]}, {"required": ["id"]}]}


def answer_schemas(
    services: Sequence[Service], texts: Texts
) -> tuple[dict[tuple[str, Location], Schema], dict[str, Schema]]:
    """Return the schemas of the answers, from the return types of the handlers.

    Parameters
    ----------
    services
        The questions.
    texts
        Describes the types and their fields.

    Returns
    -------
    tuple
        The schema of each answer, by service and where the request holds its parameter; and the
        named schemas that those refer to.
    """
    adapters = []
    for service in services:
        for location, answer in _answer_types(service):
            adapter: TypeAdapter[Any] = TypeAdapter(answer)
            adapters.append(((service.name, location), "serialization", adapter))
    found, document = TypeAdapter.json_schemas(adapters, ref_template=_REF)  # type: ignore[arg-type]
    answers = {key: _tidy(schema) for (key, _), schema in found.items()}
    named = {
        _public(name): _described(_tidy(schema), name.partition("_")[0], texts)
        for name, schema in document.get("$defs", {}).items()
    }
    return answers, dict(sorted(named.items()))


def _answer_types(service: Service) -> Iterator[tuple[Location, Any]]:
    """Yield where a request may hold the parameter, and the type of the answer.

    If a question answers one of several types, the first is the answer to a name.
    """
    annotated = get_type_hints(service.handler.question)["return"]
    if get_origin(annotated) is EncodedAnswer:
        (annotated,) = get_args(annotated)
    is_choice = get_origin(annotated) in (Union, types.UnionType)
    yield "path", get_args(annotated)[0] if is_choice else annotated
    yield "query", annotated
    if service.handler.posted is not None:
        yield "body", get_type_hints(service.handler.posted.question)["return"]


def problem_schema(error: CarteleraError, texts: Texts) -> Schema:
    """Return the schema of an error's problem body.

    Parameters
    ----------
    error
        An instance, for its status, title and members.
    texts
        Describes the error and its fields.
    """
    name = type(error).__name__
    text: Schema = {"type": "string"}
    fields: dict[str, Schema] = {
        "type": {"type": "string", "const": f"urn:cartelera:{name}"},
        "title": {"type": "string", "examples": [str(error.title), error.title.english]},
        "status": {"type": "integer", "const": error.status},
        "detail": text,
        **{
            member: {"type": "array", "items": text} if isinstance(value, list) else text
            for member, value in error.members.items()
        },
    }
    # A notice is only there where there is something to say.
    required = [field for field in fields if field != "aviso"]
    schema = {"type": "object", "properties": fields, "required": required}
    return _described(schema, name, texts)


def _public(name: str) -> str:
    """Return a schema's name without pydantic's signs: `Listado_Idioma_` is `ListadoIdioma`."""
    return name.replace("_", "")


def _tidy(schema: Schema) -> Schema:
    """Return a schema without generated titles, and with null as one more type."""

    def tidy(part: Schema) -> Schema:
        if "$ref" in part:
            path, _, name = part["$ref"].rpartition("/")
            return {"$ref": f"{path}/{_public(name)}"}
        options = part.get("anyOf", [])
        if {"type": "null"} in options and all(each.keys() == {"type"} for each in options):
            return {"type": [each["type"] for each in options]}
        # A field may be called so, too: then it is an object.
        generated = [key for key in ("title", "description") if isinstance(part.get(key), str)]
        return {key: value for key, value in part.items() if key not in generated}

    tidied: Schema = json.loads(json.dumps(schema), object_hook=tidy)
    return tidied


def _described(schema: Schema, name: str, texts: Texts) -> Schema:
    """Return the schema of an object with its descriptions, and without further fields."""
    return {
        "type": "object",
        "description": texts.get(("tipos", name, "descripcion")),
        "properties": {
            field: {
                **value,
                "description": texts.get(("tipos", name, "campos", field), ("campos", field)),
            }
            for field, value in schema["properties"].items()
        },
        "required": schema.get("required", []),
        "additionalProperties": False,
    }
