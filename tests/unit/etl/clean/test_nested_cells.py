from __future__ import annotations

import ast
import json
import sys
import time
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.clean.nested_cells import (
    Entry,
    UnreadableCellError,
    parse_entries,
    parse_entry,
    parse_together,
    parse_value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

steady = settings(derandomize=True)
steady_and_long = settings(steady, max_examples=250)

NOTHING = object()
NOT_LITERAL = (ValueError, SyntaxError, TypeError, MemoryError, RecursionError)
FIELDS = Entry.__struct_fields__

# What trips up whoever rewrites a literal with a few replacements.
FRAGMENTS = [
    "'",
    '"',
    "\\",
    "\\'",
    '\\"',
    "'''",
    '"""',
    ": None",
    "None",
    "': None,",
    '": None}',
    "null",
    "true",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    " ",
    "#",
    "/",
    "\\/",
    "\n",
    "\t",
    "\r",
    "\x00",
    "\x0c",
    "\x7f",
    "\u2028",
    "\xa0",
    "\ufeff",
    "\\\n",
    "\\n",
    "\\x41",
    "\\x4",
    "\\101",
    "\\u00e9",
    "\\ud83d",
    "\\ude00",
    "\\U0001F600",
    "\\N{BULLET}",
    "\\N{NO SUCH CHARACTER}",
    "\\d",
    "a",
    "0",
    "é",
    "😀",
]
MUTATIONS = [*"'\"\\[]{}():, \n0#-.ebru", "None", "\\'", '\\"', "null", "//"]

texts = st.lists(
    st.sampled_from(FRAGMENTS) | st.characters(exclude_categories=["Cs"]), max_size=6
).map("".join)
plain_scalars = st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
scalars = plain_scalars | st.booleans()
python_scalars = scalars | st.binary(max_size=4) | st.complex_numbers(max_magnitude=1e6)


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
        max_leaves=5,
    )


python_values = st.recursive(
    python_scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(texts | st.integers(), inner, max_size=3)
    ),
    max_leaves=6,
)
objects = st.lists(
    st.dictionaries(st.sampled_from(FIELDS) | texts, nested(scalars), max_size=3), max_size=3
)

spelled_strings = st.builds(
    "{0}{1}{2}{1}".format,
    st.sampled_from(["", "", "", "b", "r", "u", "Rb", "f"]),
    st.sampled_from(["'", '"', "'''", '"""']),
    texts,
)
NUMBERS = [
    "0",
    "-0",
    "00",
    "-1",
    "+1",
    "-",
    "1_0",
    "0x1F",
    ".5",
    "5.",
    "1e5",
    "-0.0",
    "1e400",
    "2j",
]
WORDS = ["None", "True", "False", "null", "true", "NaN", "..."]
spelled_atoms = spelled_strings | st.sampled_from(NUMBERS + WORDS)
spelled_spaces = st.sampled_from(["", " ", "\n", "\t", "\\\n", " # it's \"\n", "\x0c"])


def spelled_sequences(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.builds("{}{}:{}{}".format, spelled_strings, spelled_spaces, spelled_spaces, inner)
    adjacent = st.builds("{}{}{}".format, spelled_strings, spelled_spaces, spelled_strings)
    items = st.lists(inner | pairs | adjacent, max_size=3)
    return st.builds(
        lambda brackets, separator, items, space: (
            f"{brackets[0]}{space}{separator.join(items)}{space}{brackets[1]}"
        ),
        st.sampled_from(["[]", "{}", "()"]),
        st.sampled_from([",", ", ", " , ", " "]),
        items,
        spelled_spaces,
    )


spelled_otherwise = st.recursive(spelled_atoms, spelled_sequences, max_leaves=6)


def mutated(cells: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    changes = st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 1), st.sampled_from(["", *MUTATIONS])),
        max_size=4,
    )

    def mutate(cell: str, changes: list[tuple[float, int, str]]) -> str:
        for place, taken, put in changes:
            start = round(place * len(cell))
            cell = cell[:start] + put + cell[start + taken :]
        return cell

    return st.builds(mutate, cells, changes)


def standard_json(cell: str) -> object:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    value = json.loads(cell, parse_constant=refuse)
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    return value


def literal(cell: str) -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return ast.literal_eval(cell.strip())


def by_the_book(cell: str) -> object:
    readers: list[Callable[[str], object]] = [standard_json, literal]
    for read in readers:
        try:
            return read(cell)
        except NOT_LITERAL:
            continue
    return NOTHING


def outcome(cell: str) -> object:
    try:
        return parse_value(cell)
    except UnreadableCellError:
        return NOTHING


def fields(entries: Sequence[Entry]) -> list[dict[str, object]]:
    return [{field: getattr(entry, field) for field in FIELDS} for entry in entries]


def expected_fields(value: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{field: entry.get(field) for field in FIELDS} for entry in value]


@steady
@given(nested(scalars))
def test_what_repr_writes_is_read_with_its_types(value: object) -> None:
    assert repr(parse_value(repr(value))) == repr(value)


@steady
@given(nested(plain_scalars))
def test_what_needs_no_compiling_is_read_with_its_types(value: object) -> None:
    assert repr(parse_value(repr(value))) == repr(value)


@steady
@given(python_values)
def test_what_only_python_can_write_is_read_with_its_types(value: object) -> None:
    assert repr(parse_value(repr(value))) == repr(literal(repr(value)))


@steady
@given(nested(scalars), st.booleans())
def test_what_json_writes_is_read_with_its_types(value: object, ascii_only: bool) -> None:  # noqa: FBT001
    assert repr(parse_value(json.dumps(value, ensure_ascii=ascii_only))) == repr(value)


@steady_and_long
@given(spelled_otherwise)
@example("'a' \"b\"")
@example("['a' 'b', '''c''', \"\"\"d\"\"\"]")
@example("'''a'b': None,'''")
@example("{'a': None, # it's\n 'b': None}")
@example("(\"it's\", ': None,', 'a\": None,b')")
@example("b'a': None")
@example("{'\\x61': None, 'a\\\\': None, 'a\\'': None}")
@example("['\\u00e9', '\\N{BULLET}', '\\ud83d', '\\/', '\\\n']")
@example("'\\ud83d\\ude00'")
@example('"\\ud83d\\ude00"')
@example("['\\ud83d\\ude00', null]")
@example('[\'a\', "\\/", "\\n"]')
@example("[-0, -0.0, 1e400, 1E5, 9007199254740993, 18446744073709551616, -1e-7]")
@example("[00, 0_0, .5, 5., 0x1F, 1j]")
@example("'a\nb'")
@example("'a\tb'")
@example("\ufeff[]")
@example("\xa0'a'\u2003")
def test_a_cell_is_read_as_json_else_as_a_literal_or_not_at_all(cell: str) -> None:
    expected = by_the_book(cell)

    assert repr(outcome(cell)) == repr(expected)


@steady_and_long
@given(mutated(nested(plain_scalars).map(repr) | spelled_otherwise | objects.map(json.dumps)))
@example("[']")
@example("['a', 'b]")
@example("[\"a', 'b']")
@example("['a\", 'b']")
@example("\"a \\'x'")
@example("\"\\': None,'")
@example("{'a': 'b\\', 'c': None}")
@example("{{}}")
@example("{[]: 1}")
@example("\\")
@example("'\\")
def test_a_mutilated_cell_is_read_as_json_else_as_a_literal_or_not_at_all(cell: str) -> None:
    expected = by_the_book(cell)

    assert repr(outcome(cell)) == repr(expected)


@pytest.mark.parametrize(
    "cell", ["['a', true]", "{'a': null}", "{'a': [false]}", "[{'a': None, \"b\": null}]"]
)
def test_a_literal_with_words_of_json_is_neither(cell: str) -> None:
    with pytest.raises(UnreadableCellError):
        parse_value(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "",
        " ",
        "?",
        "#",
        "\0",
        "1_",
        "NaN",
        "open('x')",
        "'\ud800'",
        "9" * 5_000,
        "[" * 100_000,
        "-" * 100_000 + "1",
    ],
)
def test_what_is_neither_json_nor_a_literal_is_unreadable(cell: str) -> None:
    with pytest.raises(UnreadableCellError):
        parse_value(cell)


@pytest.mark.parametrize("word", ["true", "false", "null", "NULL", "construed"])
def test_words_of_json_within_a_string_are_a_part_of_it(word: str) -> None:
    assert parse_value(f"['{word}', \"it's {word}\"]") == [word, f"it's {word}"]


@contextmanager
def compiling() -> Iterator[list[object]]:
    """Give what Python has compiled since the block began, a call of `compile` each."""
    calls: list[object] = []

    def note(_: object, event: str, called: object) -> None:
        if event == "c_call" and called is compile:
            calls.append(called)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def test_an_ordinary_cell_is_read_without_compiling_it() -> None:
    cell = "[{'id': 1, 'name': \"Ocean's\", 'job': 'Réalisateur', 'order': -1.5, 'x': None}]"

    with compiling() as calls:
        assert parse_entries(cell) == [Entry(id=1, name="Ocean's", job="Réalisateur", order=-1.5)]
        assert calls == []
        # Another one is: an escape is Python's own business.
        assert parse_entries(cell.replace("Réal", "\\x41")) != []
    assert calls == [compile]


@steady
@given(objects)
@example([{"name": "X", "\\ud800": None, "'\"": True}])
def test_a_list_is_read_from_a_python_literal(value: list[dict[str, object]]) -> None:
    assert repr(fields(parse_entries(repr(value)))) == repr(expected_fields(value))


@steady
@given(objects)
def test_a_list_is_read_from_json(value: list[dict[str, object]]) -> None:
    assert repr(fields(parse_entries(json.dumps(value)))) == repr(expected_fields(value))


@pytest.mark.parametrize(
    "cell",
    [
        "[{'name': 'X', 1: 2}]",
        "[{'name': 'X', (1, 2): 3}]",
        "[{'name': 'X', '\\ud800': 1}]",
        "[{'name': 'X', 'other': '\\ud83d\\ude00'}]",
        "[{'name': 'X', 'other': {1, 2}}]",
    ],
)
def test_an_odd_key_or_value_of_an_entry_leaves_its_other_fields_alone(cell: str) -> None:
    assert parse_entries(cell) == [Entry(name="X")]


@steady_and_long
@given(mutated(objects.map(repr) | objects.map(json.dumps)))
@example("({'id': 1},)")
@example("{'id': 1},")
@example("()")
@example("set()")
@example("[{'id': 1}, {[]: 2}]")
@example("['id']")
def test_a_mutilated_list_is_read_as_it_stands_or_not_at_all(cell: str) -> None:
    value = by_the_book(cell)
    try:
        entries = parse_entries(cell)
    except UnreadableCellError:
        assert not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value)
    else:
        # What is not read of an entry need not be readable.
        assert value is NOTHING or repr(fields(entries)) == repr(expected_fields(as_list(value)))


def as_list(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    # A list of names is read, too.
    return [{"name": entry} if isinstance(entry, str) else entry for entry in value]


@pytest.mark.parametrize("cell", ["", "  ", "\n", "\xa0", "[]", " [ ] "])
def test_an_empty_cell_is_an_empty_list(cell: str) -> None:
    assert parse_entries(cell) == []


@pytest.mark.parametrize("cell", ["", "  ", "{}", " {} ", "{ }"])
def test_an_empty_cell_or_object_is_no_object(cell: str) -> None:
    assert parse_entry(cell) is None


def test_an_object_is_read_from_either() -> None:
    assert parse_entry("{'id': 1, 'name': \"Ocean's\"}") == Entry(id=1, name="Ocean's")
    assert parse_entry('{"id": 1, "name": null}') == Entry(id=1)
    assert parse_entry("{'id': True, 'name': ('a', )}") == Entry(id=True, name=("a",))


@pytest.mark.parametrize(
    "cell",
    [
        "False",
        "None",
        "3",
        "{}",
        "{'id': 1}",
        "[1]",
        '["a", 1]',
        "[[]]",
        "[None]",
        "[{'id': 1}, 2]",
        "({'id': 1},)",
        "{'id': 1},",
        "()",
        "set()",
        "[{'a': 1}",
        "[{'a': 1}]]",
        "[{'a'}]",
        "[{{}: 1}]",
        "open('x')",
        "[" * 10_000,
        "-" * 100_000 + "1",
        "\0",
        "1_",
        "#",
    ],
)
def test_anything_else_is_no_list(cell: str) -> None:
    with pytest.raises(UnreadableCellError):
        parse_entries(cell)


@pytest.mark.parametrize(
    "cell", ["False", "None", "[]", "[{'a': 1}]", "'text'", "({},)", "{'id'}", "{'id': 1", "{{}}"]
)
def test_anything_else_is_no_object(cell: str) -> None:
    with pytest.raises(UnreadableCellError):
        parse_entry(cell)


def test_an_odd_escape_in_a_cell_is_no_news(recwarn: pytest.WarningsRecorder) -> None:
    assert parse_entries(r"[{'name': 'G\d'}]") == [Entry(name=r"G\d")]
    assert parse_entries(r"[{'name': 'G\d', 'adult': False}]") == [Entry(name=r"G\d")]
    assert not recwarn.list


@pytest.mark.parametrize("quote", ["\\'", '\\"'])
def test_a_quote_that_is_never_closed_is_found_out_in_no_time(quote: str) -> None:
    cell = '["' + quote * 30_000

    started = time.process_time()
    with pytest.raises(UnreadableCellError):
        parse_entries(cell)

    assert time.process_time() - started < 2


PIECES = ("[", "]", "{", "}", "'name'", ": ", ", ", "'A'", "1", "None", "\n", "\r", '"', "true")
ENTRIES = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.none() | st.integers(0, 9),
            "name": st.none() | st.text("aé\"'\\\n: None", max_size=9),
        },
        optional={"order": st.none() | st.integers(0, 2**53), "other": st.none() | st.text()},
    ),
    max_size=4,
)


def together(cells: list[str]) -> list[list[dict[str, object]] | None]:
    """Return the fields of each cell's entries, None of a cell that is left over."""
    parsed = parse_together(pa.array(cells, pa.large_string()), FIELDS)
    found: list[list[dict[str, object]] | None] = [[] for _ in cells]
    for place in parsed.left:
        found[place] = None
    for place, entry in zip(parsed.places, parsed.entries.to_pylist(), strict=True):
        of_cell = found[place]
        assert of_cell is not None
        of_cell.append(entry)
    return found


@settings(max_examples=300)
@given(
    st.lists(
        st.lists(st.sampled_from(PIECES), max_size=9).map("".join)
        | st.lists(st.sampled_from(PIECES), max_size=5).map(lambda each: f"[{{{''.join(each)}}}]")
        | ENTRIES.map(repr)
        | ENTRIES.map(json.dumps)
        | ENTRIES.map(lambda entries: json.dumps(entries, ensure_ascii=False)),
        max_size=6,
    )
)
# Two cells that make one value, beside one that makes two.
@example(["[{'name': 'A', 'cast': [{}]", "[{}]}]", "[{}] [{}]", "[{}]"])
@example(["[{'id': 1}]\r[{'id': 2}]", "[{'id': 1}],[{'id': 2}]", "[{'id': 3}]", "", "[]"])
@example(["[{'name': ': None, A', 'id': None}]", "[{'name': 'true'}]", "[{'id': 'A'}]"])
@example(["[{'name': \"': None\", 'id': None}]", "[{'name': '\": None', 'id': None}]"])
@example(["[{'id': 1}]}{'cell':[{'id': 2}]", "[{'id': 1}],'x':[{'id': 2}]", "[{'x': [1] }]"])
@example(["[{'id': 1}, None]", "[{'id': -1}]", "[{'id': 1.0}]", "[{'id': 9007199254740993}]"])
@example(["[{'id': True}]", "[{'id': 1, 'id': 2}]", "[{'name': 'a\tb'}]", "[{'name': 'a\0'}]"])
@example(["[{'x': " + "{'x': " * 2_000 + "1" + "}" * 2_001 + "]", "[{'name': ']}, ]'}]"])
@example(["[{'x': " + "[" * 2_000 + "]" * 2_000 + "}]", "[{'x': ': nullity'}]", "['a']", "[1]"])
@example([r'[{"name": "\ud800"}]', r'[{"name": "\u00e9"}]', '[{"x": true}]', "[{'x': true}]"])
@example(["[{'name': \"O'Hara\", 'x': 'the \"null\"', 'id': None}]", "[{'name': \"'}]", "[{'}]"])
def test_cells_are_parsed_together_as_one_by_one(cells: list[str]) -> None:
    for cell, entries in zip(cells, together(cells), strict=True):
        if entries is not None:
            assert repr(entries) == repr(fields(parse_entries(cell)))


def test_nearly_all_cells_are_parsed_together_whatever_stands_beside_them() -> None:
    plain = [
        "[{'id': 1, 'name': 'A'}, {'id': None, 'name': 'B'}]",
        "[{'name': 'C'}]",
        "[{'name': \"O'Hara\"}, {'name': 'Al \"Scarface\" Capone'}, {'name': 'a\\\\b'}]",
        '[{"id": 1, "name": "D", "adult": true}]',
        "[]",
        "",
    ]
    odd = ["[{'id': 'no number'}]", "[{]"]
    cells = [*plain * 20, odd[0], *plain * 20, odd[1], *plain]

    parsed = together(cells)

    left = [place for place, entries in enumerate(parsed) if entries is None]
    assert {cells[place] for place in left} >= {*odd}
    # So few that nothing is gained by parsing them in parts.
    assert len(left) <= 64
    assert [*map(len, filter(None, parsed[:6]))] == [2, 1, 3, 1]


def test_cells_are_parsed_together_wherever_they_begin_in_a_column() -> None:
    column = pa.array(["[{'id': 1}]", "[{'id': 2}]", "", "[{'id': 3}]"], pa.large_string())

    parsed = parse_together(column.slice(1), ["id"])

    assert parsed.entries.to_pylist() == [{"id": 2}, {"id": 3}]
    assert parsed.places.tolist() == [0, 2]
    assert parsed.left == []
