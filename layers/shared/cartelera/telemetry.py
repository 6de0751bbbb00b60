"""Structured logs and metrics, as CloudWatch reads them.

Every metric has the dimensions `service` and `stack`, so that an alarm can name it; the requests
are counted by `stack`, `route` and `status`, too. CloudWatch bills each combination, 0.30 US$ for
a month and only the hours in which it is sent: the eight names below, and at most four classes of
status for each of seventeen routes. So 76 in all, some 23 US$ where all of them occur all the time.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider import cold_start
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import (
    AmazonCloudWatchEMFProvider,
)

if TYPE_CHECKING:
    from aws_lambda_powertools.metrics.provider.cloudwatch_emf.types import CloudWatchEMFOutput

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


class _Metrics(AmazonCloudWatchEMFProvider):
    """What one invocation counts, written to the log in one line."""

    def serialize_metric_set(
        self,
        metrics: dict[str, Any] | None = None,
        dimensions: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> CloudWatchEMFOutput:
        """Return the line, which says of the request by which dimensions else it counts."""
        line = super().serialize_metric_set(metrics, dimensions, metadata)
        line["_aws"]["CloudWatchMetrics"].append(
            {
                "Namespace": NAMESPACE,
                "Dimensions": [["stack", "route", "status"]],
                "Metrics": [{"Name": REQUESTS, "Unit": MetricUnit.Count.value}],
            }
        )
        return line


# Service name and log level come from POWERTOOLS_SERVICE_NAME and POWERTOOLS_LOG_LEVEL.
logger = Logger()
metrics = _Metrics(namespace=NAMESPACE)
metrics.set_default_dimensions(stack=os.environ.get(STACK_VARIABLE) or "local")


def count(name: str) -> None:
    """Count one more of what `name` says, in this invocation."""
    metrics.add_metric(name, MetricUnit.Count, 1)


def count_request(route: str, status: int) -> None:
    """Count this invocation as a request of `route` that was answered with an HTTP status."""
    metrics.add_metadata("route", route)
    metrics.add_metadata("status", f"{status // 100}xx")
    count(REQUESTS)
    if cold_start.is_cold_start:
        cold_start.is_cold_start = False
        count(COLD_STARTS)
