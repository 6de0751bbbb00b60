"""Lambda on one machine: each function in a worker process of its own."""

from __future__ import annotations

import importlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
import uuid
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from infra.local.template import Function

logger = logging.getLogger(__name__)


class FunctionError(Exception):
    """The function raised or its process died: what Lambda reports as a function error."""


@dataclass(frozen=True, slots=True)
class LocalContext:
    """The context object that Lambda passes to a handler."""

    function_name: str
    memory_limit_in_mb: int
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def invoked_function_arn(self) -> str:
        """An ARN of the usual form."""
        return f"arn:aws:lambda:local:000000000000:function:{self.function_name}"


class LocalFunction:
    """A function in a process that starts with the first call and takes one call at a time."""

    def __init__(self, function: Function, environment: Mapping[str, str], log: Path) -> None:
        self._initargs = (function, environment, log)
        self._restarting = threading.Lock()
        self._pool = self._start()

    def invoke(self, event: object) -> object:
        """Call the function; `FunctionError` when it raised, or its process died."""
        pool = self._pool
        try:
            return pool.submit(_call, event).result()
        except BrokenProcessPool as error:
            # Lambda starts another process for the next call, and so do we.
            with self._restarting:
                if self._pool is pool:
                    self._pool = self._start()
            raise FunctionError("the process died") from error

    def close(self) -> None:
        """End the function's process."""
        self._pool.shutdown(cancel_futures=True)

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            1,
            # A fresh interpreter, as on Lambda: nothing of this process leaks into it.
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_initialize,
            initargs=self._initargs,
        )


def without_aws(environment: Mapping[str, str]) -> dict[str, str]:
    """Return environment variables without those that lead to AWS or to another stand-in for it.

    What a shell has set, such as `AWS_ENDPOINT_URL_S3` or `AWS_PROFILE`, would override the S3 of
    this machine.
    """
    return {name: value for name, value in environment.items() if not name.startswith("AWS_")}


# The function that this worker process runs.
_function: Function


def _initialize(function: Function, environment: Mapping[str, str], log: Path) -> None:
    global _function  # noqa: PLW0603 (the process is the function's own)
    _function = function
    # Ctrl-C reaches the whole process group; the parent ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    variables = without_aws(os.environ) | function.environment | {**environment}
    os.environ.clear()
    os.environ.update(variables, AWS_LAMBDA_FUNCTION_NAME=function.name)
    stream = log.open("a", buffering=1)
    os.dup2(stream.fileno(), sys.stdout.fileno())
    os.dup2(stream.fileno(), sys.stderr.fileno())
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.path.insert(0, str(function.code))


def _call(event: object) -> object:
    module, _, name = _function.handler.partition(".")
    context = LocalContext(_function.name, _function.memory)
    try:
        return getattr(importlib.import_module(module), name)(event, context)
    except Exception as error:
        logger.exception("%s raised", _function.name)
        # The parent process may not know the error's own class.
        raise FunctionError(f"{type(error).__name__}: {error}") from None
