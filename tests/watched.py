"""What `infra/observability.yaml` watches, once its parameters are known."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TEMPLATE = Path(__file__).parents[1] / "infra" / "observability.yaml"
STACK = "cartelera-prueba"
STATE_MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:job"
PARAMETERS = {
    "StackName": STACK,
    "Stage": "prueba",
    "AlertsTopicArn": "arn:aws:sns:eu-west-1:123456789012:alerts",
    "ReleaseMaxAgeDays": "45",
    "StateMachineArn": STATE_MACHINE,
    "FailedInvocationsName": "failed",
    "FunctionLogsName": "/cartelera/prueba/functions",
}
_QUERY = re.compile(
    r'SELECT SUM\("(?P<name>\w+)"\) FROM SCHEMA\("(?P<namespace>\w+)", (?P<dimensions>[^)]+)\)'
    r""" WHERE "stack" = '(?P<stack>[\w-]+)' GROUP BY "(?:route|status)\""""
)
_ANY = "*"


class Metric(NamedTuple):
    """A metric as CloudWatch tells them apart, or those that a query sums up."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]

    def holds(self, other: Metric) -> bool:
        """Tell whether `other` is this metric, or one of those that this query sums up."""
        dimensions = dict(other.dimensions)
        return (
            self[:2] == other[:2]
            and dimensions.keys() == dict(self.dimensions).keys()
            and all(value in (_ANY, dimensions[name]) for name, value in self.dimensions)
        )


class _Loader(yaml.SafeLoader):
    """Reads plain data, and CloudFormation's short forms as objects with one member."""


def _short_form(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, object]:
    if isinstance(node, yaml.ScalarNode):
        return {f"!{tag}": node.value}
    return {f"!{tag}": loader.construct_sequence(node, deep=True)}  # type: ignore[arg-type]


_Loader.add_multi_constructor("!", _short_form)


class Observability:
    """The template with its parameters put in, as CloudFormation would."""

    def __init__(self, **parameters: str) -> None:
        # _Loader is a SafeLoader: it makes plain data only.
        document = yaml.load(TEMPLATE.read_text(), _Loader)  # noqa: S506
        assert document["Parameters"].keys() == PARAMETERS.keys()
        self._known: dict[str, Any] = {**PARAMETERS, **parameters, "AWS::Region": "eu-west-1"}
        for name in document["Resources"]:
            self._known |= {name: name, f"{name}.Arn": f"arn:{name}"}
        self._functions: dict[str, Callable[[Any], Any]] = {
            "!Ref": self._known.__getitem__,
            "!Sub": self._substituted,
            "!Equals": lambda given: self._filled(given[0]) == self._filled(given[1]),
            "!Not": lambda given: not self._filled(given[0]),
            "!If": lambda given: self._filled(given[1 if self._conditions[given[0]] else 2]),
        }
        self._conditions = self._filled(document["Conditions"])
        self.outputs = self._filled(document["Outputs"])
        resources = self._filled(document["Resources"])
        self.alarms: dict[str, dict[str, Any]] = {
            name: resource["Properties"]
            for name, resource in resources.items()
            if resource["Type"] == "AWS::CloudWatch::Alarm"
        }
        self.dashboard = json.loads(resources["Dashboard"]["Properties"]["DashboardBody"])

    def in_alarms(self) -> Iterator[Metric]:
        """Yield each metric that an alarm looks at."""
        for alarm in self.alarms.values():
            yield from _looked_at(alarm)

    def on_dashboard(self) -> Iterator[Metric]:
        """Yield each metric that the dashboard draws, queries included."""
        for widget in self.dashboard["widgets"]:
            for drawn in widget["properties"].get("metrics", ()):
                *named, options = drawn
                if "expression" in options:
                    yield from _queried(options["expression"])
                else:
                    namespace, name, *dimensions = named
                    pairs = zip(dimensions[::2], dimensions[1::2], strict=True)
                    yield Metric(namespace, name, frozenset(pairs))

    def _filled(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        if not isinstance(value, dict):
            return value
        name, argument = next(iter(value.items()))
        if name.startswith("!"):
            return self._functions[name](argument)
        return {name: self._filled(member) for name, member in value.items()}

    def _substituted(self, given: Any) -> str:
        text, variables = given if isinstance(given, list) else (given, {})
        known = self._known | {name: self._filled(value) for name, value in variables.items()}
        return re.sub(r"\$\{([\w:.]+)\}", lambda found: str(known[found[1]]), text)


def _looked_at(alarm: Mapping[str, Any]) -> Iterator[Metric]:
    for metric in [
        *([alarm] if "MetricName" in alarm else []),
        *(
            each["MetricStat"]["Metric"]
            for each in alarm.get("Metrics", ())
            if "MetricStat" in each
        ),
    ]:
        pairs = ((each["Name"], each["Value"]) for each in metric.get("Dimensions", ()))
        yield Metric(metric["Namespace"], metric["MetricName"], frozenset(pairs))


def _queried(expression: str) -> Iterator[Metric]:
    if expression.startswith("SELECT"):
        query = _QUERY.fullmatch(expression)
        assert query, f"not the kind of query that is known here: {expression}"
        dimensions = dict.fromkeys(re.findall(r'"(\w+)"', query["dimensions"]), _ANY)
        dimensions |= {"stack": query["stack"]}
        yield Metric(query["namespace"], query["name"], frozenset(dimensions.items()))
