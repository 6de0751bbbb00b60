"""What films have in common, and how much each of it weighs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from sklearn.preprocessing import normalize

from cartelera.contract.feature_groups import FEATURE_GROUPS, FILTER_TABLES
from etl.catalogue.words import count_words
from etl.features.tfidf import (
    LEADING_CAST,
    MAX_TERMS,
    PERIOD_YEARS,
    STOP_WORDS,
    normalize_rows,
    scale_by_mean_idf,
)
from tests.models import unit_rows
from tests.unit.etl.catalogues import EQUAL, catalogue_of, features_of, group_of, groups_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from etl.catalogue.catalogue import Catalogue
    from etl.features.tfidf import Features
    from tests.unit.etl.catalogues import Group

# Those that stand in a list or a column of their own, one name after the other.
NAMED = [name for name in FEATURE_GROUPS if name not in {"period", "title", "text"}]
LISTED = [name for name in NAMED if name not in {"collection", "original_language"}]
# Words that tell something.
VOCABULARY = [f"word{number:02d}" for number in range(40)]


def of_names(group: str, names: Sequence[Sequence[str]]) -> Catalogue:
    """Make a catalogue each of whose films has some names in a group; where one fits, the first."""
    if group in LISTED:
        entries = [(film, name) for film, own in enumerate(names) for name in own]
        return catalogue_of(len(names), **{group: entries})
    return catalogue_of([{group: own[0] if own else None} for own in names])


def weights_of(group: Group, film: int) -> dict[str, float]:
    row = group.matrix.toarray()[film]
    return {group.names[column]: float(row[column]) for column in np.flatnonzero(row)}


def described(*texts: str) -> Group:
    """Return the group of the words of some descriptions."""
    return groups_of(catalogue_of([{"overview": text} for text in texts]))["text"]


def titled(*titles: str) -> Group:
    return groups_of(catalogue_of([{"title": title} for title in titles]))["title"]


def lengths(matrix: sparse.csr_array) -> list[float]:
    return [float(length) for length in np.sqrt((matrix.toarray() ** 2).sum(axis=1))]


def group_lengths(features: Features, film: int) -> dict[str, float]:
    """Return how much of a film's row is in each of its groups."""
    row = features.matrix.toarray()[film]
    groups = features.names["block"].to_numpy()
    parts = {name: float(np.sqrt((row[groups == name] ** 2).sum())) for name in FEATURE_GROUPS}
    return {name: part for name, part in parts.items() if part}


def full_catalogue() -> Catalogue:
    """Make a catalogue of six films that have all the groups, of which they share all."""
    film = {
        "title": "Toy Story",
        "overview": "A cowboy doll is threatened",
        "original_language": "en",
        "collection": "Toys",
        "release_year": 1996,
    }
    names = {name: [(film, f"{name} A") for film in range(6)] for name in LISTED}
    return catalogue_of([film] * 6, **names)


def test_the_groups_stand_side_by_side_in_their_order() -> None:
    features = features_of(full_catalogue())

    assert features.names["block"].unique().tolist() == list(FEATURE_GROUPS)
    assert list(features.names) == ["block", "name"]
    assert len(features.names) == features.matrix.shape[1]
    assert features.matrix.dtype == np.float32


def test_a_group_counts_as_much_as_it_weighs_whatever_is_in_it() -> None:
    """All of them tell as little: every film has them."""
    weights = {name: 0.1 + number for number, name in enumerate(FEATURE_GROUPS)}

    parts = group_lengths(features_of(full_catalogue(), weights), 0)

    own = parts["genres"] / weights["genres"]
    assert parts == {name: pytest.approx(own * each, rel=1e-4) for name, each in weights.items()}


def test_a_group_that_weighs_nothing_is_no_part_of_a_film() -> None:
    weights = EQUAL | {"cast": 0.0}

    assert "cast" not in group_lengths(features_of(full_catalogue(), weights), 0)


@settings(max_examples=30)
@given(
    st.lists(st.sets(st.sampled_from(NAMED)), min_size=2, max_size=5),
    st.fixed_dictionaries({name: st.floats(0.1, 2) for name in FEATURE_GROUPS}),
)
def test_the_more_is_known_of_a_film_the_longer_is_its_row(
    known: list[set[str]], weights: dict[str, float]
) -> None:
    """Everything that films know of is the same."""
    films: list[dict[str, Any]] = [
        {name: "en" for name in ("collection", "original_language") if name in own} for own in known
    ]
    lists = {
        name: [(film, "A") for film, own in enumerate(known) if name in own] for name in LISTED
    }

    catalogue = catalogue_of(films, **lists)

    features = features_of(catalogue, weights)

    tells = {
        name: lengths(scale_by_mean_idf(group.matrix))
        for name, group in groups_of(catalogue).items()
    }
    for film in range(len(known)):
        parts = group_lengths(features, film)
        worth = {
            name: weights[name] * tells[name][film] for name in FEATURE_GROUPS if tells[name][film]
        }
        assert parts == {name: pytest.approx(each, rel=1e-4) for name, each in worth.items()}


@given(
    arrays(
        np.float32,
        st.tuples(st.integers(1, 8), st.integers(1, 6)),
        elements=st.sampled_from([0.0, 0.0, 1.0, 2.0]),
    )
)
def test_a_group_tells_the_more_of_a_film_the_rarer_is_what_it_holds(dense: np.ndarray) -> None:
    rows = unit_rows(dense)

    scaled = scale_by_mean_idf(sparse.csr_array(rows))

    films = np.maximum((rows > 0).sum(axis=0), 1)
    tells = rows**2 @ (np.log((len(rows) + 1) / films) / np.log(len(rows) + 1))
    order = np.argsort(tells)
    new = np.array(lengths(scaled))
    assert (np.diff(new[order]) >= -1e-5).all()
    assert (new <= 1 + 1e-6).all()
    assert ((new > 0) == rows.any(axis=1)).all()
    assert np.allclose(unit_rows(scaled.toarray()), rows, atol=1e-5)


def test_scaling_a_group_leaves_the_block_itself() -> None:
    matrix = sparse.csr_array(np.eye(3, dtype=np.float32)[[0, 0, 1]])

    scale_by_mean_idf(matrix)

    assert lengths(matrix) == [1, 1, 1]


def test_a_film_that_is_rare_in_one_way_has_more_in_common_with_those_alike_in_that() -> None:
    """Of two neighbours alike in as many groups, the one that shares what few films have."""
    films = [{"original_language": "hi" if film in {0, 1} else "en"} for film in range(20)]
    drama = [(film, "Drama") for film in range(20) if film != 1]
    catalogue = catalogue_of(films, genres=[*drama, (1, "War")])

    matrix = features_of(catalogue).matrix.toarray()

    in_hindi, a_drama = matrix[1] @ matrix[0], matrix[2] @ matrix[0]
    assert in_hindi > a_drama


def test_two_films_of_which_the_same_little_is_known_are_the_same() -> None:
    lists = {"genres": [(0, "Drama"), (1, "Drama"), (2, "Drama")], "keywords": [(2, "a"), (3, "a")]}

    matrix = unit_rows(features_of(catalogue_of(4, **lists)).matrix.toarray())

    assert matrix[0] @ matrix[1] == pytest.approx(1)
    assert 0 < matrix[0] @ matrix[2] < 1


def test_a_film_that_shares_nothing_has_its_period_alone() -> None:
    features = features_of(catalogue_of([{"title": "Alone", "release_year": 1984}, {}]))

    assert features.names.to_numpy().tolist()[0] == ["period", "1984"]
    assert set(group_lengths(features, 0)) == {"period"}


def test_without_films_there_are_no_features() -> None:
    features = features_of(catalogue_of(0))

    assert features.matrix.shape == (0, 0)
    assert features.names.empty


@pytest.mark.parametrize("group", [name for name in NAMED if name not in FILTER_TABLES])
def test_a_name_that_only_one_film_has_is_no_feature(group: str) -> None:
    groups = groups_of(of_names(group, [["A"], ["B"], ["B"], []]))

    assert groups[group].names.tolist() == ["B"]
    assert groups[group].aliases == ()
    assert lengths(groups[group].matrix) == [0, 1, 1, 0]


@pytest.mark.parametrize("group", FILTER_TABLES)
def test_a_name_that_films_can_be_kept_to_is_a_feature_though_only_one_has_it(group: str) -> None:
    groups = groups_of(of_names(group, [["A"], ["B"], ["B"], []]))

    assert groups[group].names.tolist() == ["A", "B"]
    assert [{name, *others} for name, others in zip("AB", groups[group].aliases, strict=True)] == [
        {"A"},
        {"B"},
    ]
    assert lengths(groups[group].matrix) == [1, 1, 1, 0]


@pytest.mark.parametrize("group", [name for name in LISTED if name != "cast"])
def test_the_rarer_a_name_the_more_it_weighs(group: str) -> None:
    names = [["A", "B"], ["A", "B"], ["A"], ["A"]]

    weights = weights_of(groups_of(of_names(group, names))[group], 0)

    assert weights["B"] > weights["A"]


@pytest.mark.parametrize("group", FILTER_TABLES)
def test_a_name_that_is_empty_is_none(group: str) -> None:
    groups = groups_of(of_names(group, [[""], [""], ["A"], ["A"]]))

    assert len(groups[group].names) == 1
    assert lengths(groups[group].matrix) == [0, 0, 1, 1]


@pytest.mark.parametrize("group", LISTED)
def test_a_name_that_stands_in_a_film_twice_counts_once(group: str) -> None:
    once = groups_of(of_names(group, [["A", "B"], ["A", "B"]]))[group]
    twice = groups_of(of_names(group, [["A", "B", "A", "B", "A"], ["A", "B"]]))[group]

    assert twice.names.tolist() == once.names.tolist()
    assert twice.matrix.toarray().tolist() == once.matrix.toarray().tolist()


def test_the_weight_of_the_cast_falls_with_the_root_of_the_place() -> None:
    cast = [f"Actor {number}" for number in range(LEADING_CAST)]

    weights = weights_of(groups_of(of_names("cast", [cast, cast]))["cast"], 0)

    first = weights["Actor 0"]
    assert [weights[name] / first for name in cast] == pytest.approx(
        [1 / np.sqrt(place) for place in range(1, LEADING_CAST + 1)], rel=1e-4
    )


def test_only_the_leading_cast_counts() -> None:
    crowd = [f"Extra {number}" for number in range(50)]

    group = groups_of(of_names("cast", [crowd, crowd]))["cast"]

    assert sorted(group.names) == sorted(crowd[:LEADING_CAST])


def test_who_plays_twice_stands_where_they_are_named_first_and_the_others_where_they_were() -> None:
    twice = weights_of(groups_of(of_names("cast", [["A", "B", "A", "C"]] * 2))["cast"], 0)

    assert twice["B"] / twice["A"] == pytest.approx(1 / np.sqrt(2), rel=1e-5)
    assert twice["C"] / twice["A"] == pytest.approx(1 / np.sqrt(4), rel=1e-5)


@pytest.mark.parametrize(
    ("group", "name", "said", "others"),
    [
        ("genres", "Horror", "Terror", {"Horror", "Terror", "miedo"}),
        ("genres", "Carousel", "Carousel", {"Carousel"}),
        ("original_language", "fr", "francés", {"fr", "francés", "French", "fra"}),
        ("original_language", "qq", "qq", {"qq"}),
    ],
)
def test_what_films_can_be_kept_to_is_called_in_spanish_where_that_is_known(
    group: str, name: str, said: str, others: set[str]
) -> None:
    found = groups_of(of_names(group, [[name]]))[group]

    assert found.names.tolist() == [said]
    (known_as,) = found.aliases
    assert others <= {said, *known_as}


def test_a_country_is_called_by_its_code() -> None:
    entries = [(0, "France", "FR"), (1, "Soviet Union", "SU")]

    found = groups_of(catalogue_of(2, production_countries=entries))["production_countries"]

    assert found.names.tolist() == ["Francia", "Unión Soviética"]
    assert {"France", "Francia", "FRA", "FR"} <= set(found.aliases[0])
    assert {"Soviet Union", "Unión Soviética", "SUN", "SU"} <= set(found.aliases[1])


def test_a_country_whose_code_is_not_known_is_called_as_it_is() -> None:
    """One without a code in any of its films once ended the job."""
    entries = [(0, "Nowhere"), (1, "France"), (2, "France", "FR"), (3, "Atlantis", "QQ")]

    found = groups_of(catalogue_of(4, production_countries=entries))["production_countries"]

    assert found.names.tolist() == ["Nowhere", "Francia", "Atlantis"]
    assert found.aliases[0] == ("Nowhere",)
    assert found.aliases[2] == ("Atlantis", "QQ")
    assert (found.matrix.toarray() > 0).tolist() == [
        [True, False, False],
        [False, True, False],
        [False, True, False],
        [False, False, True],
    ]


def test_names_of_one_thing_are_one_feature() -> None:
    entries = [(0, "Burma", "BU"), (1, "Myanmar", "MM"), (2, "Union of Myanmar", "MM")]

    found = groups_of(catalogue_of(3, production_countries=entries))["production_countries"]

    assert found.names.tolist() == ["Birmania"]
    assert lengths(found.matrix) == [1, 1, 1]
    (others,) = found.aliases
    assert {"Burma", "Myanmar", "Union of Myanmar", "MM", "BU"} <= set(others)


def likeness(*years: int) -> np.ndarray:
    """Return the likeness of any two years by their periods, in a catalogue of every year."""
    films = [{"release_year": year} for year in years]
    group = groups_of(catalogue_of(films))["period"]
    assert lengths(group.matrix) == pytest.approx([1] * len(years), abs=1e-6)
    matrix = group.matrix.toarray()
    alike: np.ndarray = matrix @ matrix.T
    return alike


YEARS = range(1874, 2021)


def test_films_of_one_year_are_of_one_period() -> None:
    assert np.diag(likeness(*YEARS)) == pytest.approx(1, abs=1e-6)
    assert likeness(1999, 1999)[0, 1] == pytest.approx(1)


def test_the_likeness_of_two_years_falls_with_their_distance_and_ends() -> None:
    alike = likeness(*YEARS)

    for row in range(len(YEARS)):
        later = alike[row, row:]
        assert (np.diff(later) <= 1e-6).all()
        assert (later[2 * PERIOD_YEARS :] == 0).all()
        assert (later[:PERIOD_YEARS] > 0).all()


@pytest.mark.parametrize("boundary", [1900, 1960, 1992, 2000, 2016])
def test_no_new_years_eve_parts_what_belongs_together(boundary: int) -> None:
    """Nor that of a decade, of a century or of a period: a year apart is as near anywhere."""
    alike = likeness(*YEARS)
    next_to = np.diag(alike, 1)

    assert next_to[boundary - 1 - YEARS[0]] == pytest.approx(next_to.mean(), abs=0.02)
    assert next_to.min() > 0.97


def test_a_year_half_way_between_two_periods_is_as_near_to_one_as_to_the_other() -> None:
    first, half, second = 1992, 1992 + PERIOD_YEARS // 2, 1992 + PERIOD_YEARS

    alike = likeness(first, half, second)

    assert alike[0, 1] == pytest.approx(alike[1, 2])
    assert alike[0, 2] == 0


def test_periods_are_called_by_the_year_that_is_wholly_theirs() -> None:
    films = [{"release_year": year} for year in (1992, 1999, 2000)]

    group = groups_of(catalogue_of(films))["period"]

    assert weights_of(group, 0) == {"1992": 1}
    assert set(weights_of(group, 1)) == {"1992", "2000"}
    assert weights_of(group, 1)["2000"] > weights_of(group, 1)["1992"]
    assert weights_of(group, 2) == {"2000": 1}


def test_a_period_is_the_same_whatever_other_years_there_are() -> None:
    alone, among = (
        groups_of(catalogue_of([{"release_year": year} for year in years]))["period"]
        for years in ([1997], [1997, 1890, 2020])
    )

    assert weights_of(alone, 0) == pytest.approx(weights_of(among, 0))


def test_words_are_those_of_the_description_and_the_tagline_together() -> None:
    films = [{"overview": "cowboy", "tagline": "spaceman"}] * 5

    group = groups_of(catalogue_of(films))["text"]

    assert group.names.tolist() == ["cowboy", "spaceman"]


@pytest.mark.parametrize(("films", "kept"), [(4, []), (5, ["cowboy"])])
def test_words_that_stand_in_fewer_than_five_descriptions_are_left_out(
    films: int, kept: list[str]
) -> None:
    """However often they stand there."""
    texts = ["cowboy cowboy cowboy"] * films + ["doll"] * 3

    assert described(*texts).names.tolist() == kept


def test_words_of_two_titles_are_kept() -> None:
    assert titled("Toy Story", "Toy Soldiers", "Brazil").names.tolist() == ["toy"]


def test_words_that_tell_nothing_are_left_out() -> None:
    texts = ["The cowboy and a DOLL: x 2 is of 42, because they were"] * 5

    assert described(*texts).names.tolist() == ["42", "cowboy", "doll"]
    assert titled("The A B C of It", "The A B C of X").names.tolist() == []


def test_a_text_of_nothing_but_words_that_tell_nothing_is_none() -> None:
    group = described("the of and", "", *["doll"] * 5)

    assert lengths(group.matrix) == pytest.approx([0, 0, 1, 1, 1, 1, 1])


def test_words_are_in_alphabetical_order_whatever_the_process() -> None:
    words = ["zebra", "yak", "fox", "emu", "dog", "cat", "bee", "ant", "owl", "pig"]

    assert described(*[" ".join(words)] * 5).names.tolist() == sorted(words)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(VOCABULARY), st.integers(1, 4), max_size=40),
        min_size=5,
        max_size=12,
    )
)
def test_the_words_of_a_description_are_the_heaviest_by_tf_idf(
    texts: list[dict[str, int]],
) -> None:
    words = [" ".join(" ".join([word] * count) for word, count in text.items()) for text in texts]
    counted = count_words(pa.array(words, pa.large_string()))
    group = group_of("text", catalogue_of(len(texts)), {"text": counted})
    films = {word: sum(word in text for text in texts) for word in VOCABULARY}
    kept = {word for word, count in films.items() if count >= 5}

    assert set(group.names) == kept
    for film, text in enumerate(texts):
        tf_idf = {
            word: (1 + np.log(count)) * (np.log((1 + len(texts)) / (1 + films[word])) + 1)
            for word, count in text.items()
            if word in kept
        }
        heaviest = sorted(tf_idf.values(), reverse=True)[:MAX_TERMS]
        weights = weights_of(group, film)
        whole = np.sqrt(sum(weight**2 for weight in heaviest))
        assert sorted(weights.values(), reverse=True) == pytest.approx(
            [weight / whole for weight in heaviest], rel=1e-4
        )
        assert weights == {word: pytest.approx(tf_idf[word] / whole, rel=1e-4) for word in weights}


def test_of_equally_heavy_words_the_first_of_the_alphabet_are_kept() -> None:
    text = " ".join(reversed(VOCABULARY))

    weights = weights_of(described(*[text] * 5), 0)

    assert sorted(weights) == VOCABULARY[:MAX_TERMS]


@pytest.mark.parametrize("batch", [1, 2, 4])
def test_features_are_the_same_however_many_batches_the_words_were_counted_in(batch: int) -> None:
    films: list[Mapping[str, str]] = [
        {"title": f"Toy {number}", "overview": f"cowboy {'doll ' * number}"} for number in range(7)
    ]
    catalogue = catalogue_of(films)

    whole, divided = features_of(catalogue), features_of(catalogue, batch=batch)

    assert divided.names.equals(whole.names)
    assert divided.matrix.toarray().tolist() == whole.matrix.toarray().tolist()


@given(st.lists(st.lists(st.floats(0, 1e4, width=32), min_size=3, max_size=3), max_size=5))
@example([[0, 0, 0], [3, 0, 4]])
def test_rows_have_the_length_that_scikit_learn_would_give_them_to_the_last_bit(
    rows: list[list[float]],
) -> None:
    matrix = sparse.csr_array(np.array(rows, np.float32).reshape(-1, 3))

    unit = normalize_rows(matrix)

    assert unit.dtype == np.float32
    if matrix.nnz:
        assert unit.toarray().tobytes() == normalize(matrix).toarray().tobytes()
    else:
        assert (unit.shape, unit.nnz) == (matrix.shape, 0)


def test_stop_words_are_those_of_scikit_learn() -> None:
    assert STOP_WORDS == ENGLISH_STOP_WORDS
