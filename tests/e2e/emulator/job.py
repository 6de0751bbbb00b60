"""`python -m tests.e2e.emulator.job`: the job as its image calls it, event in and answer out."""

from __future__ import annotations

import json
import sys
from typing import Any

from etl.entrypoints.lambda_handler import handler
from infra.local.functions import LocalContext


def main() -> None:
    """Answer one event; the answer is the last line, after the job's log."""
    # As Lambda gives it, as far as the job asks.
    context: Any = LocalContext("job", 1769)
    answer: dict[str, Any]
    try:
        answer = {"body": handler(json.load(sys.stdin), context)}
    except Exception as error:  # noqa: BLE001 (Lambda, too, answers with whatever was raised)
        said = {"errorType": type(error).__name__, "errorMessage": str(error)}
        answer = {"body": said, "error": True}
    print(json.dumps(answer))  # noqa: T201 (what the emulator reads)


if __name__ == "__main__":
    main()
