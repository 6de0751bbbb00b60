"""Structured logs and metrics, as CloudWatch reads them.

Every metric has the dimensions `service` and `stack`, so that an alarm can name it; requests are
also counted by `stack`, `route` and `status`. CloudWatch bills each combination at 0.30 US$ a
month, for the hours in which it is sent: the eight names below, and at most four classes of status
for each of nineteen routes. With all 84 in every hour that is 25 US$ a month.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, override

from cartelera.lazy_imports import make_imports_lazy

make_imports_lazy()
# ruff: disable[E402]
from aws_lambda_powertools.logging.formatter import (
    RESERVED_LOG_ATTRS,
    LambdaPowertoolsFormatter,
)
from aws_lambda_powertools.logging.logger import Logger

# ruff: enable[E402]

if TYPE_CHECKING:
    from logging import LogRecord

STACK_VARIABLE = "CARTELERA_STACK"
NAMESPACE = "Cartelera"

REQUESTS = "Requests"
COLD_STARTS = "ColdStarts"
RELEASE_AGE = "ReleaseAge"
LOAD_FAILURES = "ReleaseLoadFailures"
NO_RELEASE = "NoRelease"
SWAPS = "ReleaseSwaps"
MISSES_WITH_SUGGESTIONS = "MissesWithSuggestions"
MISSES_WITHOUT_SUGGESTIONS = "MissesWithoutSuggestions"


_UNITS = {RELEASE_AGE: "Seconds"}
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


class Metrics:
    """The metrics of one invocation: one line of the log, in CloudWatch's embedded metric format.

    Powertools' own, which checks every name, unit and value anew, takes six times as long.

    Attributes
    ----------
    values
        What was added, by the metric's name.
    """

    def __init__(self, stack: str, service: str) -> None:
        """Make the metrics of a stack and a service, the dimensions of all."""
        self.values: dict[str, list[float]] = {}
        self._dimensions = {"stack": stack, "service": service}
        self._properties: dict[str, str] = {}
        # What is said of metrics of these names.
        self._directives: dict[tuple[str, ...], str] = {}

    def add(self, name: str, value: float) -> None:
        """Add a value to a metric.

        Parameters
        ----------
        name
            The metric's name.
        value
            The value, in seconds if that is the metric's unit.
        """
        self.values.setdefault(name, []).append(float(value))

    def describe(self, **properties: str) -> None:
        """Add properties to the line; those called as a dimension are its values."""
        self._properties |= properties

    def write(self) -> None:
        """Write the line, if there is anything to say, and begin anew."""
        if self.values:
            names = tuple(self.values)
            directives = self._directives.get(names)
            if directives is None:
                directives = self._directives[names] = _to_json(_directives(names))
            head = f'{{"_aws":{{"Timestamp":{time.time_ns() // 1_000_000},"CloudWatchMetrics":'
            rest = _to_json(self._dimensions | self._properties | self.values)
            print(f"{head}{directives}}},{rest[1:]}")  # noqa: T201 (the log takes what is printed)
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self.values = {}
        self._properties = {}


def _directives(names: tuple[str, ...]) -> list[dict[str, object]]:
    declared = [{"Name": name, "Unit": _UNITS.get(name, "Count")} for name in names]
    of_requests = [{"Name": REQUESTS, "Unit": "Count"}]
    return [
        {"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics}
        for dimensions, metrics in (
            (["stack", "service"], declared),
            (["stack", "route", "status"], of_requests),
        )
    ]


class LogFormatter(LambdaPowertoolsFormatter):
    """Writes plain messages as Powertools does, in a third of the time; all else it leaves to it.

    Plain are those without arguments and exceptions. Keys that belong to one thread, and a text
    that is JSON, would be more than that: here nobody logs them.
    """

    _reserved = frozenset(RESERVED_LOG_ATTRS)
    _second = -1
    _time = ""

    @override
    def format(self, record: LogRecord) -> str:
        if record.exc_info or record.args or not isinstance(record.msg, str):
            return super().format(record)
        line = self.log_format | {
            "level": record.levelname,
            "location": f"{record.funcName}:{record.lineno}",
            "message": record.msg,
            "timestamp": self.formatTime(record),
        }
        for key, value in record.__dict__.items():
            if key not in self._reserved:
                line[key] = value
        line["xray_trace_id"] = self._get_latest_trace_id()
        return _to_json({key: value for key, value in line.items() if value is not None})

    @override
    def formatTime(self, record: LogRecord, datefmt: str | None = None) -> str:
        second = int(record.created)
        if second != self._second:
            text = self.default_time_format.replace(self.custom_ms_time_directive, "{:03d}")
            self._second, self._time = second, time.strftime(text, self.converter(second))
        return self._time.format(int(record.msecs))


# Service name and log level come from POWERTOOLS_SERVICE_NAME and POWERTOOLS_LOG_LEVEL.
logger = Logger(logger_formatter=LogFormatter())
metrics = Metrics(os.environ.get(STACK_VARIABLE) or "local", logger.service)
_is_cold = True


def count(name: str) -> None:
    """Add 1 to a metric."""
    metrics.add(name, 1)


def note_release(release_id: str, age_seconds: float) -> None:
    """Add the release that answers to the metrics of this invocation.

    Parameters
    ----------
    release_id
        Its id.
    age_seconds
        How long ago it was made.
    """
    metrics.describe(release=release_id)
    metrics.add(RELEASE_AGE, age_seconds)
    # Zeros, too: an alarm on errors has no data from a metric that was never sent.
    metrics.add(NO_RELEASE, 0)


def count_request(route: str, status: int) -> None:
    """Count this invocation as a request, and as a cold start if it is one.

    Parameters
    ----------
    route
        The route, as `/franquicia`.
    status
        The HTTP status of its answer; it is counted by its class, as `2xx`.
    """
    global _is_cold  # noqa: PLW0603 (once a process)
    metrics.describe(route=route, status=f"{status // 100}xx")
    count(REQUESTS)
    if _is_cold:
        _is_cold = False
        count(COLD_STARTS)
