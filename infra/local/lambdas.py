"""Lambda on one machine: each function in worker processes of its own."""

from __future__ import annotations

import importlib
import logging
import multiprocessing
import os
import signal
import sys
import uuid
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from infra.local.environment import without_aws

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from infra.local.template import Function

logger = logging.getLogger(__name__)

_REMAINING_MS = 15_000


class FunctionError(Exception):
    """The function raised, or its process died; what Lambda reports as a function error."""


@dataclass(frozen=True, slots=True)
class LocalContext:
    """What Lambda tells a function of the invocation."""

    function_name: str
    memory_limit_in_mb: int
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def invoked_function_arn(self) -> str:
        """The function's ARN, had it one."""
        return f"arn:aws:lambda:local:000000000000:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Return the time left before the timeout; nothing here enforces one."""
        return _REMAINING_MS


class LocalLambda:
    """One function. Its processes start with the first calls and take one call at a time."""

    def __init__(
        self, function: Function, environment: dict[str, str], log: Path, workers: int
    ) -> None:
        self._settings = (function, environment, log)
        self._workers = workers
        self._pool = self._start()

    def invoke(self, event: dict[str, Any]) -> Future[object]:
        """Call the function; the result raises `FunctionError` when it raised."""
        try:
            return self._pool.submit(_call, event)
        except BrokenProcessPool:
            # The process died in an earlier call: Lambda would start another, and so do we.
            self._pool = self._start()
            return self._pool.submit(_call, event)

    def close(self) -> None:
        """End the function's processes."""
        self._pool.shutdown(cancel_futures=True)

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._workers,
            # A fresh interpreter, as on Lambda: nothing of this process leaks into it.
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_initialize,
            initargs=self._settings,
        )


# What a worker process knows of the function it runs.
_function: Function


def _initialize(function: Function, environment: dict[str, str], log: Path) -> None:
    global _function  # noqa: PLW0603 (the process is the function's own)
    _function = function
    # Ctrl-C reaches the whole group; the parent ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    kept = without_aws(os.environ)
    os.environ.clear()
    os.environ.update(kept | function.environment | environment)
    os.environ["AWS_LAMBDA_FUNCTION_NAME"] = function.name
    stream = log.open("a", buffering=1)
    os.dup2(stream.fileno(), sys.stdout.fileno())
    os.dup2(stream.fileno(), sys.stderr.fileno())
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.path.insert(0, str(function.code))


def _call(event: dict[str, Any]) -> object:
    module, _, name = _function.handler.partition(".")
    context = LocalContext(_function.name, _function.memory)
    try:
        return getattr(importlib.import_module(module), name)(event, context)
    except Exception as error:
        logger.exception("%s raised", _function.name)
        # Not the error itself: the parent may not know its class.
        raise FunctionError(f"{type(error).__name__}: {error}") from None
