"""Every change that must reach those who ask makes CloudFormation deploy something new.

What answers is a version of each function and a deployment of the API, which both are copies: a
change reaches people only if CloudFormation makes another one. It does where SAM gives it another
logical id, and where a property changes that cannot be changed in place.
"""

from __future__ import annotations

import re
import time
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

from tests.expanded import PROJECT, expanded, packaged, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# Not part of a version: they are the function's, or nobody's who answers.
UNVERSIONED = {
    *("Code", "PermissionsBoundary", "ReservedConcurrentExecutions", "Role", "Tags"),
}
# Parameters of other values than their default, where a list of allowed ones does not say any.
OTHERWISE = {"AllowedOrigins": "https://cine.example", "S3Endpoint": "http://127.0.0.1:9000"}
# As Lambda has it.
MAX_CHARACTERS = 256
# The most that Lambda numbers a layer's versions up to, in all likelihood.
LAYER_DIGITS = 6

type Change = Callable[[dict[str, Any]], None]


class Stack:
    """A stack of a template as CloudFormation fills it in.

    Attributes
    ----------
    resources
        By logical id, those whose condition holds.
    """

    def __init__(self, template: dict[str, Any], **parameters: str) -> None:
        self._conditions: dict[str, Any] = template["Conditions"]
        self._known: dict[str, Any] = {
            "AWS::StackName": "cartelera",
            "AWS::Region": "eu-south-2",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::Partition": "aws",
            "AWS::AccountId": "123456789012",
            **{name: str(each.get("Default")) for name, each in template["Parameters"].items()},
            **parameters,
        }
        self.resources = {
            name: each
            for name, each in template["Resources"].items()
            if "Condition" not in each or self.filled({"Condition": each["Condition"]})
        }

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the properties of all resources of a type, filled in."""
        return {
            name: self.filled(each["Properties"])
            for name, each in self.resources.items()
            if each["Type"] == kind
        }

    def filled(self, value: Any) -> Any:
        """Return a part of the template with parameters and conditions worked out."""
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Condition":
                return self.filled(self._conditions[argument])
            if name == "Ref":
                # An ARN of a version is what it is by the eighth part.
                return self._known.get(argument, f"arn:aws:lambda:here:1:layer:name:{argument}")
            work: Callable[[Any], Any] | None = {
                "Fn::If": self._chosen,
                "Fn::Sub": self._substituted,
                "Fn::Select": lambda given: self.filled(given[1])[int(given[0])],
                "Fn::Split": lambda given: self.filled(given[1]).split(given[0]),
                "Fn::Equals": lambda given: str(self.filled(given[0])) == str(given[1]),
                "Fn::Not": lambda given: not self.filled(given[0]),
            }.get(name)
            if work:
                return work(argument)
        return {name: self.filled(each) for name, each in value.items()}

    def versions(self) -> dict[str, tuple[str, Any]]:
        """Return by function what CloudFormation tells its versions apart by."""
        found = {
            each["FunctionName"].rpartition(":")[2]: (name, each["Description"])
            for name, each in self.of_type("AWS::Lambda::Version").items()
        }
        assert found.keys() == self.of_type("AWS::Lambda::Function").keys()
        return found

    def _chosen(self, given: list[Any]) -> Any:
        return self.filled(given[1 if self.filled({"Condition": given[0]}) else 2])

    def _substituted(self, given: Any) -> str:
        text, variables = given if isinstance(given, list) else (given, {})
        known = self._known | {name: self.filled(each) for name, each in variables.items()}
        return re.sub(r"\$\{([\w:.]+)\}", lambda name: str(known.get(name[1], name[0])), text)


@pytest.fixture(scope="module")
def before() -> Stack:
    return Stack(expanded("template.yaml"))


def parameters_in(value: Any, template: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parameters that a part of a template depends on, by conditions too."""
    if isinstance(value, list):
        yield from chain.from_iterable(parameters_in(item, template) for item in value)
    elif isinstance(value, dict):
        for name, argument in value.items():
            yield from template["Parameters"].keys() & set(_names(name, argument))
            if name in ("Fn::If", "Condition"):
                condition = argument[0] if isinstance(argument, list) else argument
                yield from parameters_in(template["Conditions"][condition], template)
            yield from parameters_in(argument, template)


def _names(function: str, argument: Any) -> list[str]:
    """Return what a Ref or a Sub names; nothing of any other function."""
    text = argument[0] if isinstance(argument, list) else argument
    return {"Ref": [text], "Fn::Sub": re.findall(r"\$\{(\w+)\}", str(text))}.get(function, [])


def in_versions(template: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return by function the parameters that something of its version depends on."""
    return {
        function: {
            name
            for key, value in each["Properties"].items()
            if key not in UNVERSIONED
            for name in parameters_in(value, template)
        }
        for function, each in template["Resources"].items()
        if each["Type"] == "AWS::Lambda::Function"
    }


def otherwise(name: str, parameter: Mapping[str, Any]) -> str:
    """Return another value of a parameter than its default."""
    others = [each for each in parameter.get("AllowedValues", ()) if each != parameter["Default"]]
    return str(others[0]) if others else OTHERWISE[name]


def test_a_parameter_behind_anything_of_a_function_makes_new_versions_of_it(
    before: Stack,
) -> None:
    template = expanded("template.yaml")
    named = in_versions(template)
    shared = {"AllowedOrigins", "Architecture", "LogLevel", "S3Endpoint", "SnapStart"}

    # The documentation says whether a key is asked for.
    own = {"DocsFunction": {"ApiKey"}}
    assert named == {function: shared | own.get(function, set()) for function in named}
    for name in shared | {"ApiKey"}:
        value = otherwise(name, template["Parameters"][name])
        after = Stack(expanded("template.yaml", **{name: value}), **{name: value}).versions()
        for function, version in before.versions().items():
            assert (after[function] != version) == (name in named[function]), (name, function)


def test_a_parameter_that_no_function_knows_makes_no_version(before: Stack) -> None:
    # Lambda refuses a version of a function that has not changed, and the update fails.
    template = expanded("template.yaml")

    for version in before.of_type("AWS::Lambda::Version"):
        described = template["Resources"][version]["Properties"]["Description"]
        function = template["Resources"][version]["Properties"]["FunctionName"]["Ref"]
        assert set(parameters_in(described, template)) == in_versions(template)[function]
    for name in ("Burst", "LogRetentionDays", "Firewall", "Rollout"):
        value = otherwise(name, {"Default": "", "AllowedValues": ["7"]})
        after = Stack(expanded("template.yaml", **{name: value}), **{name: value})
        assert after.versions() == before.versions()


@pytest.mark.parametrize(
    ("layer", "architecture"), [("SharedLayerX86", "x86_64"), ("SharedLayerArm", "arm64")]
)
def test_other_code_in_the_layer_makes_new_versions_of_all(layer: str, architecture: str) -> None:
    document = packaged("template.yaml")
    document["Resources"][layer]["Properties"]["ContentUri"] = "s3://packages/other"
    before = Stack(expanded("template.yaml"), Architecture=architecture).versions()
    after = Stack(translated(document), Architecture=architecture).versions()

    for function, version in before.items():
        assert after[function] != version


def _code(function: dict[str, Any]) -> None:
    function["CodeUri"] = "s3://packages/other"


def _memory(function: dict[str, Any]) -> None:
    function["MemorySize"] = 3008


def _variable(function: dict[str, Any]) -> None:
    function["Environment"] = {"Variables": {"CARTELERA_CHECK_EVERY_SECONDS": "5"}}


@pytest.mark.parametrize("change", [_code, _memory, _variable])
def test_what_changes_of_a_function_alone_makes_a_new_version_of_it_alone(
    before: Stack, change: Change
) -> None:
    document = packaged("template.yaml")
    change(document["Resources"]["SaludFunction"]["Properties"])

    after = Stack(translated(document)).versions()

    changed = {name for name, version in before.versions().items() if after[name] != version}
    assert changed == {"SaludFunction"}


def test_no_version_is_described_by_more_than_lambda_takes(before: Stack) -> None:
    parameters = expanded("template.yaml")["Parameters"]
    longest = {
        name: "x" * max(each.get("MaxLength", 0), *map(len, each.get("AllowedValues", ("",))))
        for name, each in (
            (name, parameters[name])
            for name in set().union(*in_versions(expanded("template.yaml")).values())
        )
    }
    assert all(longest.values())

    for number, description in Stack(expanded("template.yaml"), **longest).versions().values():
        assert number
        # In place of a number there is the layer's logical id here.
        (layer,) = re.findall(r"SharedLayer\w+", description)
        assert len(description) - len(layer) + LAYER_DIGITS <= MAX_CHARACTERS
    assert before.versions()


def test_every_deployment_of_the_stack_deploys_the_api() -> None:
    def deployment() -> str:
        (found,) = Stack(translated(packaged("template.yaml"))).of_type(
            "AWS::ApiGateway::Deployment"
        )
        return found

    # SAM names it after the second; so whatever changed of the API, it is deployed.
    first, began = deployment(), int(time.time())
    while int(time.time()) == began:
        time.sleep(0.05)

    assert deployment() != first


def test_functions_without_versions_are_called_as_they_are_now() -> None:
    nested = {path.name: expanded(f"infra/{path.name}") for path in PROJECT.glob("infra/*.yaml")}

    for template in nested.values():
        kinds = {each["Type"] for each in template["Resources"].values()}
        assert kinds.isdisjoint({"AWS::Lambda::Version", "AWS::Lambda::Alias"})
    mappings = [
        each["Properties"]["FunctionName"]
        for template in nested.values()
        for each in template["Resources"].values()
        if each["Type"] == "AWS::Lambda::EventSourceMapping"
    ]
    assert mappings == [{"Ref": "ConsultasEnLoteFunction"}]
    machine = nested["job.yaml"]["Resources"]["JobMachine"]["Properties"]
    called = machine["DefinitionSubstitutions"]["JobFunction"]
    assert called == {"Fn::GetAtt": ["JobFunction", "Arn"]}
