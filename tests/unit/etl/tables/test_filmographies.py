"""What the films of everyone who goes by a name returned, and which they are."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartelera.contract.tables import GET_ACTOR, GET_DIRECTOR
from etl.clean.parsers import known_returns
from etl.tables.filmographies import credited, film_lines, filmographies
from etl.tables.rows import name_table

if TYPE_CHECKING:
    from collections.abc import Sequence

MILLION = 1_000_000


class Film(NamedTuple):
    date: str = "2000-01-01"
    budget: int = 0
    revenue: int = 0
    votes: int = 0


class Credit(NamedTuple):
    film: int
    name: str
    role: str | None = None
    code: int | None = None


def films_of(films: Sequence[Film]) -> pd.DataFrame:
    frame = pd.DataFrame(films, columns=["release_date", "budget", "revenue", "vote_count"]).astype(
        {"budget": "int64", "revenue": "int64", "vote_count": "int64"}
    )
    return frame.assign(
        release_date=pd.to_datetime(frame["release_date"]).astype("datetime64[us]"),
        id=pd.Series(range(101, 101 + len(films)), dtype="int64"),
        title=pd.Series([f"Film {n}" for n in range(len(films))], dtype="str"),
        key=pd.Series([f"film {n}" for n in range(len(films))], dtype="str"),
    )


def people_of(credited: Sequence[Credit]) -> pd.DataFrame:
    frame = pd.DataFrame(credited, columns=["film", "name", "extra", "code"])
    types = {"film": "int64", "name": "str", "extra": "str", "code": "Int64"}
    return frame.astype(types)


def laid_out_of(films: Sequence[Film], *named: Credit) -> list[dict[str, Any]]:
    people = filmographies(credited(films_of(films), people_of(named)))
    rows: list[dict[str, Any]] = name_table(GET_ACTOR, people).to_pylist()
    return rows


def summed_up(films: Sequence[Film], *named: Credit) -> dict[str, dict[str, Any]]:
    """Return what is known of each name of one person, null being None."""
    laid_out = laid_out_of(films, *named)
    assert len({row["actor"] for row in laid_out}) == len(laid_out)
    return {row["actor"]: row for row in laid_out}


def test_people_of_one_name_are_told_apart_by_their_ids() -> None:
    films = [Film(votes=5), Film(votes=70), Film(votes=900), Film(votes=3)]

    rows = laid_out_of(
        films,
        Credit(0, "Tom", "Crow", 7),
        Credit(1, "Tom", code=3),
        Credit(2, "Tom"),
        Credit(3, "Tom", "Fox", 7),
    )

    # The best known first; of whom the other credits are is not known.
    assert [(row["id"], row["films"]) for row in rows] == [(None, [2]), (3, [1]), (7, [0, 3])]
    assert [row["roles"] for row in rows] == [[None], [None], ["Crow", "Fox"]]
    assert [row["by_id"] for row in rows] == [1, 2, 0]


def test_credits_without_an_id_are_the_only_one_of_that_names() -> None:
    credits_ = Credit(0, "Tom", code=7), Credit(1, "Tom"), Credit(1, "Uma"), Credit(0, "Uma")

    rows = summed_up([Film(), Film()], *credits_)

    assert {name: (row["id"], row["films"]) for name, row in rows.items()} == {
        "Tom": (7, [0, 1]),
        "Uma": (None, [0, 1]),
    }


def test_people_of_one_name_and_as_well_known_are_in_order_of_their_ids() -> None:
    ids = [9, 2, None, 5]

    rows = laid_out_of([Film()], *(Credit(0, "Tom", code=code) for code in ids))

    assert [row["id"] for row in rows] == [2, 5, 9, None]


def test_everybody_of_one_name_is_one_where_nobody_has_an_id() -> None:
    rows = summed_up([Film(), Film()], Credit(0, "Uma"), Credit(1, "Tom"), Credit(1, "Uma"))

    assert {name: row["films"] for name, row in rows.items()} == {"Uma": [0, 1], "Tom": [1]}
    assert {name: row["cantidad_filmaciones"] for name, row in rows.items()} == {
        "Uma": 2,
        "Tom": 1,
    }


def test_names_are_told_apart_by_the_letter() -> None:
    rows = summed_up([Film()], Credit(0, "Uma"), Credit(0, "uma"), Credit(0, "Úma"))

    assert [row["cantidad_filmaciones"] for row in rows.values()] == [1, 1, 1]


def test_films_are_listed_from_the_latest_to_the_earliest_with_their_roles() -> None:
    films = [Film("1990-05-05"), Film("2001-01-01"), Film("1899-12-31"), Film("2001-01-02")]

    rows = summed_up(films, *(Credit(film, "Tom", f"in {film}") for film in range(4)))

    assert rows["Tom"]["films"] == [3, 1, 0, 2]
    assert rows["Tom"]["roles"] == ["in 3", "in 1", "in 0", "in 2"]


def test_films_of_one_day_stay_in_the_order_of_the_catalogue() -> None:
    rows = summed_up([Film()] * 4, *(Credit(film, "Tom") for film in (2, 0, 3, 1)))

    assert rows["Tom"]["films"] == [0, 1, 2, 3]


def test_two_parts_in_one_film_are_one_film_with_both_roles() -> None:
    films = [Film(votes=5, budget=MILLION, revenue=3 * MILLION), Film("2002-02-02", votes=7)]

    tom = summed_up(
        films,
        Credit(0, "Tom", "Crow"),
        Credit(0, "Uma", "Cat"),
        Credit(0, "Tom", "Mouse"),
        Credit(1, "Tom", "Fox"),
    )["Tom"]

    assert (tom["films"], tom["roles"]) == ([1, 0], ["Fox", "Crow / Mouse"])
    assert (tom["cantidad_filmaciones"], tom["cantidad_informada"]) == (2, 1)
    assert (tom["retorno_total"], tom["votes"]) == (3, 12)


@pytest.mark.parametrize(
    ("roles", "joined"),
    [
        (["Crow", "Crow"], "Crow"),
        (["Crow", "Mouse", "Crow"], "Crow / Mouse"),
        ([None, "Crow"], "Crow"),
        (["Crow", None], "Crow"),
        ([None, None], None),
        ([None], None),
        (["Crow"], "Crow"),
        (["B", "A", "C"], "B / A / C"),
    ],
)
def test_roles_in_one_film_are_joined_in_their_order_and_none_twice(
    roles: list[str | None], joined: str | None
) -> None:
    rows = summed_up(
        [Film(), Film("2001-01-01")],
        Credit(1, "Ann", "before"),
        *(Credit(0, "Tom", role) for role in roles),
        Credit(0, "Uma", "after"),
        Credit(0, "Uma", "after it"),
    )

    assert rows["Tom"]["roles"] == [joined]
    assert rows["Ann"]["roles"] == ["before"]
    assert rows["Uma"]["roles"] == ["after / after it"]


def test_the_last_film_of_one_and_the_first_of_the_next_are_not_taken_for_one() -> None:
    rows = summed_up([Film()], Credit(0, "Ann", "A"), Credit(0, "Tom", "B"), Credit(0, "Uma"))

    assert [row["films"] for row in rows.values()] == [[0], [0], [0]]
    assert [row["roles"] for row in rows.values()] == [["A"], ["B"], [None]]


def test_an_entry_without_a_name_is_nobody() -> None:
    assert list(summed_up([Film()], Credit(0, ""), Credit(0, "Tom"), Credit(0, ""))) == ["Tom"]


@pytest.mark.parametrize(
    ("budget", "revenue", "returned"),
    [
        (2 * MILLION, 5 * MILLION, 2.5),
        (5 * MILLION, 2 * MILLION, 0.4),
        (1_000, 1_000, 1.0),
        (0, 5 * MILLION, None),
        (5 * MILLION, 0, None),
        (0, 0, None),
        # Not meant in dollars: thousands, or millions.
        (999, 5 * MILLION, None),
        (5 * MILLION, 999, None),
        (1, 8_500_000, None),
    ],
)
def test_the_return_is_takings_over_budget_where_both_are_known_and_plausible(
    budget: int, revenue: int, returned: float | None
) -> None:
    films = films_of([Film(budget=budget, revenue=revenue)])

    (value,) = known_returns(films)
    (line,) = film_lines(films).to_dict("records")

    assert (None if pd.isna(value) else value) == returned
    assert (None if pd.isna(line["retorno"]) else line["retorno"]) == returned


def test_returns_of_no_films_are_none() -> None:
    assert known_returns(films_of([])).tolist() == []
    assert known_returns(films_of([])).dtype == "float64"


def test_averages_are_over_all_films_and_over_those_whose_return_is_known() -> None:
    films = [
        Film(budget=MILLION, revenue=2 * MILLION),
        Film(budget=MILLION, revenue=3 * MILLION),
        Film(budget=MILLION),
        Film(budget=12, revenue=MILLION),
    ]

    rows = summed_up(films, *(Credit(film, "Tom") for film in range(4)), Credit(0, "Uma"))

    tom, uma = rows["Tom"], rows["Uma"]
    assert (tom["cantidad_filmaciones"], tom["cantidad_informada"]) == (4, 2)
    assert (tom["retorno_total"], tom["retorno_promedio"]) == (5, 1.25)
    assert tom["retorno_promedio_informado"] == 2.5
    assert (uma["retorno_total"], uma["retorno_promedio"]) == (2, 2)
    assert uma["retorno_promedio_informado"] == 2


def test_where_no_return_is_known_the_total_is_nothing_and_the_average_of_the_known_null() -> None:
    tom = summed_up([Film(budget=MILLION), Film()], Credit(0, "Tom"), Credit(1, "Tom"))["Tom"]

    assert (tom["retorno_total"], tom["retorno_promedio"]) == (0, 0)
    assert tom["cantidad_informada"] == 0
    assert tom["retorno_promedio_informado"] is None


def test_returns_have_four_decimals_and_sums_and_averages_are_those_of_all_decimals() -> None:
    films = [Film(budget=MILLION, revenue=500_130)] * 2

    tom = summed_up(films, Credit(0, "Tom"), Credit(1, "Tom"))["Tom"]

    assert film_lines(films_of(films))["retorno"].tolist() == [0.5001, 0.5001]
    assert tom["retorno_total"] == 1.0003
    assert tom["retorno_promedio"] == tom["retorno_promedio_informado"] == 0.5001


def test_somebody_is_known_by_the_votes_of_the_films() -> None:
    films = [Film(votes=5), Film(votes=70), Film(votes=900)]

    rows = summed_up(films, Credit(0, "Tom"), Credit(2, "Tom"), Credit(1, "Uma"))

    assert {name: row["votes"] for name, row in rows.items()} == {"Tom": 905, "Uma": 70}


@pytest.mark.parametrize("schema", [GET_DIRECTOR, GET_ACTOR], ids=lambda schema: schema.route)
@pytest.mark.parametrize("films", [[], [Film()]], ids=["no films", "a film"])
def test_without_credits_there_is_nobody(schema: Any, films: list[Film]) -> None:
    people = filmographies(credited(films_of(films), people_of([])))

    assert name_table(schema, people).num_rows == 0


def test_a_film_is_listed_with_what_is_known_of_it() -> None:
    films = films_of([Film("1995-10-30", 30 * MILLION, 0, 5), Film("1878-06-01", 0, 12)])

    lines = film_lines(films)

    assert lines["fecha"].tolist() == ["1995-10-30", "1878-06-01"]
    assert lines["costo"].tolist() == [30 * MILLION, pd.NA]
    assert lines["ganancia"].tolist() == [pd.NA, 12]
    assert lines[["id", "key", "titulo", "vote_count"]].to_numpy().tolist() == [
        [101, "film 0", "Film 0", 5],
        [102, "film 1", "Film 1", 0],
    ]


some_films = st.lists(
    st.builds(
        Film,
        st.sampled_from(["1999-01-01", "2000-01-01", "2000-01-02", "2015-06-30"]),
        st.sampled_from([0, 999, 1000, 4000]),
        st.sampled_from([0, 1, 1000, 2000]),
        st.integers(0, 9),
    ),
    min_size=1,
    max_size=6,
)
some_credits = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from(["", "A", "B", "C"]),
        st.sampled_from("xyz") | st.none(),
        st.integers(1, 2) | st.none(),
    ),
    max_size=25,
)


@settings(max_examples=40)
@given(some_films, some_credits)
def test_filmographies_are_what_going_through_the_credits_one_by_one_gives(
    films: list[Film], credited: list[tuple[int, str, str | None, int | None]]
) -> None:
    cast = [Credit(each[0] % len(films), *each[1:]) for each in credited]
    ids: dict[str, set[int | None]] = defaultdict(set)
    for each in cast:
        ids[each.name] |= {each.code} - {None}
    played: dict[Any, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for film, name, role, code in cast:
        if name:
            person = code if len(ids[name]) > 1 else next(iter(ids[name]), None)
            played[name, person][film] += [role] if role else []

    rows = {(row["actor"], row["id"]): row for row in laid_out_of(films, *cast)}

    assert set(rows) == set(played)
    for name, by_film in played.items():
        listed = sorted(sorted(by_film), key=lambda film: films[film].date, reverse=True)
        known = [
            films[film].revenue / films[film].budget
            for film in listed
            if films[film].revenue >= 1000 and films[film].budget >= 1000
        ]
        row = rows[name]
        assert row["films"] == listed
        assert row["roles"] == [" / ".join(dict.fromkeys(by_film[film])) or None for film in listed]
        assert row["votes"] == sum(films[film].votes for film in listed)
        assert row["cantidad_filmaciones"] == len(listed)
        assert row["cantidad_informada"] == len(known)
        assert row["retorno_total"] == pytest.approx(sum(known), abs=1e-4)
        assert row["retorno_promedio"] == pytest.approx(sum(known) / len(listed), abs=1e-4)
        assert row["retorno_promedio_informado"] == (
            pytest.approx(sum(known) / len(known), abs=1e-4) if known else None
        )
