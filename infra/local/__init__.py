"""Stand-ins for AWS on one machine: S3, Lambda and API Gateway, driven by `template.yaml`."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).parents[2]
