from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from cartelera.names import LONGEST_NAME
from etl import clean
from etl.clean import CREDIT_LISTS, clean_lists, clean_movies
from etl.quarantine import Quarantine

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    type Raw = Callable[..., pd.DataFrame]

FILE = "movies_metadata.csv"


def only(frame: pd.DataFrame) -> dict[str, Any]:
    (record,) = frame.to_dict("records")
    return {str(name): value for name, value in record.items()}


def names(entries: pd.DataFrame) -> list[str]:
    return entries["name"].tolist()


@pytest.mark.parametrize(
    ("defect", "reason"),
    [
        ({"id": "1997-08-20"}, clean.NOT_A_FILM),
        ({"id": ""}, clean.NOT_A_FILM),
        ({"id": "-5"}, clean.NOT_A_FILM),
        ({"id": "0"}, clean.NOT_A_FILM),
        ({"id": "1.5"}, clean.NOT_A_FILM),
        ({"id": "9" * 30}, clean.NOT_A_FILM),
        ({"adult": " - Written by Nobody"}, clean.SHIFTED),
        ({"release_date": ""}, clean.UNDATED),
        ({"release_date": "1"}, clean.BAD_DATE),
        ({"release_date": "2003-02-30"}, clean.BAD_DATE),
        ({"release_date": "30/10/1995"}, clean.BAD_DATE),
        ({"release_date": "1865-01-01"}, clean.BAD_DATE),
        ({"release_date": "9999-12-31"}, clean.BAD_DATE),
        ({"release_date": "１９９５-10-30"}, clean.BAD_DATE),
        ({"title": "x" * (LONGEST_NAME + 1)}, clean.LONG_TITLE),
        ({"title": " \u200e", "original_title": ""}, clean.UNTITLED),
    ],
)
def test_a_record_that_is_no_dated_film_is_set_aside_with_line_reason_and_content(
    raw_films: Raw, defect: dict[str, str], reason: str
) -> None:
    cleaned = clean_movies(raw_films({}, defect, {}), FILE)

    assert cleaned.records["id"].tolist() == [1, 3]
    (entry,) = cleaned.set_aside
    assert (entry.file, entry.line, entry.field, entry.reason) == (FILE, 3, None, reason)
    assert all(value in entry.value for value in defect.values() if value.isprintable())


@pytest.mark.parametrize("written", ["862", " 862 ", "862.0", "0862"])
def test_an_id_is_a_number_however_it_is_written(raw_films: Raw, written: str) -> None:
    assert only(clean_movies(raw_films({"id": written}), FILE).records)["id"] == 862


def test_of_repeated_ids_the_one_with_most_votes_is_kept_then_the_first(raw_films: Raw) -> None:
    raw = raw_films(
        {"id": "7", "vote_count": "2", "title": "few"},
        {"id": "7", "vote_count": "9", "title": "most"},
        {"id": "7", "vote_count": "9", "title": "most again"},
        {"id": "8", "vote_count": "", "title": "other"},
    )

    cleaned = clean_movies(raw, FILE)

    assert cleaned.records["title"].tolist() == ["most", "other"]
    assert [(entry.line, entry.reason) for entry in cleaned.set_aside] == [
        (2, clean.REPEATED),
        (4, clean.REPEATED),
    ]


def test_rows_read_are_rows_kept_and_rows_set_aside(raw_films: Raw) -> None:
    raw = raw_films({}, {"id": "x"}, {"id": "1"}, {"release_date": ""}, {"title": ""}, {})

    cleaned = clean_movies(raw, FILE)

    assert len(raw) == len(cleaned.records) + len(cleaned.set_aside)


def test_the_date_is_a_date_and_its_year_stands_beside_it(raw_films: Raw) -> None:
    film = only(clean_movies(raw_films({"release_date": " 1888-10-14 "}), FILE).records)

    assert film["release_date"] == datetime(1888, 10, 14)  # noqa: DTZ001
    assert film["release_year"] == 1888


@pytest.mark.parametrize(
    ("budget", "revenue", "expected"),
    [
        ("30000000", "373554033", (30_000_000, 373_554_033, 373554033 / 30000000)),
        ("", "", (0, 0, 0.0)),
        ("0", "100", (0, 100, 0.0)),
        ("8", "0", (8, 0, 0.0)),
        ("12.0", "24.0", (12, 24, 2.0)),
    ],
)
def test_the_return_is_revenue_over_budget_and_0_where_it_cannot_be_computed(
    raw_films: Raw, budget: str, revenue: str, expected: tuple[int, int, float]
) -> None:
    film = only(clean_movies(raw_films({"budget": budget, "revenue": revenue}), FILE).records)

    assert (film["budget"], film["revenue"], film["return"]) == expected


@pytest.mark.parametrize("value", ["/cartelera.jpg", "inf", "-inf", "nan", "-5", "1e30"])
def test_an_unreadable_amount_is_0_and_kept_aside(raw_films: Raw, value: str) -> None:
    cleaned = clean_movies(raw_films({"budget": value}), FILE)

    assert only(cleaned.records)["budget"] == 0
    (entry,) = cleaned.set_aside
    assert (entry.line, entry.field, entry.reason, entry.value) == (
        2,
        "budget",
        clean.UNREADABLE,
        value,
    )


@pytest.mark.parametrize("column", ["revenue", "runtime", "vote_count", "vote_average"])
def test_a_number_no_film_can_have_is_kept_aside(raw_films: Raw, column: str) -> None:
    cleaned = clean_movies(raw_films({column: "1e30"}), FILE)

    assert len(cleaned.records) == 1
    (entry,) = cleaned.set_aside
    assert (entry.field, entry.value) == (column, "1e30")


@pytest.mark.parametrize(
    ("cell", "codes", "names_"),
    [
        ("[{'id': 16.5, 'name': 'A'}]", [None], ["A"]),
        (f"[{{'id': {10**25}, 'name': 'A'}}]", [None], ["A"]),
        ("[{'id': '16', 'name': 'A'}]", [16], ["A"]),
        ("[{'id': [], 'name': 'B'}]", [None], ["B"]),
        ("[{'id': 1, 'name': 5}]", [], []),
        ('[{"id": 1, "name": "\\ud83d"}]', [], []),
        ("[{(1, 2): 3}]", [], []),
        (f"[{{'name': '{'x' * (LONGEST_NAME + 1)}'}}]", [], []),
    ],
)
def test_an_odd_entry_never_stops_the_job(
    raw_films: Raw, cell: str, codes: list[int | None], names_: list[str]
) -> None:
    cleaned = clean_movies(raw_films({"genres": cell}), FILE)
    quarantine = Quarantine()
    quarantine.add(cleaned.set_aside)

    genres = cleaned.lists["genres"]
    assert genres["code"].astype(object).where(genres["code"].notna(), None).tolist() == codes
    assert names(genres) == names_
    assert quarantine.to_arrow().num_rows == (0 if names_ else 1)


def test_an_odd_code_of_a_country_is_none(raw_films: Raw) -> None:
    cell = "[{'iso_3166_1': 5, 'name': 'France'}]"
    lists = clean_movies(raw_films({"production_countries": cell}), FILE).lists

    assert lists["production_countries"]["code"].isna().all()


@pytest.mark.parametrize(("raw", "minutes"), [("81.0", 81), ("0.0", None), ("", None)])
def test_a_running_time_of_0_is_not_known(raw_films: Raw, raw: str, minutes: int | None) -> None:
    runtime = clean_movies(raw_films({"runtime": raw}), FILE).records["runtime"]

    assert runtime.astype(object).where(runtime.notna(), None).tolist() == [minutes]


def test_titles_lose_control_characters_and_edge_spaces(raw_films: Raw) -> None:
    film = only(clean_movies(raw_films({"title": "\u00a0Theeb\u200e\u200e\t"}), FILE).records)

    assert film["title"] == "Theeb"


def test_a_film_without_a_title_goes_by_its_original_one(raw_films: Raw) -> None:
    raw = raw_films({"title": "", "original_title": "El título"})

    assert only(clean_movies(raw, FILE).records)["title"] == "El título"


def test_what_the_catalogue_does_not_need_is_gone(raw_films: Raw) -> None:
    columns = clean_movies(raw_films({}), FILE).records.columns

    assert not {"video", "imdb_id", "adult", "original_title", "poster_path", "homepage"} & set(
        columns
    )


def test_a_collection_is_unnested(raw_films: Raw) -> None:
    cell = "{'id': 10194, 'name': 'Toy Story Collection', 'poster_path': None}"
    film = only(clean_movies(raw_films({"belongs_to_collection": cell}), FILE).records)

    assert (film["collection_id"], film["collection"]) == (10194, "Toy Story Collection")


@pytest.mark.parametrize("cell", ["False", "[]", "{'id': 3}", "{'id': 3, 'name': ' '}"])
def test_a_collection_that_is_none_is_kept_aside(raw_films: Raw, cell: str) -> None:
    cleaned = clean_movies(raw_films({"belongs_to_collection": cell}), FILE)

    assert cleaned.records["collection"].isna().all()
    (entry,) = cleaned.set_aside
    assert (entry.field, entry.value) == ("belongs_to_collection", cell)


def test_codes_stay_beside_names(raw_films: Raw) -> None:
    raw = raw_films(
        {
            "production_countries": "[{'iso_3166_1': 'FR', 'name': 'France'}]",
            "spoken_languages": "[{'iso_639_1': 'xx', 'name': ''}]",
            "production_companies": '[{"name": "Pixar\\u00a0", "id": 3}]',
        }
    )

    lists = clean_movies(raw, FILE).lists

    assert only(lists["production_countries"]) | {"extra": None} == {
        "film": 1,
        "code": "FR",
        "name": "France",
        "extra": None,
    }
    assert only(lists["spoken_languages"])["code"] == "xx"
    assert only(lists["production_companies"])["code"] == 3
    assert names(lists["production_companies"]) == ["Pixar"]


def test_the_same_name_twice_in_one_film_counts_once(raw_films: Raw) -> None:
    cell = "[{'name': 'MGM', 'id': 1}, {'name': 'MGM', 'id': 2}]"
    raw = raw_films({"production_companies": cell}, {"production_companies": cell})

    companies = clean_movies(raw, FILE).lists["production_companies"]

    assert companies[["film", "code"]].to_numpy().tolist() == [[1, 1], [2, 1]]


def test_an_unreadable_list_is_kept_aside_and_the_film_stays(raw_films: Raw) -> None:
    cleaned = clean_movies(raw_films({"genres": "[{'id': 1, "}), FILE)

    assert len(cleaned.records) == 1
    assert cleaned.lists["genres"].empty
    (entry,) = cleaned.set_aside
    assert (entry.field, entry.value) == ("genres", "[{'id': 1, ")


CAST = "[{'name': 'Second', 'order': 1}, {'name': 'First', 'order': 0, 'character': 'Ada'}]"
CREW = "[{'job': 'Editor', 'name': 'E'}, {'job': 'Director', 'name': 'D', 'id': 9}]"


def test_credits_give_directors_and_the_cast_in_billing_order(raw_credits: Raw) -> None:
    lists = clean_lists(raw_credits(("5", CAST, CREW)), CREDIT_LISTS, "c", {5}, set()).lists

    assert names(lists["cast"]) == ["First", "Second"]
    assert lists["cast"]["extra"].tolist()[0] == "Ada"
    assert names(lists["directors"]) == ["D"]
    assert lists["directors"]["code"].tolist() == [9]


def test_a_cast_without_numbers_is_in_the_order_of_its_list(raw_credits: Raw) -> None:
    cast = "[{'name': 'First', 'order': None}, {'name': 'Second', 'order': None}]"
    lists = clean_lists(raw_credits(("5", cast, "[]")), CREDIT_LISTS, "c", {5}, set()).lists

    assert names(lists["cast"]) == ["First", "Second"]


def test_the_first_credits_of_a_film_count_across_batches(raw_credits: Raw) -> None:
    seen: set[int] = set()
    first = clean_lists(raw_credits(("5", CAST, CREW)), CREDIT_LISTS, "c", {5}, seen)
    second = clean_lists(
        raw_credits(("5", "[]", "[]"), ("6", CAST, CREW), ("x", "", "")),
        CREDIT_LISTS,
        "c",
        {5},
        seen,
    )

    assert first.records["id"].tolist() == [5]
    assert second.records.empty
    assert {entry.line: entry.reason for entry in second.set_aside} == {
        2: clean.REPEATED,
        3: clean.NO_SUCH_FILM,
        4: clean.NOT_A_FILM,
    }
