from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import infra.sample
from cartelera.contract.names import MAX_NAME_LENGTH
from etl.clean.nested_cells import parse_value
from etl.clean.unnest import (
    LISTS,
    MAX_ENTRIES,
    UNREADABLE,
    NestedCells,
    Unnested,
    parse_code,
    parse_name,
    unnest,
)
from etl.quarantine import Rejection

FILE = "credits.csv"


def cells_of(*cells: str) -> pa.LargeStringArray:
    return pa.array(cells, pa.large_string())


def unnested(name: str, *cells: str) -> Unnested:
    nested = LISTS[name]
    films = range(100, 100 + len(cells))
    records = NestedCells(FILE, films, range(2, 2 + len(cells)), {nested.column: cells_of(*cells)})
    return unnest(records, {name: nested})


def rows(name: str, *cells: str) -> list[list[Any]]:
    outcome = unnested(name, *cells)
    assert outcome.set_aside == []
    return [list(row.values()) for row in outcome.tables[name].to_pylist()]


def sound_entry(name: str) -> dict[str, Any]:
    """Return an entry that a list keeps."""
    return {"id": 1, "name": "Sound", "order": 0, "job": next(iter(LISTS[name].jobs), "Editor")}


def test_every_entry_is_a_row_with_its_film_its_line_and_its_code() -> None:
    drama, comedy = "{'id': 18, 'name': 'Drama'}", "{'id': 35, 'name': 'Comedy'}"

    assert rows("genres", f"[{drama}, {comedy}]", "[]", "", f"[{drama}]") == [
        [100, 2, 18, "Drama", None],
        [100, 2, 35, "Comedy", None],
        [103, 5, 18, "Drama", None],
    ]


@pytest.mark.parametrize("name", LISTS)
def test_a_table_has_the_types_of_its_schema_whatever_it_holds(name: str) -> None:
    some = unnested(name, repr([sound_entry(name)])).tables[name]
    none = unnested(name).tables[name]

    assert some.num_rows == 1
    assert none.num_rows == 0
    assert some.schema == none.schema == LISTS[name].schema
    numbered = name not in {"production_countries", "spoken_languages"}
    assert some.schema.field("code").type == (pa.int64() if numbered else pa.large_string())


def test_several_columns_are_unnested_at_once_each_into_a_table_of_its_own() -> None:
    cells = {
        "cast": cells_of("[{'name': 'A'}]", "[{'name': 'B'}]"),
        "crew": cells_of("[{'name': 'C', 'job': 'Director'}]", "?"),
    }
    lists = {name: LISTS[name] for name in ("cast", "directors")}

    outcome = unnest(NestedCells(FILE, [5, 6], [2, 9], cells), lists)

    assert outcome.tables["cast"]["name"].to_pylist() == ["A", "B"]
    assert outcome.tables["directors"]["film"].to_pylist() == [5]
    assert [(entry.line, entry.field) for entry in outcome.set_aside] == [(9, "crew")]


@pytest.mark.parametrize("orders", [(2, 0, 1), ("2", "0", "1"), (9, "3", 4), (2, 0, 0)])
def test_the_cast_is_in_billing_order_and_ties_in_that_of_the_list(
    orders: tuple[int | str, ...],
) -> None:
    cast = [
        {"name": name, "order": order}
        for name, order in zip(["Last", "First", "Second"], orders, strict=True)
    ]

    assert [row[3] for row in rows("cast", repr(cast))] == ["First", "Second", "Last"]


@pytest.mark.parametrize("order", ["None", "-1", "'x'", "1.5", "[]", f"{2**60}"])
def test_a_cast_with_an_order_that_is_none_is_in_that_of_the_list(order: str) -> None:
    cell = f"[{{'name': 'A', 'order': 5}}, {{'name': 'B', 'order': {order}}}, {{'name': 'C'}}]"

    assert [row[3] for row in rows("cast", cell)] == ["A", "B", "C"]


def test_only_the_cast_is_in_billing_order() -> None:
    crew = [
        {"name": name, "order": 1 - order, "job": "Director"} for order, name in enumerate("AB")
    ]

    assert [row[3] for row in rows("directors", repr(crew))] == ["A", "B"]


def test_the_cast_comes_with_its_characters() -> None:
    cell = (
        "[{'name': 'Tom Hanks', 'character': ' Woody\\n(voice)', 'id': 31},"
        " {'name': 'Ann', 'character': ''}, {'name': 'Ben', 'character': 5}]"
    )

    assert rows("cast", cell) == [
        [100, 2, 31, "Tom Hanks", "Woody (voice)"],
        [100, 2, None, "Ann", None],
        [100, 2, None, "Ben", None],
    ]


def test_nobody_but_the_cast_has_a_character() -> None:
    cell = "[{'name': 'A', 'character': 'Woody', 'job': 'Director'}]"

    assert rows("directors", cell) == [[100, 2, None, "A", None]]


def test_of_the_crew_only_directors_are_kept() -> None:
    crew = [
        {"name": name, "job": job}
        for name, job in [
            ("A", "Editor"),
            ("B", "Director"),
            ("C", None),
            ("D", "Art Director"),
            ("E", "director"),
            ("F", ["Director"]),
            ("G", "Director"),
        ]
    ]

    assert [row[3] for row in rows("directors", repr([*crew, {"name": "H"}]))] == ["B", "G"]


def test_writers_are_those_of_the_crew_who_wrote_the_film_not_what_it_is_made_of() -> None:
    crew = [
        {"name": name, "job": job}
        for name, job in [
            ("A", "Writer"),
            ("B", "Director"),
            ("C", "Screenplay"),
            ("D", "Novel"),
            ("E", "Author"),
            ("F", "writer"),
            ("G", "Screenplay Consultant"),
            ("H", "Characters"),
        ]
    ]

    assert [row[3] for row in rows("writers", repr(crew))] == ["A", "C", "E"]


def test_who_wrote_a_film_in_several_capacities_is_one_of_its_writers_once() -> None:
    crew = [{"name": "A", "job": job} for job in ("Screenplay", "Director", "Writer")]

    assert [row[3] for row in rows("writers", repr(crew))] == ["A"]
    assert [row[3] for row in rows("directors", repr(crew))] == ["A"]


def test_a_crew_that_cannot_be_read_is_set_aside_once_though_two_lists_are_made_of_it() -> None:
    lists = {name: LISTS[name] for name in ("directors", "writers")}

    outcome = unnest(NestedCells(FILE, [5, 6], [2, 3], {"crew": cells_of("?", "[]")}), lists)

    assert [(entry.line, entry.field) for entry in outcome.set_aside] == [(2, "crew")]
    assert [table.num_rows for table in outcome.tables.values()] == [0, 0]


def test_what_is_wrong_with_others_of_the_crew_is_nobodys_business() -> None:
    assert rows("directors", "[{'job': 'Editor', 'name': None}, {'job': 'Director', 'name': 'B'}]")


def test_a_name_twice_in_one_film_is_a_row_once_with_its_first_code() -> None:
    cell = "[{'name': 'MGM', 'id': 1}, {'name': ' MGM ', 'id': 2}, {'name': 'mgm', 'id': 3}]"

    assert [row[:4] for row in rows("production_companies", cell, cell)] == [
        [100, 2, 1, "MGM"],
        [100, 2, 3, "mgm"],
        [101, 3, 1, "MGM"],
        [101, 3, 3, "mgm"],
    ]


def test_who_plays_two_parts_is_in_the_cast_twice() -> None:
    cell = "[{'name': 'A', 'character': 'Jekyll'}, {'name': 'A', 'character': 'Hyde'}]"

    assert [row[3:] for row in rows("cast", cell)] == [["A", "Jekyll"], ["A", "Hyde"]]


@pytest.mark.parametrize(
    ("name", "cell", "expected"),
    [
        ("production_countries", "{'iso_3166_1': 'FR', 'name': 'France'}", ("FR", "France")),
        ("production_countries", "{'iso_3166_1': 5, 'name': 'France'}", (None, "France")),
        ("production_countries", "{'iso_3166_1': ' ', 'name': 'France'}", (None, "France")),
        ("production_countries", "{'id': 5, 'name': 'France'}", (None, "France")),
        ("production_countries", "{'iso_639_1': 'fr', 'name': 'France'}", (None, "France")),
        ("spoken_languages", "{'iso_639_1': 'xx', 'name': ''}", ("xx", "")),
        ("spoken_languages", "{'iso_639_1': ' fr\\n'}", ("fr", "")),
        ("spoken_languages", "{'iso_639_1': 'fr', 'name': 'Français'}", ("fr", "Français")),
        ("genres", "{'id': '16', 'name': 'A'}", (16, "A")),
        ("genres", "{'id': 16.5, 'name': 'A'}", (None, "A")),
        ("genres", "{'iso_3166_1': 'FR', 'name': 'A'}", (None, "A")),
        ("keywords", "{'id': 0, 'name': 'A'}", (0, "A")),
    ],
)
def test_the_code_of_an_entry_stands_beside_its_name(
    name: str, cell: str, expected: tuple[int | str | None, str]
) -> None:
    ((_, _, code, known_as, _),) = rows(name, f"[{cell}]")

    assert (code, known_as) == expected


def test_no_two_countries_of_a_film_have_one_name() -> None:
    named = tomllib.loads((Path(infra.sample.__file__).parent / "codes.toml").read_text())[
        "country"
    ]
    entries = [{"iso_3166_1": code, "name": name} for code, name in named.items()]

    codes = {code: name for _, _, code, name, _ in rows("production_countries", repr(entries))}
    assert codes.keys() == named.keys() >= {"CD", "CG"}
    assert len(set(codes.values())) == len(codes)


def test_languages_without_a_name_are_told_apart_by_their_code() -> None:
    cell = "[{'iso_639_1': 'xx', 'name': ''}, {'iso_639_1': 'yy'}, {'iso_639_1': 'xx', 'name': ''}]"

    assert [row[2] for row in rows("spoken_languages", cell)] == ["xx", "yy"]


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("genres", {"id": 18, "name": "", "of": "more"}),
        ("genres", {"id": 18, "name": None}),
        ("genres", {"id": 18, "name": 5}),
        ("genres", {"id": 18}),
        ("genres", {}),
        ("genres", {"id": 18, "name": " \u200e\n"}),
        ("genres", {"id": 18, "name": "x" * (MAX_NAME_LENGTH + 1)}),
        ("cast", {"name": "", "character": "Woody", "cast_id": 3, "order": 1}),
        ("directors", {"job": "Director", "department": "Directing"}),
        ("spoken_languages", {"iso_639_1": "", "name": ""}),
        ("spoken_languages", {"iso_639_1": 5, "name": " "}),
    ],
)
def test_an_entry_without_a_usable_name_is_set_aside_whole(
    name: str, entry: dict[str, object]
) -> None:
    column = LISTS[name].column
    sound = sound_entry(name)

    outcome = unnested(name, "[]", repr([entry, sound]))

    assert outcome.tables[name]["name"].to_pylist() == ["Sound"]
    assert outcome.set_aside == [
        Rejection(
            FILE, 3, column, UNREADABLE, repr(entry), "an entry without a usable name", column
        )
    ]


def test_what_is_set_aside_of_a_cast_is_the_entry_and_not_its_neighbour_in_billing_order() -> None:
    cell = "[{'name': 'B', 'order': 2}, {'name': '', 'order': 0}, {'name': 'A', 'order': 1}]"

    outcome = unnested("cast", cell)

    assert outcome.tables["cast"]["name"].to_pylist() == ["A", "B"]
    assert [entry.value for entry in outcome.set_aside] == ["{'name': '', 'order': 0}"]


@pytest.mark.parametrize(
    "cell",
    [
        f"[{{'name': '', 'other': {'9' * 5_000}}}]",
        '[{"name": "", "other": "\\xzz"}]',
        "[{'name': '', 'other': '\\ud83d\\ude00'}]",
        "[{'name': '', 1: 2}]",
        f"[{{'name': '', 'other': 0x{'f' * 5_000}}}]",
    ],
)
def test_an_entry_that_is_not_wholly_readable_is_set_aside_all_the_same(cell: str) -> None:
    outcome = unnested("genres", cell, "[{'name': 'Drama'}]")

    assert outcome.tables["genres"]["name"].to_pylist() == ["Drama"]
    assert [(entry.line, entry.field) for entry in outcome.set_aside] == [(2, "genres")]


@pytest.mark.parametrize(
    ("cell", "detail"),
    [
        ("[{'id': 1, ", "neither a Python literal nor JSON"),
        ("{{}}", "neither a Python literal nor JSON"),
        ("{'id': 1, 'name': 'A'}", "not a list of objects"),
        ("[1]", "not a list of objects"),
        ("True", "not a list of objects"),
    ],
)
def test_an_unreadable_cell_is_set_aside_and_the_others_are_read(cell: str, detail: str) -> None:
    outcome = unnested("genres", "[{'name': 'A'}]", cell, "[{'name': 'B'}]")

    assert outcome.tables["genres"]["film"].to_pylist() == [100, 102]
    assert outcome.set_aside == [Rejection(FILE, 3, "genres", UNREADABLE, cell, detail, "genres")]


@settings(derandomize=True)
@given(st.text("[]{}'\":,\\ naN0name", max_size=30), st.sampled_from(sorted(LISTS)))
@example("[{[]: 1}]", "genres")
@example("[{'\\ud800': 1}]", "cast")
def test_no_cell_whatever_stops_the_job(cell: str, name: str) -> None:
    outcome = unnested(name, cell, repr([sound_entry(name)]))

    assert outcome.tables[name]["film"].to_pylist()[-1] == 101
    assert all(entry.line == 2 for entry in outcome.set_aside)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Pixar", "Pixar"),
        (" Pixar\u00a0\n Animation\u200e ", "Pixar Animation"),
        ("x" * MAX_NAME_LENGTH, "x" * MAX_NAME_LENGTH),
        ("x" * (MAX_NAME_LENGTH + 1), ""),
        (f" {'x' * MAX_NAME_LENGTH} ", "x" * MAX_NAME_LENGTH),
        ("\ud83d", ""),
        ("\x00", ""),
        (None, ""),
        (5, ""),
        (["Pixar"], ""),
    ],
)
def test_a_name_is_usable_when_it_is_a_text_that_shows_and_not_too_long(
    value: object, name: str
) -> None:
    assert parse_name(value) == name


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (0, 0),
        (862, 862),
        (2**53, 2**53),
        (2**53 + 1, None),
        (-1, None),
        ("862", 862),
        (" 862 ", 862),
        ("0862", 862),
        ("9" * 16, None),
        ("9" * 17, None),
        ("-1", None),
        ("862.0", None),
        ("١٢", None),
        ("", None),
        (862.0, None),
        (None, None),
        ([], None),
        (b"862", None),
    ],
)
def test_an_identifier_is_a_whole_number_that_every_reader_of_json_can_hold(
    value: object, code: int | None
) -> None:
    assert parse_code(value) == code


def calls_of_parse_value(cell: str) -> int:
    calls = 0

    def note(frame: Any, event: str, _: object) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_code is parse_value.__code__

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        unnested("cast", cell)
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("entry", ["{'name': ''}", "{}", "{'name': 5, 'other': '\\\\N{BULLET}'}"])
def test_a_cell_is_read_once_more_however_many_entries_of_it_are_set_aside(entry: str) -> None:
    assert [calls_of_parse_value(f"[{', '.join([entry] * count)}]") for count in (0, 1, 50)] == [
        *(0, 1, 1)
    ]


def test_of_many_entries_without_a_name_the_first_are_set_aside_one_by_one() -> None:
    cell = [{"name": "", "order": order} for order in range(MAX_ENTRIES + 5)]

    *first, others = unnested("cast", repr([*cell, sound_entry("cast")])).set_aside

    assert [entry.value for entry in first] == [*map(repr, cell[:MAX_ENTRIES])]
    assert others.value == repr(cell[MAX_ENTRIES:])
    assert others.detail == "5 more entries without a usable name"


def test_many_entries_of_a_cell_that_is_not_wholly_readable_are_set_aside_once() -> None:
    cell = f"[{{'name': '', 'other': {'9' * 5_000}}}, {{'name': ''}}]"

    (entry,) = unnested("genres", cell).set_aside

    assert (entry.value, entry.detail) == (cell, "entries without a usable name: 2")


def test_what_is_set_aside_of_a_cast_has_no_say_in_its_order() -> None:
    cell = "[{'name': 'B', 'order': 2}, {'name': '', 'order': 'x'}, {'name': 'A', 'order': 1}]"

    assert unnested("cast", cell).tables["cast"]["name"].to_pylist() == ["A", "B"]


def _entries(number: st.SearchStrategy[object]) -> st.SearchStrategy[list[dict[str, object]]]:
    text = st.sampled_from(["", "Ann", "ann", " Ann ", "Bo", "\u200b", "CD", "Director"])
    fields = {
        "id": number,
        "name": text,
        "order": number,
        "job": st.sampled_from(["Director", "Writer", "Editor"]),
        "character": text,
        "iso_3166_1": text,
        "iso_639_1": text,
    }
    return st.lists(st.fixed_dictionaries({}, optional=fields), max_size=4)


@given(_entries(st.integers(0, 3)), st.sampled_from(sorted(LISTS)))
@settings(max_examples=200)
def test_a_typed_cell_and_one_with_an_odd_entry_beside_it_are_read_alike(
    entries: list[dict[str, object]], name: str
) -> None:
    # An entry of no list, whose name alone makes the cell one that is looked at entry by entry.
    odd = sound_entry(name) | {"id": None, "name": [], "order": 9}

    typed, other = (unnested(name, repr(cell)) for cell in (entries, [*entries, odd]))

    assert typed.tables[name].to_pylist() == other.tables[name].to_pylist()
    assert len(other.set_aside) == len(typed.set_aside) + 1
