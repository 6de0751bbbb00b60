"""What the features of a release are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cartelera.contract.feature_groups import FEATURE_GROUPS, FILTERS
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.recommend.feature_names import FeatureNames

if TYPE_CHECKING:
    from collections.abc import Callable

    type MakeParquet = Callable[[dict[str, list[Any]]], bytes]


@pytest.mark.parametrize(
    ("block", "name", "reason"),
    [
        ("genres", "Terror", "género: Terror"),
        ("directors", "John Lasseter", "dirección: John Lasseter"),
        ("writers", "Joss Whedon", "guion: Joss Whedon"),
        ("cast", "Tom Hanks", "reparto: Tom Hanks"),
        ("keywords", "toy", "tema: toy"),
        ("collection", "Toy Story Collection", "saga: Toy Story Collection"),
        ("production_companies", "Pixar", "productora: Pixar"),
        ("production_countries", "Francia", "país: Francia"),
        ("original_language", "inglés", "idioma: inglés"),
        ("period", "1992", "época: hacia 1992"),
        ("title", "toy", "título: toy"),
        ("text", "cowboy", "argumento: cowboy"),
    ],
)
def test_a_feature_is_a_reason(
    make_parquet: MakeParquet, block: str, name: str, reason: str
) -> None:
    names = FeatureNames(make_parquet({"block": ["cast", block], "name": ["Ann", name]}))

    assert len(names) == 2
    assert names.reason(0) == "reparto: Ann"
    assert names.reason(1) == reason


def test_a_release_without_features_has_no_names(make_parquet: MakeParquet) -> None:
    assert len(FeatureNames(make_parquet({"block": [], "name": []}))) == 0


def test_no_two_blocks_are_called_the_same_and_each_filter_is_a_block() -> None:
    assert len(set(FEATURE_GROUPS.values())) == len(FEATURE_GROUPS)
    assert set(FILTERS) < set(FEATURE_GROUPS)


@pytest.mark.parametrize("columns", [["name"], ["name", "block"], ["block", "name", "weight"], []])
def test_other_columns_are_refused(make_parquet: MakeParquet, columns: list[str]) -> None:
    data = make_parquet({column: ["x"] for column in columns})

    with pytest.raises(UnsoundReleaseError, match=r"^features\.parquet has columns"):
        FeatureNames(data)


@pytest.mark.parametrize("data", [b"", b"junk", b"PAR1 and no more PAR1"])
def test_what_is_no_parquet_is_refused(data: bytes) -> None:
    with pytest.raises(UnsoundReleaseError, match=r"^features\.parquet cannot be read as parquet"):
        FeatureNames(data)
