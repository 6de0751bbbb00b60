"""Unpickling without running anyone's code.

A pickle is a program: `pickle.loads` calls whatever it names. This reader knows the three
names that plain NumPy arrays need and refuses every other.
"""

import io
import pickle
from typing import Any

# The whole vocabulary of a pickled dict of contiguous arrays (protocol 5).
ALLOWED_GLOBALS = frozenset(
    {
        ("numpy._core.numeric", "_frombuffer"),
        ("numpy", "dtype"),
    }
)


class ForbiddenGlobalError(pickle.UnpicklingError):
    """The pickle asks for something that no model needs; the message names it."""


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 (pickle's signature)
        if (module, name) not in ALLOWED_GLOBALS:
            raise ForbiddenGlobalError(f"the pickle asks for {module}.{name}, which no model needs")
        return super().find_class(module, name)


def load_arrays(data: bytes) -> object:
    """Unpickle plain containers and NumPy arrays, and nothing else.

    Raises
    ------
    ForbiddenGlobalError
        When the pickle names any other global; nothing was called.
    pickle.UnpicklingError, EOFError, ValueError
        When the bytes are no pickle, or cut short.
    """
    return _ArraysOnly(io.BytesIO(data)).load()
