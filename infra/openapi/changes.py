"""`python -m infra.openapi.changes`: what the last release's clients would trip over.

The committed OpenAPI document is compared with the one at the last git tag. A request that was
good must stay good, and an answer must stay one that the old document allows: each way in which
that does not hold is a line, and makes the command fail, unless the version says that it may
break clients: a higher major version or, below 1.0, a higher minor one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from infra.openapi import DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    type Document = dict[str, Any]
    # What goes beyond what is allowed: where, and how.
    type Excess = Iterator[tuple[str, str]]
    # Pairs of references that are being compared already: types may hold themselves.
    type Underway = frozenset[tuple[str, str]]

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_LOWER_BOUNDS = {
    "minimum": "less than",
    "exclusiveMinimum": "at most",
    "minLength": "shorter than",
    "minItems": "fewer than",
}
_UPPER_BOUNDS = {"maximum": "more than", "maxLength": "longer than", "maxItems": "more than"}


class NothingToCompareError(Exception):
    """There is no document of an earlier version; the message says why."""


@click.command()
@click.option(
    "--document",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=DOCUMENT,
    help="The document to compare with what it was; without it, this project's.",
)
def main(document: Path) -> None:
    """Name each change since the last git tag that breaks clients."""
    after = json.loads(document.read_text())
    try:
        tag, before = released(document.parent, document.name)
    except NothingToCompareError as nothing:
        click.echo(f"OpenAPI changes: nothing to compare with ({nothing})")
        return
    found = list(breaking_changes(before, after))
    for change in found:
        click.echo(change, err=True)
    if found and not may_break(before["info"]["version"], after["info"]["version"]):
        click.echo(f"clients of {tag} would break: raise the version", err=True)
        sys.exit(1)


def released(folder: Path, path: str) -> tuple[str, Document]:
    """Return the last tag of a folder's git repository, and the JSON document at it.

    Raises
    ------
    NothingToCompareError
        When there is no git, no repository, no tag, or no such file at it.
    """
    tag = _git(folder, "describe", "--tags", "--abbrev=0").strip()
    return tag, json.loads(_git(folder, "show", f"{tag}:./{path}"))


def may_break(before: str, after: str) -> bool:
    """Tell whether a version may break the clients of an earlier one."""
    (old_major, old_minor), (major, minor) = (
        (int(number) for number in version.split(".")[:2]) for version in (before, after)
    )
    return major > old_major or (major == old_major == 0 and minor > old_minor)


def breaking_changes(before: Document, after: Document) -> Iterator[str]:
    """Yield a line for each change that may break a client."""
    new = _operations(after)
    for name, old in _operations(before).items():
        if name not in new:
            yield f"{name}: removed"
        else:
            changes = (
                *_operation_changes(old, new[name]),
                *_parameter_changes(old, new[name]),
                *_body_changes(old, new[name]),
                *_response_changes(old, new[name]),
            )
            yield from (f"{name}: {change}" for change in changes)


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    except FileNotFoundError:
        raise NothingToCompareError("git is not installed") from None
    except subprocess.CalledProcessError as error:
        raise NothingToCompareError(error.stderr.strip().splitlines()[0]) from None
    return done.stdout


class _Node(NamedTuple):
    """A part of a document, which what it refers to is looked up in."""

    content: dict[str, Any]
    document: Document

    @property
    def reference(self) -> str:
        """What it refers to; empty when it stands for itself."""
        return str(self.content.get("$ref", ""))

    def resolved(self) -> _Node:
        """Return what it refers to in the end, or itself."""
        found: Any = self.document
        if not self.reference:
            return self
        for step in self.reference.removeprefix("#/").split("/"):
            found = found[step]
        return _Node(found, self.document).resolved()

    def part(self, name: str) -> dict[str, _Node]:
        """Return the parts within one of its parts, by name, each resolved."""
        parts = self.content.get(name, {})
        return {key: _Node(each, self.document).resolved() for key, each in parts.items()}

    def schema(self) -> _Node:
        """Return the schema of a parameter or of a content, as it stands there."""
        return _Node(self.content["schema"], self.document)

    def child(self, name: str) -> _Node | None:
        """Return one of its parts as it stands there, if it is one."""
        found = self.content.get(name)
        return _Node(found, self.document) if isinstance(found, dict) else None

    def options(self) -> list[_Node]:
        """Return what a schema may be, with what holds of it anyhow: itself, if it is no choice."""
        if "anyOf" not in self.content:
            return [self]
        common = {key: value for key, value in self.content.items() if key != "anyOf"}
        needed = common.get("required", [])
        return [
            _Node(common | each | {"required": needed + each.get("required", [])}, self.document)
            for each in self.content["anyOf"]
        ]

    def types(self) -> set[str]:
        """Return the types that a schema allows; a number may be a whole one."""
        given = self.content["type"]
        allowed = {given} if isinstance(given, str) else set(given)
        return allowed | ({"integer"} if "number" in allowed else set())

    def values(self) -> list[Any] | None:
        """Return the only values that a schema allows, if it says which."""
        if "const" in self.content:
            return [self.content["const"]]
        return self.content.get("enum")


class _Operation(NamedTuple):
    """What is done at a path: its parameters are by place and name.

    The members of the object that is sent to it are parameters too.
    """

    node: _Node
    parameters: dict[str, _Node]


def _operations(document: Document) -> dict[str, _Operation]:
    """Return the operations of a document, by method and path."""
    operations = {}
    for path, item in document["paths"].items():
        for method in item.keys() & set(_METHODS):
            operation = _Node(item[method], document)
            listed = (*item.get("parameters", []), *item[method].get("parameters", []))
            found = [_Node(each, document).resolved() for each in listed]
            operations[f"{method.upper()} {path}"] = _Operation(
                operation,
                {f"{each.content['in']} parameter {each.content['name']}": each for each in found}
                | dict(_members(operation)),
            )
    return dict(sorted(operations.items()))


def _body(operation: _Node) -> _Node:
    return (operation.child("requestBody") or _Node({}, operation.document)).resolved()


def _members(operation: _Node) -> Iterator[tuple[str, _Node]]:
    """Yield the members of what is sent to an operation, written as parameters are."""
    for content in _body(operation).part("content").values():
        schema = content.schema().resolved()
        required = schema.content.get("required", [])
        for name, member in schema.content.get("properties", {}).items():
            described = {"required": name in required, "schema": member}
            yield f"body member {name}", _Node(described, schema.document)


def _operation_changes(old: _Operation, new: _Operation) -> Iterator[str]:
    # What generated clients call the function.
    if old.node.content.get("operationId") != new.node.content.get("operationId"):
        yield "operationId changed"


def _parameter_changes(old: _Operation, new: _Operation) -> Iterator[str]:
    for name, parameter in new.parameters.items():
        before = old.parameters.get(name)
        was_required = before is not None and before.content.get("required", False)
        if parameter.content.get("required", False) and not was_required:
            yield f"{name} newly required"
    for name, parameter in old.parameters.items():
        if name not in new.parameters:
            yield f"{name} removed"
            continue
        before, after = (each.schema() for each in (parameter, new.parameters[name]))
        if before.content.get("default") != after.content.get("default"):
            yield f"{name} has another default"
        for path, what in _beyond(before, after, _sent_fields):
            yield f"{name}{path} no longer takes {what}"


def _body_changes(old: _Operation, new: _Operation) -> Iterator[str]:
    before, after = _body(old.node), _body(new.node)
    if after.content.get("required", False) and not before.content.get("required", False):
        yield "body newly required"
    for media_type in before.part("content").keys() - after.part("content").keys():
        yield f"body {media_type} removed"


def _response_changes(old: _Operation, new: _Operation) -> Iterator[str]:
    responses = new.node.part("responses")
    for status, before in old.node.part("responses").items():
        if status not in responses:
            yield f"{status} removed"
            continue
        after = responses[status]
        for name in before.part("headers").keys() - after.part("headers").keys():
            yield f"{status} header {name} removed"
        for media_type, content in before.part("content").items():
            if media_type not in after.part("content"):
                yield f"{status} {media_type} removed"
                continue
            schemas = after.part("content")[media_type].schema(), content.schema()
            for path, what in _beyond(*schemas, _answered_fields):
                yield f"{status} {path or 'body'} may be {what}"


def _beyond(
    given: _Node,
    allowed: _Node,
    fields: Callable[[_Node, _Node], Excess],
    underway: Underway = frozenset(),
) -> Excess:
    """Yield where, and how, a schema goes beyond what another allows.

    What `fields` says of two objects depends on who reads them.
    """
    pair = (given.reference, allowed.reference)
    if pair in underway:
        return
    if all(pair):
        underway |= {pair}
    given, allowed = given.resolved(), allowed.resolved()
    if "anyOf" in given.content or "anyOf" in allowed.content:
        for option in given.options():
            # The one of the allowed that it is meant to be is the one it is most like.
            tries = [list(_beyond(option, each, fields, underway)) for each in allowed.options()]
            yield from min(tries, key=len)
        return
    excess = [*_beyond_types(given, allowed), *_beyond_values(given, allowed)]
    yield from (("", what) for what in excess)
    if not excess:
        yield from fields(given, allowed)
        for step, parts in _parts_in_common(given, allowed):
            for path, what in _beyond(*parts, fields, underway):
                yield f"{step}{path}", what


def _beyond_types(given: _Node, allowed: _Node) -> Iterator[str]:
    yield from sorted(given.types() - allowed.types())


def _beyond_values(given: _Node, allowed: _Node) -> Iterator[str]:
    values, known = given.values(), allowed.values()
    if known is not None:
        if values is None:
            yield "anything"
        yield from (repr(value) for value in values or () if value not in known)
    for bound, words in (_LOWER_BOUNDS | _UPPER_BOUNDS).items():
        if bound in allowed.content:
            limit, own = allowed.content[bound], given.content.get(bound)
            if own is None or (own < limit if bound in _LOWER_BOUNDS else own > limit):
                yield f"{words} {limit}"
    pattern = allowed.content.get("pattern")
    if pattern not in (None, given.content.get("pattern")):
        yield f"other than {pattern}"


def _answered_fields(given: _Node, allowed: _Node) -> Excess:
    """Yield what clients would look for in vain; what they do not know they pass over."""
    required = given.content.get("required", [])
    for name in allowed.content.get("properties", {}):
        gone = name not in given.content.get("properties", {})
        if gone or (name in allowed.content.get("required", []) and name not in required):
            yield f".{name}", "missing"


def _sent_fields(given: _Node, allowed: _Node) -> Excess:
    """Yield what clients send, or leave out, in vain."""
    sent, taken = (each.content.get("properties", {}) for each in (given, allowed))
    for name in allowed.content.get("required", []):
        if name not in given.content.get("required", []):
            yield "", f"one without {name}"
    for name, schema in sent.items():
        if name not in taken:
            yield "", f"one with {name}"
        elif schema.get("default") != taken[name].get("default"):
            yield f".{name}", f"{schema.get('default')} by default"


def _parts_in_common(given: _Node, allowed: _Node) -> Iterator[tuple[str, tuple[_Node, _Node]]]:
    old = allowed.content.get("properties", {})
    for name, schema in given.content.get("properties", {}).items():
        if name in old:
            yield f".{name}", (_Node(schema, given.document), _Node(old[name], allowed.document))
    for step, key in (("[]", "items"), (".*", "additionalProperties")):
        one, other = given.child(key), allowed.child(key)
        if one and other:
            yield step, (one, other)


if __name__ == "__main__":
    main()
