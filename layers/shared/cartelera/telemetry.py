"""Structured logs and metrics, as CloudWatch reads them.

Every metric has the dimensions `service` and `stack`, so that an alarm can name it; requests are
also counted by `stack`, `route` and `status`. CloudWatch bills each combination at 0.30 US$ a
month, for the hours in which it is sent: the eight names below, and at most four classes of status
for each of nineteen routes. With all 84 in every hour that is 25 US$ a month.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from cartelera.lazy_imports import make_powertools_lazy

make_powertools_lazy()
# ruff: disable[E402]
from aws_lambda_powertools.logging.logger import Logger
from aws_lambda_powertools.metrics.provider import cold_start
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import (
    AmazonCloudWatchEMFProvider,
)
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.metric_properties import MetricUnit

# ruff: enable[E402]

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
    """The metrics of one invocation, one line of the log."""

    def serialize_metric_set(
        self,
        metrics: dict[str, Any] | None = None,
        dimensions: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> CloudWatchEMFOutput:
        """Return the line, with the further dimensions of the request."""
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
    """Add 1 to a metric."""
    metrics.add_metric(name, MetricUnit.Count, 1)


def note_release(release_id: str, age_seconds: float) -> None:
    """Add the release that answers to the metrics of this invocation.

    Parameters
    ----------
    release_id
        Its id.
    age_seconds
        How long ago it was made.
    """
    metrics.add_metadata("release", release_id)
    metrics.add_metric(RELEASE_AGE, MetricUnit.Seconds, age_seconds)
    # Zeros, too: an alarm on errors has no data from a metric that was never sent.
    metrics.add_metric(NO_RELEASE, MetricUnit.Count, 0)


def count_request(route: str, status: int) -> None:
    """Count this invocation as a request, and as a cold start if it is one.

    Parameters
    ----------
    route
        The route, as `/franquicia`.
    status
        The HTTP status of its answer; it is counted by its class, as `2xx`.
    """
    metrics.add_metadata("route", route)
    metrics.add_metadata("status", f"{status // 100}xx")
    count(REQUESTS)
    if cold_start.is_cold_start:
        cold_start.is_cold_start = False
        count(COLD_STARTS)
