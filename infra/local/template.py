"""Reading the functions and routes of a SAM template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Route:
    """A path of the API as the template writes it, its method, and the function behind it."""

    path: str
    method: str
    function: str


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function: its logical id, code folder, handler, and memory in MB.

    `environment` holds the variables whose values the template itself tells: plain texts and
    parameters with a default, not what only a deployment knows.
    """

    name: str
    code: Path
    handler: str
    memory: int
    environment: dict[str, str]


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """What the API itself answers where no function does; `status` None is that of the error."""

    status: int | None
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Template:
    """The parts of a template that are needed to serve it.

    `compressed_from` is the size in bytes from which the API compresses an answer;
    `gateway_responses` are by API Gateway's names of them.
    """

    functions: tuple[Function, ...]
    routes: tuple[Route, ...]
    compressed_from: int
    gateway_responses: dict[str, GatewayResponse]


@dataclass(frozen=True, slots=True)
class _Intrinsic:
    """A CloudFormation function in its short form, as `!Ref Stage`."""

    tag: str
    argument: object


class _Loader(yaml.SafeLoader):
    """Reads plain data, and CloudFormation's short forms as `_Intrinsic`."""


def _short_form(_: _Loader, tag: str, node: yaml.Node) -> _Intrinsic:
    return _Intrinsic(tag, node.value)


_Loader.add_multi_constructor("!", _short_form)


def read_template(path: Path) -> Template:
    """Read the functions of a SAM template and the API routes that lead to them."""
    # _Loader is a SafeLoader: it makes plain data only.
    document: dict[str, Any] = yaml.load(path.read_text(), _Loader)  # noqa: S506
    shared = document["Globals"]["Function"]
    functions = []
    routes = []
    (api,) = (
        resource["Properties"]
        for resource in document["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Api"
    )
    for name, resource in document["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        properties = shared | resource["Properties"]
        functions.append(
            Function(
                name=name,
                code=path.parent / properties["CodeUri"],
                handler=properties["Handler"],
                memory=properties["MemorySize"],
                environment=_known(
                    # SAM adds a function's own variables to those of all functions.
                    _variables(shared) | _variables(resource["Properties"]),
                    document.get("Parameters", {}),
                ),
            )
        )
        for event in properties.get("Events", {}).values():
            if event["Type"] == "Api":
                given = event["Properties"]
                routes.append(Route(given["Path"], given["Method"].upper(), name))
    return Template(
        tuple(functions),
        tuple(routes),
        api["MinimumCompressionSize"],
        {name: _gateway_response(given) for name, given in api["GatewayResponses"].items()},
    )


def _gateway_response(given: dict[str, Any]) -> GatewayResponse:
    (body,) = given["ResponseTemplates"].values()
    headers = given["ResponseParameters"]["Headers"]
    return GatewayResponse(
        status=given.get("StatusCode"),
        # Constants stand in quotes; what only a deployment knows is left out.
        headers={name: value[1:-1] for name, value in headers.items() if isinstance(value, str)},
        body=body,
    )


def _variables(properties: dict[str, Any]) -> dict[str, object]:
    variables: dict[str, object] = properties.get("Environment", {}).get("Variables", {})
    return variables


def _known(variables: dict[str, object], parameters: dict[str, Any]) -> dict[str, str]:
    known = {}
    for name, value in variables.items():
        if isinstance(value, str):
            known[name] = value
        elif isinstance(value, _Intrinsic) and value.tag == "Ref":
            default = parameters.get(str(value.argument), {}).get("Default")
            if default is not None:
                known[name] = str(default)
    return known
