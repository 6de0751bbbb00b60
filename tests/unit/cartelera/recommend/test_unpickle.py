from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
from pathlib import Path
from pickle import (
    ADDITEMS,
    BUILD,
    EMPTY_DICT,
    EMPTY_SET,
    EMPTY_TUPLE,
    EXT1,
    EXT2,
    EXT4,
    GLOBAL,
    INST,
    LONG_BINPUT,
    MARK,
    MEMOIZE,
    NEWOBJ,
    NEWOBJ_EX,
    OBJ,
    PERSID,
    POP,
    PROTO,
    REDUCE,
    SHORT_BINUNICODE,
    STACK_GLOBAL,
    STOP,
    TUPLE2,
)

import numpy as np
import pytest

from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.recommend.model_file import read_model
from cartelera.recommend.unpickle import ForbiddenGlobalError, load_arrays

FROM_BUFFER = GLOBAL + b"numpy._core.numeric\n_frombuffer\n"
DTYPE = GLOBAL + b"numpy\ndtype\n"
# What pickle writes for `np.arange(3, dtype=np.int32)`, part by part.
NUMBERS = np.arange(3, dtype=np.int32).tobytes()
PLAIN_STATE = (3, "<", None, None, None, -1, -1, 0)


class Attack:
    """What `pickle.loads` would call without asking."""

    def __init__(self, *call: object) -> None:
        self.call = call

    def __reduce__(self) -> tuple[object, ...]:
        function, *arguments = self.call
        return (function, tuple(arguments))


def test_arrays_in_a_dict_come_back() -> None:
    arrays = load_arrays(pickle.dumps({"a": np.arange(3, dtype=np.int32)}, protocol=5))

    assert isinstance(arrays, dict)
    assert arrays["a"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    ("attack", "named"),
    [
        (Attack(os.system, "exit 1"), "system"),
        (Attack(eval, "1"), "eval"),
        ({"votes": [Attack(os.system, "exit 1")]}, "system"),
        (Attack(getattr, "", "join"), "getattr"),
        (np.add, "add"),
    ],
)
def test_a_pickle_that_names_anything_else_is_refused_by_name(
    attack: object, named: str, protocol: int
) -> None:
    with pytest.raises(ForbiddenGlobalError, match=named):
        load_arrays(pickle.dumps(attack, protocol=protocol))


def text(value: str) -> bytes:
    return SHORT_BINUNICODE + bytes([len(value)]) + value.encode()


def value(plain: object) -> bytes:
    """Push a plain value."""
    return pickle.dumps(plain, protocol=2)[2:-1]


def call(function: bytes, *arguments: bytes) -> bytes:
    return function + MARK + b"".join(arguments) + pickle.TUPLE + REDUCE


def program(*parts: bytes) -> bytes:
    return PROTO + b"\x05" + b"".join(parts) + STOP


def kind(name: object = "i4", flags: tuple[object, ...] = (False, True)) -> bytes:
    return call(DTYPE, value(name), *map(value, flags))


def array(kind: bytes, data: object = NUMBERS, shape: object = (3,), order: object = "C") -> bytes:
    return call(FROM_BUFFER, pickle.dumps(data, protocol=5)[2:-1], kind, value(shape), value(order))


def test_the_programs_below_are_arrays_but_for_their_attack() -> None:
    made = load_arrays(program(array(kind() + value(PLAIN_STATE) + BUILD)))

    assert isinstance(made, np.ndarray)
    assert made.tolist() == [0, 1, 2]


RUN = value("exit 1")
SYSTEM = GLOBAL + b"posix\nsystem\n"


@pytest.mark.parametrize(
    ("attack", "named"),
    [
        (call(SYSTEM, RUN), "posix.system"),
        (call(text("posix") + text("system") + STACK_GLOBAL, RUN), "posix.system"),
        (MARK + RUN + INST + b"posix\nsystem\n", "posix.system"),
        (MARK + SYSTEM + RUN + OBJ, "posix.system"),
        (GLOBAL + b"builtins\nobject\n" + EMPTY_TUPLE + NEWOBJ, "builtins.object"),
        (GLOBAL + b"builtins\nobject\n" + EMPTY_TUPLE + EMPTY_DICT + NEWOBJ_EX, "builtins.object"),
        # Remembered under an innocent name, thrown away, and called later.
        (SYSTEM + MEMOIZE + POP + call(pickle.BINGET + b"\0", RUN), "posix.system"),
        # Reached through what is allowed: an attribute, a parent, a look-alike.
        (text("numpy") + text("dtype.__class__") + STACK_GLOBAL, "numpy.dtype.__class__"),
        (text("numpy") + text("dtype.__subclasses__") + STACK_GLOBAL, "__subclasses__"),
        (text("numpy._core.numeric") + text("_frombuffer.__globals__") + STACK_GLOBAL, "globals"),
        (text("numpy") + text("_core.numeric._frombuffer") + STACK_GLOBAL, "numpy._core"),
        (text("numpy._core.numeric") + text("frombuffer") + STACK_GLOBAL, "numeric.frombuffer"),
        (text("numpy.core.numeric") + text("_frombuffer") + STACK_GLOBAL, "numpy.core.numeric"),
        (text("numpy") + text("DTYPE") + STACK_GLOBAL, "numpy.DTYPE"),
        (text("numpy") + text("load") + STACK_GLOBAL, "numpy.load"),
        (text("") + text("") + STACK_GLOBAL, "the pickle asks for"),
        (
            text("cartelera.recommend.unpickle") + text("_Kind") + STACK_GLOBAL,
            "cartelera.recommend.unpickle._Kind",
        ),
    ],
)
def test_no_way_of_naming_gets_at_another_global(attack: bytes, named: str) -> None:
    with pytest.raises(ForbiddenGlobalError, match=named):
        load_arrays(program(attack))


@pytest.mark.parametrize(
    "attack",
    [
        # Numbers that are none: pointers, records, strings, dates, and what is no name at all.
        kind("O"),
        kind("O8"),
        kind("V8"),
        kind("S3"),
        kind("i4,O"),
        kind("M8"),
        kind([("a", "O")]),
        kind({"names": ["a"], "formats": ["O"]}),
        kind(None),
        kind(flags=(True, True)),
        kind(flags=(False,)),
        call(DTYPE),
        call(DTYPE, DTYPE),
        # The right kind, made odd afterwards.
        kind() + value((3, "|", None, ("a",), {"a": ("O", 0)}, 8, 1, 27)) + BUILD,
        kind() + value((3, ">", None, None, None, -1, -1, 0)) + BUILD,
        kind() + value({"dtype": "O"}) + BUILD,
        kind() + value((None, {"dtype": "O"})) + BUILD,
        kind() + value(None) + BUILD,
        # Arrays of what is no buffer, of another shape, or beyond their bytes.
        array(kind("O")),
        array(DTYPE),
        array(value("O")),
        array(value(None)),
        array(kind(), data="text"),
        array(kind(), data=3),
        array(kind(), data=None),
        array(kind(), data=b"12345"),
        array(kind(), shape=(4,)),
        array(kind(), shape=(2**62,)),
        array(kind(), shape=(-1,)),
        array(kind(), shape=(3, 1)),
        array(kind(), shape=3),
        array(kind(), order="F"),
        array(kind(), order="K"),
        call(FROM_BUFFER),
        call(FROM_BUFFER, FROM_BUFFER, DTYPE, FROM_BUFFER, DTYPE),
        # Attributes set on what is allowed, to last beyond this pickle.
        FROM_BUFFER + value({"__call__": 1}) + BUILD,
        FROM_BUFFER + value((None, {"__defaults__": (1,)})) + BUILD,
        DTYPE + value((None, {"__class__": 1})) + BUILD,
        DTYPE + value({"__init__": 1}) + BUILD,
        array(kind()) + value((1, (1,), None, False, b"12345678")) + BUILD,
        # The other ways to make something.
        DTYPE + EMPTY_TUPLE + NEWOBJ,
        DTYPE + EMPTY_TUPLE + EMPTY_DICT + NEWOBJ_EX,
        MARK + DTYPE + value("O") + OBJ,
        MARK + value("O") + INST + b"numpy\ndtype\n",
        EMPTY_SET + MARK + EMPTY_DICT + ADDITEMS,
        value(1) + value((2,)) + REDUCE,
        value("posix") + value("system") + TUPLE2 + EMPTY_TUPLE + REDUCE,
        # The doors that a pickle leaves to its reader.
        EXT1 + b"\x01",
        EXT2 + b"\x01\x00",
        EXT4 + b"\x01\x00\x00\x00",
        EXT1 + b"\x00",
        PERSID + b"posix.system\n",
        pickle.BINUNICODE + struct.pack("<I", 3) + b"abc" + pickle.BINPERSID,
        pickle.NEXT_BUFFER,
        pickle.READONLY_BUFFER,
        # Tricks with the stack and the memo.
        pickle.BINGET + b"\x07",
        POP * 9,
        MARK,
        MARK + POP + POP,
        pickle.DUP,
        pickle.APPENDS,
        pickle.SETITEMS,
        MEMOIZE,
        EMPTY_DICT + EMPTY_DICT + EMPTY_DICT + pickle.SETITEM,
        PROTO + b"\x63",
        b"\xff",
        b"",
    ],
)
def test_what_is_allowed_cannot_be_turned_into_a_weapon(attack: bytes) -> None:
    with pytest.raises(pickle.UnpicklingError):
        load_arrays(program(attack))
    with pytest.raises(UnsoundReleaseError, match=r"model\.pkl"):
        read_model(program(attack))

    test_the_programs_below_are_arrays_but_for_their_attack()


@pytest.mark.parametrize(
    "claim",
    [
        EMPTY_DICT + LONG_BINPUT + b"\xff\xff\xff\xff",
        EMPTY_DICT + pickle.PUT + b"4294967295\n",
        pickle.FRAME + struct.pack("<Q", 2**62),
        pickle.BYTEARRAY8 + struct.pack("<Q", 2**36),
        pickle.BINBYTES8 + struct.pack("<Q", 2**36),
        pickle.BINUNICODE8 + struct.pack("<Q", 2**36),
        pickle.BINBYTES + struct.pack("<I", 2**31),
        pickle.LONG4 + struct.pack("<i", 2**30),
        pickle.LONG4 + struct.pack("<i", -1),
    ],
)
def test_a_pickle_that_claims_more_than_it_holds_takes_no_memory(claim: bytes) -> None:
    script = """
import resource, sys
from cartelera.recommend.unpickle import load_arrays
from pickle import UnpicklingError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    load_arrays(bytes.fromhex(sys.argv[1]))
except UnpicklingError:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run(  # noqa: S603 (the command is ours)
        [sys.executable, "-c", script, program(claim).hex()],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    kilobytes = int(done.stdout)
    assert kilobytes < 20_000


def test_a_pickle_that_nests_without_end_is_refused() -> None:
    with pytest.raises(UnsoundReleaseError, match=r"model\.pkl"):
        read_model(program(MARK * 100_000 + pickle.TUPLE * 100_000))


def test_nothing_was_run_by_any_of_it(tmp_path: Path) -> None:
    trace = tmp_path / "trace"

    for protocol in range(6):
        for attack in (Attack(os.system, f"touch {trace}"), Attack(Path.touch, trace)):
            with pytest.raises(pickle.UnpicklingError):
                load_arrays(pickle.dumps({"votes": [attack]}, protocol=protocol))

    assert not trace.exists()
