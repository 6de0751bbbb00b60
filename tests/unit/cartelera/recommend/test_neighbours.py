"""The films beside each that the job has computed are those that the model recommends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartelera.contract.formats.neighbours import NEIGHBOURS_FOLDER
from cartelera.contract.ranking import DEFAULT_N, FILM_RANKING
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.parameters import parse_parameters
from cartelera.recommend.neighbours import Neighbours
from cartelera.recommend.recommendations import (
    recommend_beside,
    recommendation_options,
    recommendation_parameters,
)
from etl.release.block_writer import FilmLinesWriter
from etl.release.files import ReleaseFile
from etl.release.table_files import encode_table
from tests.models import CATALOGUE, Film, films, make_item_weights, release_of

if TYPE_CHECKING:
    from cartelera.recommend.recommendations import DescribedFilms
    from cartelera.release import Release


def beside(release: Release, film: int, **asked: Any) -> DescribedFilms:
    """Recommend films beside one, as the handler does."""
    values = parse_parameters(recommendation_parameters(FILM_RANKING), asked)
    return recommend_beside(release, film, recommendation_options(values, FILM_RANKING))


@settings(max_examples=30)
@given(st.lists(films, min_size=1, max_size=14), st.integers(1, DEFAULT_N), st.data())
def test_what_the_job_has_computed_is_what_the_model_says(
    catalogue: list[Film], n: int, data: st.DataObject
) -> None:
    weights, size = None, len(catalogue)
    if data.draw(st.booleans()):
        rng = np.random.default_rng(data.draw(st.integers(0, 1 << 20)))
        drawn = rng.normal(size=(size, size)) * (rng.random((size, size)) < 0.4)
        weights = make_item_weights(drawn, rng.random(size) * (rng.random(size) < 0.7))
    computed = release_of(catalogue, weights, neighbours=True)
    without = release_of(catalogue, weights)

    for film in range(size):
        assert beside(computed, film, n=n) == beside(without, film, n=n)


class OpenedError(Exception):
    """The model was opened."""


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> Release:
    """A release whose model must not be opened."""

    def refuse(_: Release) -> None:
        raise OpenedError

    opened = release_of(CATALOGUE, neighbours=True)
    monkeypatch.setattr(type(opened), "model", refuse)
    return opened


# The defaults can be said, too.
@pytest.mark.parametrize(
    "asked", [{}, {"n": 3}, {"n": 5, "calidad": 0.5, "estado": "estrenada", "modelo": "mixto"}]
)
def test_what_was_computed_is_answered_without_the_model(
    release: Release, asked: dict[str, Any]
) -> None:
    assert len(beside(release, 0, **asked).films) == asked.get("n", DEFAULT_N)


@pytest.mark.parametrize(
    "asked",
    [
        {"n": 6},
        {"calidad": 0},
        {"diversidad": 0.1},
        {"max_franquicia": 1},
        {"modelo": "contenido"},
        {"genero": "Drama"},
        {"desde": 1900},
        {"adultos": True},
        {"estado": "todas"},
        {"sin_franquicia": True},
    ],
)
def test_the_model_is_asked_for_what_was_not_computed(
    release: Release, asked: dict[str, Any]
) -> None:
    with pytest.raises(OpenedError):
        beside(release, 0, **asked)


def test_without_what_the_job_computes_the_model_answers() -> None:
    release = release_of(CATALOGUE)

    assert release.neighbours() is None
    assert len(beside(release, 0).films) == DEFAULT_N


@pytest.mark.parametrize("line", [7, [7], [[1, 2]]])
def test_a_line_that_holds_no_neighbours_is_not_answered(line: Any) -> None:
    writer = FilmLinesWriter(NEIGHBOURS_FOLDER)
    (pack, index) = [*writer.add([line]), *writer.end()]
    assert isinstance(pack[1], ReleaseFile)
    data = pack[1].data
    neighbours = Neighbours(
        encode_table(index[1]), lambda _, start, size: data[start : start + size]
    )

    with pytest.raises(UnsoundReleaseError, match="holds no neighbours"):
        neighbours.of(0)
    with pytest.raises(UnsoundReleaseError, match="holds no neighbours"):
        neighbours.open_all(neighbours.parse)
