"""The least that a function can do: what every other one's start is measured in."""

from __future__ import annotations


def handler(event: object, context: object) -> dict[str, object]:
    return {"statusCode": 200, "body": "{}"}
