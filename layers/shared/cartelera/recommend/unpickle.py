"""Unpickling without running anyone's code.

A pickle is a program: `pickle.loads` calls whatever it names. This reader knows the two names
that plain NumPy arrays need and refuses all others. A pickle could call even those with odd
arguments, or set attributes on them; so it gets stand-ins, which take the arguments of our arrays
and no others.
"""

import io
import pickle
import pickletools
from typing import Any

import numpy as np
from numpy.typing import NDArray

# The types of number that an array may have, by their names in pickles.
_DTYPES: dict[str, np.dtype[Any]] = {
    "i4": np.dtype("<i4"),
    "i8": np.dtype("<i8"),
    "f4": np.dtype("<f4"),
}
# The state of a plain type: version, byte order, and no structure.
_PLAIN_STATE = (3, "<", None, None, None, -1, -1, 0)
# Memory is allocated for as many memo entries as a pickle claims; ours have fewer than these.
_MAX_MEMO = 10_000
# Longer stretches, which are arrays, are read without a copy. In bytes.
_MAX_COPIED = 4096


class ForbiddenGlobalError(pickle.UnpicklingError):
    """The pickle names a global that no model needs."""


class _DType:
    """Stands in for a `numpy.dtype`."""

    __slots__ = ("dtype",)

    def __init__(self, name: object, *flags: object) -> None:
        if not isinstance(name, str) or name not in _DTYPES or flags != (False, True):
            raise pickle.UnpicklingError(f"the pickle asks for an array of {name!r:.100}")
        self.dtype = _DTYPES[name]

    def __setstate__(self, state: object) -> None:
        if state != _PLAIN_STATE:
            raise pickle.UnpicklingError(f"the pickle asks for an array of odd {self.dtype}")


class _DTypeClass:
    """Stands in for the class `numpy.dtype`; a pickle could change the class `_DType` itself."""

    __slots__ = ()

    def __call__(self, *arguments: object) -> _DType:
        return _DType(*arguments)


class _FromBuffer:
    """Stands in for NumPy's `_frombuffer`."""

    __slots__ = ()

    def __call__(self, data: object, kind: object, shape: object, order: object) -> NDArray[Any]:
        if not isinstance(data, bytes | bytearray) or not isinstance(kind, _DType):
            raise pickle.UnpicklingError("the pickle makes an array of what is no numbers")
        array = np.frombuffer(data, kind.dtype)
        if shape != array.shape or order != "C":
            raise pickle.UnpicklingError(f"the pickle makes an array of shape {shape!r:.100}")
        return array


# The whole vocabulary of a pickled dict of contiguous arrays (protocol 5).
_GLOBALS = {
    ("numpy._core.numeric", "_frombuffer"): _FromBuffer(),
    ("numpy", "dtype"): _DTypeClass(),
}


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 (pickle's signature)
        try:
            return _GLOBALS[module, name]
        except KeyError:
            path = f"{module}.{name}"
            message = f"the pickle asks for {path:.200}, which no model needs"
            raise ForbiddenGlobalError(message) from None


def load_arrays(data: bytes) -> object:
    """Unpickle plain containers and NumPy arrays, nothing else.

    Raises
    ------
    ForbiddenGlobalError
        When the pickle names any other global, before anything is called.
    pickle.UnpicklingError
        When the bytes are no pickle, cut short, or make anything but such arrays.
    """
    try:
        _check_sizes(data)
        return _ArraysOnly(io.BytesIO(data)).load()
    except pickle.UnpicklingError:
        raise
    # A pickle can fail in as many ways as a program.
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise pickle.UnpicklingError(f"the pickle cannot be read: {reason:.200}") from error


class _Views(io.BytesIO):
    """Bytes, of which long stretches are read as views."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._view = memoryview(data)

    def read(self, size: int | None = -1, /) -> Any:  # noqa: ANN401 (bytes, or as good as bytes)
        if size is None or size < _MAX_COPIED:
            return super().read(size)
        start = self.tell()
        self.seek(min(start + size, len(self._view)))
        return self._view[start : self.tell()]


def _check_sizes(data: bytes) -> None:
    """Check, running nothing, that the pickle has all that it claims."""
    for opcode, argument, _ in pickletools.genops(_Views(data)):
        if opcode.name in {"PUT", "LONG_BINPUT"} and int(argument or 0) > _MAX_MEMO:
            raise pickle.UnpicklingError(f"the pickle claims to remember {argument} values")
