"""Structured logs and metrics, as CloudWatch reads them."""

from aws_lambda_powertools import Logger, Metrics

# Service name and log level come from POWERTOOLS_SERVICE_NAME and POWERTOOLS_LOG_LEVEL.
logger = Logger()
metrics = Metrics(namespace="Cartelera")
