"""Lambda on one machine: each function in a worker process of its own."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import multiprocessing
import os
import signal
import socket
import sys
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.process import BaseProcess
    from pathlib import Path

    from infra.local.template import Function

logger = logging.getLogger(__name__)

# Ends a call and its answer, which are JSON, and hold none themselves.
_END = b"\n"
_PIECE = 1 << 18


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
        self._arguments = (function, environment, log)
        self._turn = asyncio.Lock()
        self._worker: _Worker | None = None

    async def invoke(self, event: object) -> object:
        """Call the function; `FunctionError` when it raised, or its process died."""
        # What crosses to Lambda is JSON, and so is what comes back.
        call = json.dumps(event).encode() + _END
        async with self._turn:
            if self._worker is None:
                self._worker = _Worker.start(*self._arguments)
            try:
                answer = json.loads(await self._worker.ask(call))
            except BaseException:
                # Lambda starts another process for the next call, and so do we. Nor may an answer
                # that nobody waits for any more be taken for that of the next call.
                self.close()
                raise
        if "error" in answer:
            raise FunctionError(answer["error"])
        result: object = answer["result"]
        return result

    def close(self) -> None:
        """End the function's process."""
        if self._worker:
            self._worker.end()
            self._worker = None


@dataclass(frozen=True, slots=True)
class _Worker:
    """A function's process, and the socket that leads to it: a line of JSON each way a call."""

    process: BaseProcess
    socket: socket.socket

    @classmethod
    def start(cls, function: Function, environment: Mapping[str, str], log: Path) -> _Worker:
        ours, theirs = socket.socketpair()
        ours.settimeout(0)
        with theirs:
            # A fresh interpreter, as on Lambda: nothing of this process leaks into it.
            process = multiprocessing.get_context("spawn").Process(
                target=_work, args=(function, environment, log, theirs), daemon=True
            )
            process.start()
        return cls(process, ours)

    async def ask(self, call: bytes) -> bytearray:
        loop = asyncio.get_running_loop()
        answer = bytearray()
        try:
            await loop.sock_sendall(self.socket, call)
            while not answer.endswith(_END):
                piece = await loop.sock_recv(self.socket, _PIECE)
                if not piece:
                    raise FunctionError("the process died")
                answer += piece
        except ConnectionError as error:
            raise FunctionError("the process died") from error
        return answer

    def end(self) -> None:
        self.socket.close()
        self.process.terminate()
        self.process.join()


def without_aws(environment: Mapping[str, str]) -> dict[str, str]:
    """Return environment variables without those that lead to AWS or to another stand-in for it.

    What a shell has set, such as `AWS_ENDPOINT_URL_S3` or `AWS_PROFILE`, would override the S3 of
    this machine.
    """
    return {name: value for name, value in environment.items() if not name.startswith("AWS_")}


def _work(
    function: Function, environment: Mapping[str, str], log: Path, calls: socket.socket
) -> None:
    _initialize(function, environment, log)
    with calls, calls.makefile("rwb") as lines:
        for line in lines:
            lines.write(_answer(function, line) + _END)
            lines.flush()


def _initialize(function: Function, environment: Mapping[str, str], log: Path) -> None:
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


def _answer(function: Function, call: bytes) -> bytes:
    module, _, name = function.handler.partition(".")
    context = LocalContext(function.name, function.memory)
    try:
        result = getattr(importlib.import_module(module), name)(json.loads(call), context)
        return json.dumps({"result": result}).encode()
    except Exception as error:
        logger.exception("%s raised", function.name)
        return json.dumps({"error": f"{type(error).__name__}: {error}"}).encode()
