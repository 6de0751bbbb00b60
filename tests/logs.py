"""The log that the functions write, as Powertools' logger writes it."""

from __future__ import annotations

from contextlib import contextmanager
from io import StringIO
from logging import StreamHandler
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_lambda_powertools import Logger


@contextmanager
def captured_log(logger: Logger) -> Iterator[StringIO]:
    """Give what `logger` writes during the block, a JSON object a line, and write it nowhere else.

    Loggers of the same service share their handler, so theirs is given, too.
    """
    handler = logger.registered_handler
    assert isinstance(handler, StreamHandler)
    lines = StringIO()
    before = handler.setStream(lines)
    try:
        yield lines
    finally:
        handler.setStream(before)
