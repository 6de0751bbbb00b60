"""The releases that this process answers from, as its environment names them."""

from __future__ import annotations

import importlib
import math
import os
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from cartelera.contract.release_format import RELEASES_VARIABLE
from cartelera.errors import NoReleaseError
from cartelera.release.pointer import CHECK_INTERVAL_SECONDS, OPEN_TIMEOUT_SECONDS, Releases
from cartelera.storage import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECK_INTERVAL_VARIABLE = "CARTELERA_CHECK_EVERY_SECONDS"
OPEN_TIMEOUT_VARIABLE = "CARTELERA_OPEN_WITHIN_SECONDS"

# Releases to answer from instead of those that the environment names; the last one counts.
_overrides: list[Releases] = []


@contextmanager
def override_releases(place: Releases) -> Iterator[None]:
    """Answer from `place` within the context, whatever the environment names."""
    _overrides.append(place)
    releases.cache_clear()
    try:
        yield
    finally:
        _overrides.pop()
        releases.cache_clear()


@cache
def releases() -> Releases:
    """Return the releases that `CARTELERA_RELEASES` names, opened once per process.

    `CARTELERA_CHECK_EVERY_SECONDS` is their check interval, and `CARTELERA_OPEN_WITHIN_SECONDS`
    how many seconds one question may wait for storage. `override_releases` takes precedence.

    Raises
    ------
    NoReleaseError
        When the first variable is not set, or another is no number of seconds.
    """
    if _overrides:
        return _overrides[-1]
    url = os.environ.get(RELEASES_VARIABLE)
    if not url:
        raise NoReleaseError(
            f"Falta la variable de entorno {RELEASES_VARIABLE}, que dice dónde está."
        )
    place = Releases(
        open_store(url),
        check_interval=_seconds(CHECK_INTERVAL_VARIABLE, CHECK_INTERVAL_SECONDS),
        open_timeout=_seconds(OPEN_TIMEOUT_VARIABLE, OPEN_TIMEOUT_SECONDS),
    )
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        # A restored snapshot has an old release and an old clock. The module is part of Lambda's
        # runtime only.
        importlib.import_module("snapshot_restore_py").register_after_restore(place.expire)
    return place


def _seconds(variable: str, default: float) -> float:
    text = os.environ.get(variable, str(default))
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not seconds >= 0:
        raise NoReleaseError(f"{variable} es «{text}», que no son segundos.")
    return seconds
