"""What the job does about memory beside using it."""

from __future__ import annotations

import atexit
import ctypes
import gc
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

# The job makes millions of objects and hardly a cycle. As often as Python looks for cycles by
# itself that takes a third of the time of making lists of tuples, and finds nothing.
RARELY = (100_000, 50, 100)


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Look for cycles of objects less often while the `with` block runs."""
    before = gc.get_threshold()
    gc.set_threshold(*RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def give_back_memory() -> None:
    """Return what Arrow and the C library keep for later, before the next large thing comes."""
    pa.default_memory_pool().release_unused()
    with suppress(AttributeError):  # glibc's alone
        ctypes.CDLL(None).malloc_trim(0)


def end_at_once() -> None:
    """Let this process end without a last search for cycles among all that its modules hold.

    That takes a third of a second, and what they hold goes with the process anyhow.
    """
    atexit.register(gc.freeze)
