"""The functions and routes of a SAM template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Route:
    """A path of the API as the template writes it, its method, and the function's logical id."""

    path: str
    method: str
    function: str


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function: its logical id, code folder, handler, and memory in MB.

    `environment` holds the variables with a value in the template itself: plain texts and
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


class _Loader(yaml.SafeLoader):
    """Reads plain data, and CloudFormation's short form `!Ref Stage` as `{"Ref": "Stage"}`."""


def _short_form(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.SequenceNode):
        return {tag: loader.construct_sequence(node, deep=True)}
    return {tag: node.value}


_Loader.add_multi_constructor("!", _short_form)


def read_template(path: Path) -> Template:
    """Read the functions of a SAM template and the API routes that lead to them."""
    # _Loader is a SafeLoader: it makes plain data only.
    document: dict[str, Any] = yaml.load(path.read_text(), _Loader)  # noqa: S506
    resources: dict[str, dict[str, Any]] = document["Resources"]
    defaults = {name: each.get("Default") for name, each in document.get("Parameters", {}).items()}
    shared = document["Globals"]["Function"]

    def of_type(kind: str) -> dict[str, dict[str, Any]]:
        return {
            name: each["Properties"] for name, each in resources.items() if each["Type"] == kind
        }

    (api,) = of_type("AWS::Serverless::Api").values()
    own = of_type("AWS::Serverless::Function")
    return Template(
        tuple(_function(name, shared, own[name], defaults, path.parent) for name in own),
        tuple(
            Route(event["Properties"]["Path"], event["Properties"]["Method"].upper(), name)
            for name, properties in own.items()
            for event in properties.get("Events", {}).values()
            if event["Type"] == "Api"
        ),
        api["MinimumCompressionSize"],
        {name: _gateway_response(each) for name, each in api["GatewayResponses"].items()},
    )


def _function(
    name: str, shared: dict[str, Any], own: dict[str, Any], defaults: dict[str, Any], folder: Path
) -> Function:
    properties, environment = shared | own, {}
    # SAM adds a function's own variables to those of all functions.
    for each in (shared, own):
        for variable, value in each.get("Environment", {}).get("Variables", {}).items():
            known = defaults.get(value.get("Ref", "")) if isinstance(value, dict) else value
            if known is not None:
                environment[variable] = str(known)
    code = folder / properties["CodeUri"]
    return Function(name, code, properties["Handler"], properties["MemorySize"], environment)


def _gateway_response(properties: dict[str, Any]) -> GatewayResponse:
    (body,) = properties["ResponseTemplates"].values()
    headers = properties["ResponseParameters"]["Headers"]
    # Of a choice the first: that of the parameters' defaults, by which any origin may read answers.
    known = [
        (name, value["If"][1] if isinstance(value, dict) and "If" in value else value)
        for name, value in headers.items()
    ]
    return GatewayResponse(
        status=properties.get("StatusCode"),
        # Constants are in quotes; what only a deployment knows is left out.
        headers={name: value[1:-1] for name, value in known if isinstance(value, str)},
        body=body,
    )
