"""The environment of what runs on this machine in AWS's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_AWS = "AWS_"


def without_aws(environment: Mapping[str, str]) -> dict[str, str]:
    """Return environment variables without those that lead to AWS, or to another stand-in for it.

    What a shell has set, such as `AWS_ENDPOINT_URL_S3` or `AWS_PROFILE`, would win over an S3 of
    this machine's.
    """
    return {name: value for name, value in environment.items() if not name.startswith(_AWS)}
