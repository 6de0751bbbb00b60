"""Unpickling without running anyone's code.

A pickle is a program: `pickle.loads` calls whatever it names. This reader knows the two
names that plain NumPy arrays need, refuses every other, and does not hand out even those: a
pickle could call them with odd arguments, or set attributes on them for all who come after.
What it gets are stand-ins that take the arguments of the arrays we write and no others.
"""

import io
import pickle
import pickletools
from typing import Any

import numpy as np
from numpy.typing import NDArray

# The numbers that an array may hold, by the names that pickles give them.
_KINDS: dict[str, np.dtype[Any]] = {
    "i4": np.dtype("<i4"),
    "i8": np.dtype("<i8"),
    "f4": np.dtype("<f4"),
}
# What NumPy adds to each of them: version, byte order, and nothing of what makes types odd.
_PLAIN_STATE = (3, "<", None, None, None, -1, -1, 0)
# More values than any of our pickles remembers. Room is made for as many as a pickle claims.
_MAX_REMEMBERED = 10_000
# In bytes. Arrays are longer, and nothing else in our pickles is.
_LONG = 4096


class ForbiddenGlobalError(pickle.UnpicklingError):
    """The pickle asks for something that no model needs; the message names it."""


class _Kind:
    """Stands in for a `numpy.dtype`: the kind of number that an array holds."""

    __slots__ = ("dtype",)

    def __init__(self, name: object, *flags: object) -> None:
        if not isinstance(name, str) or name not in _KINDS or flags != (False, True):
            raise pickle.UnpicklingError(f"the pickle asks for an array of {name!r:.100}")
        self.dtype = _KINDS[name]

    def __setstate__(self, state: object) -> None:
        if state != _PLAIN_STATE:
            raise pickle.UnpicklingError(f"the pickle asks for an array of odd {self.dtype}")


class _MakeKind:
    """Stands in for the class `numpy.dtype`. Not the class `_Kind`, which could be changed."""

    __slots__ = ()

    def __call__(self, *arguments: object) -> _Kind:
        return _Kind(*arguments)


class _MakeArray:
    """Stands in for NumPy's `_frombuffer`."""

    __slots__ = ()

    def __call__(self, data: object, kind: object, shape: object, order: object) -> NDArray[Any]:
        if not isinstance(data, bytes | bytearray) or not isinstance(kind, _Kind):
            raise pickle.UnpicklingError("the pickle makes an array of what is no numbers")
        array = np.frombuffer(data, kind.dtype)
        if shape != array.shape or order != "C":
            raise pickle.UnpicklingError(f"the pickle makes an array of shape {shape!r:.100}")
        return array


# The whole vocabulary of a pickled dict of contiguous arrays (protocol 5).
_GLOBALS = {("numpy._core.numeric", "_frombuffer"): _MakeArray(), ("numpy", "dtype"): _MakeKind()}


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 (pickle's signature)
        try:
            return _GLOBALS[module, name]
        except KeyError:
            asked = f"{module}.{name}"
            raise ForbiddenGlobalError(
                f"the pickle asks for {asked:.200}, which no model needs"
            ) from None


def load_arrays(data: bytes) -> object:
    """Unpickle plain containers and NumPy arrays, and nothing else.

    Raises
    ------
    ForbiddenGlobalError
        When the pickle names any other global; nothing was called.
    pickle.UnpicklingError
        When the bytes are no pickle, cut short, or make anything but such arrays.
    """
    try:
        _check_sizes(data)
        return _ArraysOnly(io.BytesIO(data)).load()
    except pickle.UnpicklingError:
        raise
    # A pickle can go wrong in as many ways as a program.
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise pickle.UnpicklingError(f"the pickle cannot be read: {reason:.200}") from error


class _Views(io.BytesIO):
    """Bytes of which long stretches are given as views, not copied."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._view = memoryview(data)

    def read(self, size: int | None = -1, /) -> Any:  # noqa: ANN401 (bytes, or as good as bytes)
        if size is None or size < _LONG:
            return super().read(size)
        start = self.tell()
        self.seek(min(start + size, len(self._view)))
        return self._view[start : self.tell()]


def _check_sizes(data: bytes) -> None:
    """Walk through the pickle, running nothing, to see that it holds all that it claims to."""
    for opcode, argument, _ in pickletools.genops(_Views(data)):
        if opcode.name in {"PUT", "LONG_BINPUT"} and int(argument or 0) > _MAX_REMEMBERED:
            raise pickle.UnpicklingError(f"the pickle claims to remember {argument} values")
