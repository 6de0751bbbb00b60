from __future__ import annotations

import os
import pickle

import numpy as np
import pytest

from cartelera.unpickle import ForbiddenGlobalError, load_arrays


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
