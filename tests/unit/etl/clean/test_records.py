from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cartelera.contract.names import MAX_NAME_LENGTH
from etl.clean import records as clean
from etl.clean import schemas as contract
from etl.clean.records import clean_entries, clean_films, select_cells, select_entries, select_films
from etl.clean.unnest import CREDIT_LISTS, LISTS, MOVIE_LISTS, UNREADABLE
from etl.quarantine import LINE, MAX_VALUE_LENGTH, Quarantine
from tests.unit.etl.conftest import SOUND_FILM

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    import pandas as pd

    from etl.clean.records import Selected
    from tests.unit.etl.conftest import Cleaned

    type Raw = Callable[..., pd.DataFrame]
    type Clean = Callable[[pd.DataFrame], Selected]
    type Unnest = Callable[[pd.DataFrame], Cleaned]
    type UnnestOf = Callable[[pd.DataFrame, Container[int]], Cleaned]

FILE = "movies_metadata.csv"
ODD_NUMBERS = [
    "",
    " ",
    "nan",
    "inf",
    "-inf",
    "-1",
    "1e300",
    "1e9",
    "0.4",
    "0.5",
    "9" * 30,
    "٣",
    "x",
]
VOTES = st.sampled_from(ODD_NUMBERS) | st.integers(0, 10_000).map(str)
ODD = st.sampled_from(
    [*ODD_NUMBERS, "1", "1000", "1e12", "2009-05-28", "[]", "{}", "\u3164", "x" * 501]
)


def only(frame: pd.DataFrame) -> dict[str, Any]:
    (record,) = frame.to_dict("records")
    return {str(name): value for name, value in record.items()}


def names(entries: pd.DataFrame) -> list[str]:
    return entries["name"].tolist()


@pytest.mark.parametrize(
    ("defect", "reason"),
    [
        ({"id": "1997-08-20"}, contract.NOT_A_FILM),
        ({"id": ""}, contract.NOT_A_FILM),
        ({"id": "-5"}, contract.NOT_A_FILM),
        ({"id": "0"}, contract.NOT_A_FILM),
        ({"id": "1.5"}, contract.NOT_A_FILM),
        ({"id": "9" * 30}, contract.NOT_A_FILM),
        ({"adult": " - Written by Nobody"}, contract.SHIFTED),
        ({"release_date": ""}, contract.UNDATED),
        ({"release_date": "1"}, contract.BAD_DATE),
        ({"release_date": "2003-02-30"}, contract.BAD_DATE),
        ({"release_date": "30/10/1995"}, contract.BAD_DATE),
        ({"release_date": "1865-01-01"}, contract.BAD_DATE),
        ({"release_date": "9999-12-31"}, contract.BAD_DATE),
        ({"release_date": "１９９５-10-30"}, contract.BAD_DATE),
        ({"title": "x" * (MAX_NAME_LENGTH + 1)}, contract.LONG_TITLE),
        ({"title": " \u200e", "original_title": ""}, contract.UNTITLED),
        *(
            ({"title": f"{blank} {blank}", "original_title": blank}, contract.UNTITLED)
            for blank in "\u3164\uffa0\u2800\u115f\u17b4\u034f\ufe0f\U000e0100"
        ),
    ],
)
def test_a_record_that_is_no_dated_film_is_set_aside_with_line_reason_and_content(
    raw_films: Raw, defect: dict[str, str], reason: str
) -> None:
    kept = select_films(raw_films({}, defect, {}), FILE)

    assert kept.records[LINE].tolist() == [2, 4]
    (entry,) = kept.set_aside
    assert (entry.file, entry.line, entry.field, entry.reason) == (FILE, 3, None, reason)
    assert all(value in entry.value for value in defect.values() if value.isprintable())


@pytest.mark.parametrize("written", ["862", " 862 ", "862.0", "0862"])
def test_an_id_is_a_number_however_it_is_written(
    raw_films: Raw, clean_movies: Clean, written: str
) -> None:
    assert only(clean_movies(raw_films({"id": written})).records)["id"] == 862


def test_of_repeated_ids_the_one_with_most_votes_is_kept_then_the_first(
    raw_films: Raw, clean_movies: Clean
) -> None:
    raw = raw_films(
        {"id": "7", "vote_count": "2", "title": "few"},
        {"id": "7", "vote_count": "9", "title": "most"},
        {"id": "7", "vote_count": "9", "title": "most again"},
        {"id": "8", "vote_count": "", "title": "other"},
    )

    cleaned = clean_movies(raw)

    assert cleaned.records["title"].tolist() == ["most", "other"]
    assert [(entry.line, entry.reason) for entry in cleaned.set_aside] == [
        (2, clean.REPEATED),
        (4, clean.REPEATED),
    ]


@settings(max_examples=25)
@given(st.lists(VOTES, min_size=2, max_size=5))
@example(["5000", "1e300"])
@example(["5000", "inf"])
@example(["1", " 2 ", "1e9", "1e10"])
def test_of_repeated_ids_the_one_with_most_votes_in_the_catalogue_is_kept(
    raw_films: Raw, clean_movies: Clean, votes: list[str]
) -> None:
    def counts(*ids: str) -> list[int]:
        changes = ({"id": id_, "vote_count": each} for id_, each in zip(ids, votes, strict=True))
        found: list[int] = clean_movies(raw_films(*changes)).records["vote_count"].tolist()
        return found

    alone = counts(*map(str, range(1, len(votes) + 1)))

    assert counts(*["7"] * len(votes)) == [max(alone)]


@settings(max_examples=40)
@given(st.fixed_dictionaries(dict.fromkeys(SOUND_FILM, ODD)))
@example(SOUND_FILM | {"original_language": "x" * (MAX_NAME_LENGTH + 1)})
@example(SOUND_FILM | {"budget": "0.6", "revenue": "1e12"})
def test_a_record_that_is_chosen_becomes_a_film(raw_films: Raw, change: dict[str, str]) -> None:
    selected = select_films(raw_films(change), FILE)

    cleaned = clean_films(selected.records, FILE)

    assert len(cleaned.records) == len(selected.records)


def test_what_is_set_aside_of_a_long_value_is_not_without_end(
    raw_films: Raw, clean_movies: Clean
) -> None:
    long = "x" * (MAX_VALUE_LENGTH + 10)

    cleaned = clean_movies(raw_films({"title": long}, {"belongs_to_collection": long}))

    for entry in cleaned.set_aside:
        assert MAX_VALUE_LENGTH < len(entry.value) < MAX_VALUE_LENGTH + 50
        assert len(entry.detail) < 300


def test_rows_read_are_rows_kept_and_rows_set_aside(raw_films: Raw, clean_movies: Clean) -> None:
    raw = raw_films({}, {"id": "x"}, {"id": "1"}, {"release_date": ""}, {"title": ""}, {})

    cleaned = clean_movies(raw)

    assert len(raw) == len(cleaned.records) + len(cleaned.set_aside)


def test_the_date_is_a_date_and_its_year_stands_beside_it(
    raw_films: Raw, clean_movies: Clean
) -> None:
    film = only(clean_movies(raw_films({"release_date": " 1888-10-14 "})).records)

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
    raw_films: Raw, clean_movies: Clean, budget: str, revenue: str, expected: tuple[int, int, float]
) -> None:
    film = only(clean_movies(raw_films({"budget": budget, "revenue": revenue})).records)

    assert (film["budget"], film["revenue"], film["return"]) == expected


@pytest.mark.parametrize("value", ["/cartelera.jpg", "inf", "-inf", "-5", "1e30"])
def test_an_unreadable_amount_is_0_and_kept_aside(
    raw_films: Raw, clean_movies: Clean, value: str
) -> None:
    cleaned = clean_movies(raw_films({"budget": value}))

    assert only(cleaned.records)["budget"] == 0
    (entry,) = cleaned.set_aside
    assert (entry.line, entry.field, entry.reason, entry.value) == (
        2,
        "budget",
        UNREADABLE,
        value,
    )


@pytest.mark.parametrize("column", ["revenue", "runtime", "vote_count", "vote_average"])
def test_a_number_no_film_can_have_is_kept_aside(
    raw_films: Raw, clean_movies: Clean, column: str
) -> None:
    cleaned = clean_movies(raw_films({column: "1e30"}))

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
        (f"[{{'name': '{'x' * (MAX_NAME_LENGTH + 1)}'}}]", [], []),
    ],
)
def test_an_odd_entry_never_stops_the_job(
    raw_films: Raw, unnest_movies: Unnest, cell: str, codes: list[int | None], names_: list[str]
) -> None:
    cleaned = unnest_movies(raw_films({"genres": cell}))
    quarantine = Quarantine()
    quarantine.extend(cleaned.set_aside)

    genres = cleaned.lists["genres"]
    assert genres["code"].astype(object).where(genres["code"].notna(), None).tolist() == codes
    assert names(genres) == names_
    assert quarantine.to_arrow().num_rows == (0 if names_ else 1)


def test_an_odd_code_of_a_country_is_none(raw_films: Raw, unnest_movies: Unnest) -> None:
    cell = "[{'iso_3166_1': 5, 'name': 'France'}]"
    lists = unnest_movies(raw_films({"production_countries": cell})).lists

    assert lists["production_countries"]["code"].isna().all()


@pytest.mark.parametrize(("raw", "minutes"), [("81.0", 81), ("0.0", None), ("", None)])
def test_a_running_time_of_0_is_not_known(
    raw_films: Raw, clean_movies: Clean, raw: str, minutes: int | None
) -> None:
    runtime = clean_movies(raw_films({"runtime": raw})).records["runtime"]

    assert runtime.astype(object).where(runtime.notna(), None).tolist() == [minutes]


def test_titles_lose_control_characters_and_edge_spaces(
    raw_films: Raw, clean_movies: Clean
) -> None:
    film = only(clean_movies(raw_films({"title": "\u00a0Theeb\u200e\u200e\t"})).records)

    assert film["title"] == "Theeb"


def test_a_film_without_a_title_goes_by_its_original_one(
    raw_films: Raw, clean_movies: Clean
) -> None:
    raw = raw_films({"title": "", "original_title": "El título"})

    assert only(clean_movies(raw).records)["title"] == "El título"


def test_what_the_catalogue_does_not_need_is_gone(raw_films: Raw, clean_movies: Clean) -> None:
    columns = clean_movies(raw_films({})).records.columns

    assert not {"video", "poster_path", "homepage"} & set(columns)


def test_a_film_has_its_original_title_and_its_id_at_imdb_where_they_can_be_read(
    raw_films: Raw, clean_movies: Clean
) -> None:
    cleaned = clean_movies(
        raw_films(
            {"original_title": " Río\u200e ", "imdb_id": " tt0000012 "},
            {"original_title": "", "imdb_id": ""},
            {"original_title": "x" * 501, "imdb_id": "862"},
        )
    )

    assert cleaned.records["original_title"].fillna("").tolist() == ["Río", "", ""]
    assert cleaned.records["imdb_id"].fillna("").tolist() == ["tt0000012", "", ""]
    assert [(each.field, each.detail) for each in cleaned.set_aside] == [
        ("original_title", contract.LONG_NAME),
        ("imdb_id", contract.NO_IMDB_ID),
    ]


def test_a_collection_is_unnested(raw_films: Raw, clean_movies: Clean) -> None:
    cell = "{'id': 10194, 'name': 'Toy Story Collection', 'poster_path': None}"
    film = only(clean_movies(raw_films({"belongs_to_collection": cell})).records)

    assert (film["collection_id"], film["collection"]) == (10194, "Toy Story Collection")


@pytest.mark.parametrize("cell", ["Toy Story", "[]", "{'id': 3}", "{'id': 3, 'name': ' '}"])
def test_a_collection_that_is_none_is_kept_aside(
    raw_films: Raw, clean_movies: Clean, cell: str
) -> None:
    cleaned = clean_movies(raw_films({"belongs_to_collection": cell}))

    assert cleaned.records["collection"].isna().all()
    (entry,) = cleaned.set_aside
    assert (entry.field, entry.value) == ("belongs_to_collection", cell)


def test_codes_stay_beside_names(raw_films: Raw, unnest_movies: Unnest) -> None:
    raw = raw_films(
        {
            "production_countries": "[{'iso_3166_1': 'FR', 'name': 'France'}]",
            "spoken_languages": "[{'iso_639_1': 'xx', 'name': ''}]",
            "production_companies": '[{"name": "Pixar\\u00a0", "id": 3}]',
        }
    )

    lists = unnest_movies(raw).lists

    assert only(lists["production_countries"]) | {"extra": None} == {
        "film": 1,
        "code": "FR",
        "name": "France",
        "extra": None,
    }
    assert only(lists["spoken_languages"])["code"] == "xx"
    assert only(lists["production_companies"])["code"] == 3
    assert names(lists["production_companies"]) == ["Pixar"]


def test_the_same_name_twice_in_one_film_counts_once(raw_films: Raw, unnest_movies: Unnest) -> None:
    cell = "[{'name': 'MGM', 'id': 1}, {'name': 'MGM', 'id': 2}]"
    raw = raw_films({"production_companies": cell}, {"production_companies": cell})

    companies = unnest_movies(raw).lists["production_companies"]

    assert companies[["film", "code"]].to_numpy().tolist() == [[1, 1], [2, 1]]


def test_an_unreadable_list_is_kept_aside_and_the_film_stays(
    raw_films: Raw, unnest_movies: Unnest
) -> None:
    cleaned = unnest_movies(raw_films({"genres": "[{'id': 1, "}))

    assert len(cleaned.records) == 1
    assert cleaned.lists["genres"].empty
    (entry,) = cleaned.set_aside
    assert (entry.field, entry.value) == ("genres", "[{'id': 1, ")


CAST = "[{'name': 'Second', 'order': 1}, {'name': 'First', 'order': 0, 'character': 'Ada'}]"
CREW = (
    "[{'job': 'Editor', 'name': 'E'}, {'job': 'Director', 'name': 'D', 'id': 9},"
    " {'job': 'Writer', 'name': 'W', 'id': 8}]"
)


def test_credits_give_directors_writers_and_the_cast_in_billing_order(
    raw_credits: Raw, unnest_credits: UnnestOf
) -> None:
    lists = unnest_credits(raw_credits(("5", CAST, CREW)), {5}).lists

    assert names(lists["cast"]) == ["First", "Second"]
    assert lists["cast"]["extra"].tolist()[0] == "Ada"
    assert names(lists["directors"]) == ["D"]
    assert lists["directors"]["code"].tolist() == [9]
    assert names(lists["writers"]) == ["W"]
    assert lists["writers"]["code"].tolist() == [8]


def test_a_cast_without_numbers_is_in_the_order_of_its_list(
    raw_credits: Raw, unnest_credits: UnnestOf
) -> None:
    cast = "[{'name': 'First', 'order': None}, {'name': 'Second', 'order': None}]"

    lists = unnest_credits(raw_credits(("5", cast, "[]")), {5}).lists

    assert names(lists["cast"]) == ["First", "Second"]


def test_the_first_credits_of_a_film_count_across_batches(raw_credits: Raw) -> None:
    seen: dict[int, int] = {}

    first = select_entries(raw_credits(("5", CAST, CREW)), "c", {5}, seen)
    second = select_entries(
        raw_credits(("5", "[]", "[]"), ("6", CAST, CREW), ("x", "", "")), "c", {5}, seen
    )

    assert first.records["id"].tolist() == ["5"]
    assert first.set_aside == []
    assert second.records.empty
    assert {entry.line: entry.reason for entry in second.set_aside} == {
        2: clean.REPEATED,
        3: clean.NO_SUCH_FILM,
        4: contract.NOT_A_FILM,
    }
    assert set(seen) == {5}


def test_credits_repeated_word_for_word_are_told_from_others_across_batches(
    raw_credits: Raw,
) -> None:
    seen: dict[int, int] = {}

    first = select_entries(raw_credits(("5", CAST, CREW), ("5", CAST, CREW)), "c", {5, 6}, seen)
    second = select_entries(
        raw_credits(("5", CAST, CREW), ("5", CREW, CAST), ("6", CAST, CREW)), "c", {5, 6}, seen
    )

    assert [(entry.line, entry.reason) for entry in first.set_aside] == [
        (3, clean.REPEATED_WORD_FOR_WORD)
    ]
    assert sorted((entry.line, entry.reason) for entry in second.set_aside) == [
        (2, clean.REPEATED_WORD_FOR_WORD),
        (3, clean.REPEATED),
    ]
    assert second.records["id"].tolist() == ["6"]


def test_a_batch_without_usable_records_has_none(raw_credits: Raw) -> None:
    kept = select_entries(raw_credits(("x", "", "")), "c", {5}, {})

    assert kept.records.empty
    assert set(select_cells(kept.records, "c", CREDIT_LISTS).cells) == {"cast", "crew"}


def test_records_that_are_kept_are_numbered_from_0(raw_films: Raw, raw_credits: Raw) -> None:
    films = select_films(raw_films({"id": "x"}, {}, {"id": "2"}, {}), FILE)
    entries = select_entries(raw_credits(("x", "", ""), ("5", "", "")), "c", {5}, {})

    assert films.records.index.tolist() == [0, 1]
    assert films.records[LINE].tolist() == [3, 5]
    assert entries.records.index.tolist() == [0]


def test_a_film_repeated_word_for_word_is_told_from_one_that_differs(raw_films: Raw) -> None:
    raw = raw_films({"id": "7"}, {"id": "7"}, {"id": "7", "tagline": "Again"}, {"id": "8"})

    kept = select_films(raw, FILE)

    assert kept.records[LINE].tolist() == [2, 5]
    assert [(entry.line, entry.reason) for entry in kept.set_aside] == [
        (3, clean.REPEATED_WORD_FOR_WORD),
        (4, clean.REPEATED),
    ]


def test_a_film_that_breaks_the_contract_once_clean_is_set_aside_whole(
    raw_films: Raw, clean_movies: Clean
) -> None:
    raw = raw_films({}, {"original_language": "x" * (MAX_NAME_LENGTH + 1)}, {})

    cleaned = clean_movies(raw)

    assert cleaned.records["id"].tolist() == [1, 3]
    assert cleaned.records.index.tolist() == [0, 1]
    (entry,) = cleaned.set_aside
    assert (entry.file, entry.line, entry.field) == (FILE, 3, None)
    assert entry.reason == f"longer than {MAX_NAME_LENGTH} characters"
    assert entry.detail.startswith("original_language is 'xxx")


def test_what_a_film_set_aside_held_is_json(raw_films: Raw, clean_movies: Clean) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    (entry,) = clean_movies(raw_films({"original_language": "x" * 501})).set_aside

    assert "x" * 501 in json.loads(entry.value, parse_constant=refuse)


def test_without_any_film_there_are_the_columns_all_the_same(
    raw_films: Raw, clean_movies: Clean
) -> None:
    some, none = clean_movies(raw_films({})), clean_movies(raw_films({"id": "x"}))

    assert none.records.empty
    assert none.records.dtypes.to_dict() == some.records.dtypes.to_dict()


def test_an_empty_batch_has_nothing_to_keep(raw_films: Raw, raw_credits: Raw) -> None:
    films = select_films(raw_films(), FILE)
    entries = select_entries(raw_credits(), "c", {5}, {})

    assert (len(films.records), films.set_aside) == (0, [])
    assert (len(entries.records), entries.set_aside) == (0, [])


def test_clean_films_keep_their_line(raw_films: Raw) -> None:
    films = clean_films(select_films(raw_films({"id": "x"}, {}), FILE).records, FILE)

    assert films.records[LINE].tolist() == [3]


def test_unnesting_is_given_ids_lines_and_the_cells_of_its_columns(raw_films: Raw) -> None:
    raw = raw_films({"id": " 862.0", "genres": "[1]"}, {"id": "5", "genres": "[2]"})

    records = select_cells(raw, FILE, {"genres": MOVIE_LISTS["genres"]})

    cells = {column: cells.to_pylist() for column, cells in records.cells.items()}
    assert records[:-1] == (FILE, [862, 5], [2, 3])
    assert cells == {"genres": ["[1]", "[2]"]}


def entry_table(
    name: str, *entries: tuple[int, int, int | str | None, str, str | None]
) -> pa.Table:
    schema = LISTS[name].schema
    columns = zip(*entries, strict=True)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def test_what_the_workers_unnested_is_put_together_in_order() -> None:
    tables = [
        entry_table("cast", (5, 2, 31, "Tom Hanks", "Woody"), (5, 2, None, "Ada", None)),
        LISTS["cast"].schema.empty_table(),
        entry_table("cast", (4, 3, 7, "Ben", None)),
    ]

    kept = clean_entries(tables, LISTS["cast"], "c")

    assert kept.set_aside == []
    assert kept.records.astype(object).where(kept.records.notna(), None).to_numpy().tolist() == [
        [5, 31, "Tom Hanks", "Woody"],
        [5, None, "Ada", None],
        [4, 7, "Ben", None],
    ]


@pytest.mark.parametrize(("name", "code"), [("cast", "Int64"), ("spoken_languages", "str")])
def test_entries_have_types_even_when_there_are_none(name: str, code: str) -> None:
    records = clean_entries([], LISTS[name], "c").records

    assert records.empty
    assert {column: str(dtype) for column, dtype in records.dtypes.items()} == {
        "film": "int64",
        "code": code,
        "name": "str",
        "extra": "str",
    }


def test_an_entry_that_breaks_the_contract_is_set_aside_as_a_part_of_its_field() -> None:
    table = entry_table("directors", (5, 2, 9, "D", None), (6, 3, -1, "E", None))

    kept = clean_entries([table], LISTS["directors"], "c")

    assert kept.records["film"].tolist() == [5]
    (entry,) = kept.set_aside
    assert (entry.file, entry.line, entry.field, entry.reason) == ("c", 3, "crew", "below 0")
    assert entry.detail == "code is -1"
