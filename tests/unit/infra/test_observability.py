"""The alarms and the dashboard, as CloudFormation would make them."""

from __future__ import annotations

import ast
import math
from itertools import combinations
from typing import Any

import pytest

from tests.watched import PARAMETERS, STATE_MACHINE, Observability

# What AWS's own metrics are told apart by, as their documentation has it.
OF_AWS = {
    "AWS/ApiGateway": (
        {"4XXError", "5XXError", "Count", "IntegrationLatency", "Latency"},
        {"ApiName", "Stage"},
    ),
    # Without a function: all of the account and region.
    "AWS/Lambda": ({"Throttles"}, set()),
    "AWS/SQS": ({"ApproximateNumberOfMessagesVisible"}, {"QueueName"}),
    "AWS/States": (
        {"ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionTime"},
        {"StateMachineArn"},
    ),
    "AWS/WAFV2": ({"BlockedRequests"}, {"WebACL", "Region", "Rule"}),
}
GRID = 24
ROLLING_BACK = {"ServerErrorsAlarm", "LatencyAlarm", "LoadFailuresAlarm"}
# What a metric is in a period in which nothing was sent.
MISSING = math.nan


@pytest.fixture(scope="module")
def observability() -> Observability:
    return Observability()


def evaluated(expression: str, **values: float) -> float:
    """Work out a metric-math expression of these alarms."""
    names = {
        "IF": lambda condition, if_so, if_not: if_so if condition else if_not,
        "FILL": lambda value, missing: missing if math.isnan(value) else value,
    }
    tree = ast.parse(expression, mode="eval")
    result: float = eval(compile(tree, "expression", "eval"), {**names, **values})  # noqa: S307
    return result


def trips(alarm: dict[str, Any], **values: float) -> bool:
    (expression,) = (each["Expression"] for each in alarm["Metrics"] if "Expression" in each)
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    return evaluated(expression, **values) > float(alarm["Threshold"])


def test_every_alarm_and_its_end_are_told_to_the_topic(observability: Observability) -> None:
    topic = [PARAMETERS["AlertsTopicArn"]]

    for alarm in observability.alarms.values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == topic


def test_no_traffic_is_no_alarm(observability: Observability) -> None:
    assert {alarm["TreatMissingData"] for alarm in observability.alarms.values()} == {
        "notBreaching"
    }


def test_every_alarm_says_what_to_do_in_as_much_as_cloudwatch_takes(
    observability: Observability,
) -> None:
    for alarm in observability.alarms.values():
        assert 100 < len(alarm["AlarmDescription"]) <= 1024
        assert "${" not in alarm["AlarmDescription"]


def test_no_alarm_takes_more_metrics_or_time_than_cloudwatch_gives(
    observability: Observability,
) -> None:
    for alarm in observability.alarms.values():
        metrics = [each["MetricStat"] for each in alarm.get("Metrics", ()) if "MetricStat" in each]
        assert len(metrics) <= 10
        (period,) = {each["Period"] for each in metrics or [alarm]}
        assert period * alarm["EvaluationPeriods"] <= 86_400
        assert alarm.get("DatapointsToAlarm", 1) <= alarm["EvaluationPeriods"]


def test_a_canary_that_fails_entirely_trips_the_errors_alarm(observability: Observability) -> None:
    alarm = observability.alarms["ServerErrorsAlarm"]

    assert trips(alarm, errors=5, requests=50, empty=MISSING)
    assert trips(alarm, errors=1_000, requests=10_000, empty=MISSING)


def test_an_error_at_night_and_a_few_among_many_do_not(observability: Observability) -> None:
    alarm = observability.alarms["ServerErrorsAlarm"]

    assert not trips(alarm, errors=1, requests=1, empty=MISSING)
    assert not trips(alarm, errors=4, requests=4, empty=MISSING)
    assert not trips(alarm, errors=10, requests=1_000, empty=MISSING)


def test_where_nothing_is_published_yet_no_error_takes_a_deployment_back(
    observability: Observability,
) -> None:
    rolling_back = [observability.alarms[name] for name in ROLLING_BACK]

    assert not trips(observability.alarms["ServerErrorsAlarm"], errors=99, requests=99, empty=99)
    assert "NoRelease" not in {alarm.get("MetricName") for alarm in rolling_back}
    assert observability.alarms["NoReleaseAlarm"]["MetricName"] == "NoRelease"


def test_of_few_requests_a_slow_one_is_no_alarm(observability: Observability) -> None:
    alarm = observability.alarms["LatencyAlarm"]

    assert trips(alarm, p99=2_001, requests=20)
    assert not trips(alarm, p99=8_000, requests=19)
    assert not trips(alarm, p99=1_500, requests=1_000)


def test_a_release_is_too_old_after_the_days_that_were_asked_for(
    observability: Observability,
) -> None:
    alarm = observability.alarms["ReleaseAgeAlarm"]
    day = 24 * 60 * 60

    assert not trips(alarm, age=45 * day)
    assert trips(alarm, age=45 * day + 60)


def test_the_alarms_that_roll_a_deployment_back_are_there(observability: Observability) -> None:
    assert observability.alarms.keys() >= ROLLING_BACK
    for name in ROLLING_BACK:
        assert observability.outputs[name]["Value"] == name


def test_aws_counts_what_is_taken_from_it_by_those_dimensions(
    observability: Observability,
) -> None:
    taken = {*observability.in_alarms(), *observability.on_dashboard()}
    named = {metric for metric in taken if metric.namespace != "Cartelera"}

    assert {metric.namespace for metric in named} == OF_AWS.keys()
    for metric in named:
        names, dimensions = OF_AWS[metric.namespace]
        assert metric.name in names
        assert {name for name, _ in metric.dimensions} == dimensions


def test_every_alarm_is_on_the_dashboard(observability: Observability) -> None:
    (widget,) = (each for each in observability.dashboard["widgets"] if each["type"] == "alarm")

    assert set(widget["properties"]["alarms"]) == {f"arn:{name}" for name in observability.alarms}


def test_no_widget_lies_outside_the_grid_or_on_another(observability: Observability) -> None:
    def cells(widget: dict[str, int]) -> set[tuple[int, int]]:
        columns = range(widget["x"], widget["x"] + widget["width"])
        rows = range(widget["y"], widget["y"] + widget["height"])
        return {(column, row) for column in columns for row in rows}

    widgets = [cells(widget) for widget in observability.dashboard["widgets"]]

    assert all(column < GRID for widget in widgets for column, _ in widget)
    assert all(one.isdisjoint(other) for one, other in combinations(widgets, 2))


def test_a_widget_has_what_its_kind_needs(observability: Observability) -> None:
    for widget in observability.dashboard["widgets"]:
        properties = widget["properties"]
        assert properties["title"]
        if widget["type"] == "metric":
            assert properties["region"] == "eu-west-1"
            assert properties["view"] == "timeSeries"
            for *named, options in properties["metrics"]:
                assert "expression" in options or "stat" in options or "stat" in properties
                assert bool(named) != ("expression" in options)


def test_the_functions_logs_tell_which_release_answered(
    observability: Observability,
) -> None:
    (widget,) = (each for each in observability.dashboard["widgets"] if each["type"] == "log")
    source, *_ = widget["properties"]["query"].split(" | ")

    assert source == f"SOURCE '{PARAMETERS['FunctionLogsName']}'"


def test_the_runs_of_the_job_are_drawn_where_there_is_one(observability: Observability) -> None:
    without = Observability(StateMachineArn="")

    assert ("StateMachineArn", STATE_MACHINE) in {
        dimension for metric in observability.on_dashboard() for dimension in metric.dimensions
    }
    assert "AWS/States" not in {metric.namespace for metric in without.on_dashboard()}
    assert len(without.dashboard["widgets"]) == len(observability.dashboard["widgets"]) - 1
