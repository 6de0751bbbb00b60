"""Docker where there is none, and the image that functions run in where it cannot be pulled.

Nothing but the end-to-end tests, `make sam-local` and the job's image needs Docker.
"""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).parents[2]
# The command's exit code when Docker or the image cannot be had here, so that whoever calls it
# can tell "could not be tried" from "was tried and failed".
UNAVAILABLE = 3


class UnavailableError(Exception):
    """Docker or the image cannot be had on this machine; the message says what is missing."""
