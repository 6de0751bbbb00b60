"""Structured logs and metrics, as CloudWatch reads them."""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

# Service name and log level come from POWERTOOLS_SERVICE_NAME and POWERTOOLS_LOG_LEVEL.
logger = Logger()
metrics = Metrics(namespace="Cartelera")


def count(name: str) -> None:
    """Count one more of what `name` says, in this invocation."""
    metrics.add_metric(name, MetricUnit.Count, 1)
