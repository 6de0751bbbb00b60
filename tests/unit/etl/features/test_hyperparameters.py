"""The parameters that the job is published with; what they are is for the tuning to say."""

from __future__ import annotations

import json
import math

import msgspec
import pytest

from cartelera.contract.feature_groups import FEATURE_GROUPS
from etl.features.hyperparameters import HYPERPARAMETERS, Hyperparameters, tuned


def test_the_parameters_have_every_group_and_no_other() -> None:
    assert set(tuned().weights) == set(tuned().taste) == set(FEATURE_GROUPS)


def test_every_parameter_is_a_number_that_something_can_be_weighed_by() -> None:
    parameters = tuned()

    numbers = [*parameters.weights.values(), *parameters.taste.values()]
    numbers += [parameters.votes, parameters.rating]
    assert all(math.isfinite(number) and number >= 0 for number in numbers)
    assert any(parameters.weights.values())
    assert any(parameters.taste.values())


def test_the_parameters_are_those_of_the_file_and_read_once() -> None:
    assert tuned() is tuned()
    assert msgspec.to_builtins(tuned()) == json.loads(HYPERPARAMETERS.read_text())


@pytest.mark.parametrize(
    "changes",
    [{"weights": None}, {"weights": {"cast": "1"}}, {"taste": [1]}, {"votes": "many"}],
)
def test_parameters_of_another_shape_are_refused(changes: dict[str, object]) -> None:
    content = json.dumps(json.loads(HYPERPARAMETERS.read_text()) | changes)

    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(content, type=Hyperparameters)


@pytest.mark.parametrize("missing", ["weights", "taste", "votes", "rating", "chosen_by"])
def test_no_parameter_may_be_left_out(missing: str) -> None:
    content = json.loads(HYPERPARAMETERS.read_text())
    del content[missing]

    with pytest.raises(msgspec.ValidationError, match=missing):
        msgspec.json.decode(json.dumps(content), type=Hyperparameters)
