"""How far few films take the places in the lists of all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings

from cartelera.contract.ranking import RankingOptions
from cartelera.recommend.explanations import explain
from cartelera.recommend.query import Query
from etl.evaluation.hubness import first_reasons, hubness
from tests.models import make_model, matrices

PLAIN = RankingOptions(quality=0.0, diversity=0.0, per_collection=50)


def test_a_film_beside_every_other_is_a_hub() -> None:
    films = 1000
    around = np.arange(films)

    even = hubness(np.concatenate([around, np.roll(around, 1)]), films)
    hub = hubness(np.concatenate([around, np.full(films, 7)]), films)

    assert (even.most, even.top_100, even.never, even.skewness) == (2, 0.1, 0, 0)
    assert (hub.most, hub.film, hub.never) == (1001, 7, 0)
    assert hub.top_100 == pytest.approx((1001 + 99) / 2000)
    assert hub.skewness > 30


def test_films_in_no_list_are_counted() -> None:
    found = hubness(np.array([0, 0, 3]), 4)

    assert (found.most, found.film, found.top_100, found.never) == (2, 0, 1, 0.5)
    assert hubness(np.array([], np.int64), 2)[2:] == (0, 1, 0)


@settings(max_examples=25)
@given(matrices)
# Of these, products are equal in single precision that are not in double.
@example(np.array([[5.0, 5, 2, 2, 2, 2], [2, 2, 2, 2, 2, 2], [2, 2, 5, 2, 2, 2]]))
def test_the_first_reasons_are_those_that_are_given(dense: np.ndarray) -> None:
    model = make_model(dense)
    groups = pd.Series([f"group {feature % 3}" for feature in range(model.features)])
    films, others = (each.ravel() for each in np.indices((model.films, model.films)))

    found = first_reasons(model, groups, films, others)

    expected = [
        groups.tolist()[reasons[0].feature or 0]
        for film, other in zip(films, others, strict=True)
        if (reasons := explain(Query.of_film(model, int(film), PLAIN), int(other)))
    ]
    assert found == pytest.approx({each: expected.count(each) / len(expected) for each in expected})
