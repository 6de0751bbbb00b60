"""Log lines and metrics are, to the byte, what Powertools writes."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import (
    AmazonCloudWatchEMFProvider,
)

from cartelera.telemetry import NAMESPACE, RELEASE_AGE, LogFormatter, Metrics

if TYPE_CHECKING:
    from collections.abc import Callable

    type Format = Callable[[logging.LogRecord], str]

KEYS = {"service": "cartelera", "cold_start": False, "sampling_rate": None, "function_name": "f"}


@pytest.fixture(params=["", "Root=1-5e-abc;Parent=53;Sampled=1"])
def formats(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> tuple[Format, Format]:
    """Return our formatter and Powertools', with the same keys, traced or not."""
    if request.param:
        monkeypatch.setenv("_X_AMZN_TRACE_ID", request.param)
    ours, theirs = LogFormatter(), LambdaPowertoolsFormatter()
    for formatter in (ours, theirs):
        formatter.append_keys(**KEYS, correlation_id="c-ñ")
    return ours.format, theirs.format


def record(message: object, *args: object, **more: object) -> logging.LogRecord:
    made = logging.LogRecord("cartelera", logging.INFO, "a.py", 7, message, args, None, "answer")
    vars(made).update(more)
    return made


@pytest.mark.parametrize(
    "line",
    [
        record("answered", route="/franquicia", status=200),
        record("ñandú «x» \ud800", title="Amélie", none=None, nested={"a": [1, 2.5, None]}),
        record("of %s", "arguments"),
        record({"an": "object"}),
        record("with a path", place=logging.LogRecord),
        record("at another time", created=1_700_000_000.0625, msecs=62.5),
    ],
    ids=lambda line: str(line.msg)[:10].encode("ascii", "replace").decode(),
)
def test_a_line_of_the_log_is_the_one_that_powertools_writes(
    formats: tuple[Format, Format], line: logging.LogRecord
) -> None:
    ours, theirs = formats

    # Again within the same second.
    assert ours(line) == theirs(line) == ours(line)


def test_an_exception_is_logged_as_powertools_logs_it(formats: tuple[Format, Format]) -> None:
    try:
        int("no")
    except ValueError as error:
        line = record("unexpected error")
        line.exc_info = (ValueError, error, error.__traceback__)

    ours, theirs = (write(line) for write in formats)

    assert ours == theirs
    assert "Traceback" in json.loads(ours)["exception"]


def test_metrics_are_those_that_powertools_writes(capsys: pytest.CaptureFixture[str]) -> None:
    theirs = AmazonCloudWatchEMFProvider(namespace=NAMESPACE, service="cartelera")
    theirs.set_default_dimensions(stack="prod")
    ours = Metrics("prod", "cartelera")
    # The second time some is known already, and nothing is left of the first.
    for failures in (2, 0, 2):
        ours.describe(release="r", route="/x", status="2xx")
        for name, text in {"release": "r", "route": "/x", "status": "2xx"}.items():
            theirs.add_metadata(name, text)
        for name, unit, value in (
            (RELEASE_AGE, MetricUnit.Seconds, 12.5),
            ("NoRelease", MetricUnit.Count, 0),
            *[("ReleaseLoadFailures", MetricUnit.Count, 1)] * failures,
        ):
            ours.add(name, value)
            theirs.add_metric(name, unit, value)
        ours.write()
        theirs.flush_metrics()
        mine, expected = map(json.loads, capsys.readouterr().out.splitlines())

        *_, of_requests = mine["_aws"]["CloudWatchMetrics"]
        assert of_requests["Dimensions"] == [["stack", "route", "status"]]
        mine["_aws"]["CloudWatchMetrics"].remove(of_requests)
        assert abs(mine["_aws"]["Timestamp"] - expected["_aws"]["Timestamp"]) < 5_000
        mine["_aws"]["Timestamp"] = expected["_aws"]["Timestamp"]
        assert json.dumps(mine) == json.dumps(expected)


def test_nothing_is_written_where_nothing_was_counted(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = Metrics("prod", "cartelera")
    metrics.describe(release="r")

    metrics.write()

    assert capsys.readouterr().out == ""
