"""The shape of a raw file: decided once, from its header and a sample of its rows.

After that there is one path: whatever the shape, records have the job's columns, all of them, as
texts in the job's forms. What the file lacks is empty.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from etl.errors import RawInputError
from etl.extract.data_sets import DATA_SETS
from etl.extract.missing import is_no_list

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from etl.extract.data_sets import DescribedFile

    type Convert = Callable[[str], str]

# The real files have 24 at most; each costs milliseconds, however few records there are.
MAX_COLUMNS = 500
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_MAX_SHOWN_LENGTH = 200
_ENCODE = msgspec.json.Encoder().encode

# A backslash before a quote, or before another one.
_ESCAPED = re.compile(r'\\(["\\])')
# A list or an object; a name may begin with a bracket, too.
_NESTED = re.compile(r"""\s*(?:\[\s*[\]{"']|\{\s*[}"'])""")
# Not where a company's form follows: "Monogram Pictures, Inc."
_BETWEEN_NAMES = re.compile(
    r"\s*\|\s*|,\s*+(?!(?:Inc|LLC|L\.L\.C|Ltd|Limited|L\.?P|Co|Corp|GmbH|S\.?A|S\.?L|S\.?r\.?l)\b)",
    re.IGNORECASE,
)
_COMMA_NUMBER = re.compile(r"-?[0-9.]*[0-9],[0-9]+(?:[eE][+-]?[0-9]+)?")
_THOUSANDS = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
# A day, a month and a year; the time of day, if there is one, is left off.
_DATE = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})(?:[ T].*)?")
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Role:
    """What the job reads of a file, and how.

    Attributes
    ----------
    name
        One of `etl.extract.data_sets.ROLES`.
    columns
        The columns that the job reads; missing ones are taken for empty.
    required
        Those without which nothing can be made of the file.
    numbers, dates, lists, objects
        Those that hold numbers, dates, nested lists, and single nested objects.
    """

    name: str = "movies"
    columns: Sequence[str] = ()
    required: Sequence[str] = ()
    numbers: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a file.

    Attributes
    ----------
    header
        Its fields, as they stand.
    columns
        By field, the column's name: the job's, or the file's own; empty where it has none.
    lacks
        The columns that the job reads and the file does not have.
    data_set
        The name of the data set that has such columns.
    delimiter, escaped
        What is between fields, and whether quotes within them are escaped by a backslash.
    conversions
        By column, what makes the job's form of a cell.
    undecided
        The columns with dates like 11/12/1986, until all of them say which is the day.
    seen
        What is out of the ordinary, as people call it.
    """

    header: Sequence[str]
    columns: Sequence[str]
    lacks: Sequence[str]
    data_set: str
    delimiter: str = ","
    escaped: bool = False
    conversions: Mapping[str, Convert] = field(default_factory=dict)
    undecided: Sequence[str] = ()
    seen: Sequence[str] = ()

    def unescape(self, line: str) -> str:
        """Return a line with quotes escaped as CSV does: by another one."""
        if not self.escaped or "\\" not in line:
            return line
        return _ESCAPED.sub(lambda found: '""' if found[1] == '"' else "\\", line)

    def with_dates(self, column: str, *, day_first: bool) -> Shape:
        """Return the shape where the dates of a column have the day first, or the month.

        Parameters
        ----------
        column
            One of `undecided`.
        day_first
            Whether its dates have the day first, or the month.
        """
        convert = partial(_to_iso, day_first=day_first)
        said = f"{column} with the {'day' if day_first else 'month'} first"
        return replace(
            self,
            conversions={**self.conversions, column: convert},
            undecided=[each for each in self.undecided if each != column],
            seen=[*self.seen, said],
        )


class DayAndMonth(NamedTuple):
    """The first two numbers of a date with the year at its end."""

    first: int
    second: int

    @property
    def day_first(self) -> bool | None:
        """Which of them is the day, None where it may be either or none can be."""
        if (self.first > _MONTHS) == (self.second > _MONTHS):
            return None
        return self.first > _MONTHS


def day_and_month(text: str) -> DayAndMonth | None:
    """Return the day and the month of a date like 14/11/1986, None of any other text."""
    found = _DATE.fullmatch(text.strip())
    return DayAndMonth(int(found[1]), int(found[3])) if found else None


def delimited_shape(name: str, sample: str, role: Role, *, whole: bool) -> Shape:
    """Return the shape of a file of delimited records.

    Parameters
    ----------
    name, role
        The file's name for messages, and what is read of it.
    sample
        The beginning of its text.
    whole
        Whether that is all of it.

    Raises
    ------
    RawInputError
        When the header lacks a required column, or has one twice or too many.
    """
    shapes = [_header_shape(sample, delimiter, role) for delimiter in _DELIMITERS]
    # The first of equals: what is not clear is a comma.
    shape = max(shapes, key=lambda each: len(set(each.columns) & set(role.columns)))
    _check_header(name, shape, role)
    width = len(shape.header)
    rows = _sample_rows(sample, shape, whole=whole)
    if '\\"' in sample:
        way = replace(shape, escaped=True)
        unescaped = _sample_rows(sample, way, whole=whole)
        if _fitting(unescaped, width) > _fitting(rows, width):
            shape, rows = way, unescaped
    # R leaves the header of its row numbers out.
    if _fitting(rows, width + 1) > _fitting(rows, width):
        width += 1
        shape = replace(shape, header=["", *shape.header], columns=["", *shape.columns])
    seen = []
    if shape.delimiter != ",":
        seen.append(f"{_DELIMITERS[shape.delimiter]} between fields")
    if shape.escaped:
        seen.append("quotes escaped by a backslash")
    fitting = [row for row in rows if len(row) == width]
    return with_conversions(replace(shape, seen=seen), role, fitting)


def named_shape(name: str, header: Sequence[str], role: Role) -> Shape:
    """Return the shape of a file whose columns have names, without conversions.

    Parameters
    ----------
    name, role
        As for `delimited_shape`.
    header
        The names.

    Raises
    ------
    RawInputError
        As `delimited_shape`.
    """
    shape = _shape(header, ",", role)
    _check_header(name, shape, role)
    return shape


def with_conversions(shape: Shape, role: Role, rows: Iterable[Sequence[str]]) -> Shape:
    """Return a shape with what has to be converted in a file, by some of its rows.

    Parameters
    ----------
    shape, role
        The shape of its header, and what is read of it.
    rows
        With a cell for each of `shape.header`.
    """
    cells = {
        column: values
        for column, values in zip(shape.columns, zip(*rows, strict=True), strict=False)
        if column
    }
    conversions: dict[str, Convert] = {}
    listed = [column for column in role.lists if _are_names(cells.get(column, ()))]
    conversions |= dict.fromkeys(listed, _names_to_json)
    single = [column for column in role.objects if _are_names(cells.get(column, ()))]
    conversions |= dict.fromkeys(single, _name_to_json)
    seen = list(shape.seen)
    if listed:
        seen.append(
            f"names between commas in {', '.join(sorted(listed))}: without ids, and a name that "
            "has a comma itself is taken for two"
        )
    numbers = [value.strip() for column in role.numbers for value in cells.get(column, ())]
    if decimal := _number_form(numbers):
        conversions |= dict.fromkeys(role.numbers & cells.keys(), _NUMBER_FORMS[decimal])
        seen.append(decimal)
    undecided = [column for column in role.dates if any(map(day_and_month, cells.get(column, ())))]
    return replace(shape, conversions=conversions, undecided=undecided, seen=seen)


def _header_shape(sample: str, delimiter: str, role: Role) -> Shape:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        return _shape(next(reader, []), delimiter, role)
    except csv.Error:
        return _shape([], delimiter, role)


def _shape(header: Sequence[str], delimiter: str, role: Role) -> Shape:
    """Return the shape of a header: the names that its columns have in the likeliest data set."""
    described = [(each.name, file) for each in DATA_SETS if (file := each.file(role.name))]
    known = {_key(field) for field in header}

    def likeness(item: tuple[str, DescribedFile]) -> int:
        return sum(1 if _key(column) in known else -1 for column in item[1].columns)

    data_set, file = max(described, key=likeness)
    names = {_key(column): column for column in (*role.columns, *file.columns)}
    names |= {_key(own): column for column, own in file.renamed.items()}
    columns: list[str] = []
    for own in header:
        name = names.get(_key(own), own.strip())
        # Another column has that very name.
        taken = name != own and (name in header or name in columns)
        columns.append(own if taken else name)
    lacks = [column for column in role.columns if column not in columns]
    return Shape(header, columns, lacks, data_set, delimiter)


def _key(column: str) -> str:
    return re.sub(r"[\s.-]+", "_", column.strip().casefold())


def _check_header(name: str, shape: Shape, role: Role) -> None:
    missing = [column for column in role.required if column in shape.lacks]
    if missing:
        found = ", ".join(filter(None, shape.columns)) or "nothing"
        if len(found) > _MAX_SHOWN_LENGTH:
            found = f"{found[:_MAX_SHOWN_LENGTH]}…"
        raise RawInputError(
            f"{name} has no column {', '.join(missing)}: its first line, read with "
            f"{_DELIMITERS[shape.delimiter]} between fields, names {found}. Name the columns there "
            f"as {DATA_SETS[0].name} does; {', '.join(role.required)} must be among them"
        )
    if len(shape.header) > MAX_COLUMNS:
        raise RawInputError(
            f"{name} has {len(shape.header):,} columns, and may have {MAX_COLUMNS}: leave "
            "out those that are not of the films"
        )
    counts = Counter(filter(None, shape.columns))
    twice = [column for column, count in counts.items() if count > 1]
    if twice:
        raise RawInputError(f"{name} has more than one column {', '.join(twice)}")


def _sample_rows(sample: str, shape: Shape, *, whole: bool) -> list[list[str]]:
    """Return the records of a sample but its header; none after one that cannot be read."""
    lines = map(shape.unescape, io.StringIO(sample, newline=""))
    rows: list[list[str]] = []
    try:
        rows.extend(csv.reader(lines, delimiter=shape.delimiter, strict=True))
    except csv.Error:
        return rows[1:]
    # The last one may go on.
    return rows[1:] if whole else rows[1:-1]


def _fitting(rows: Sequence[Sequence[str]], width: int) -> int:
    return sum(len(row) == width for row in rows)


def _are_names(cells: Sequence[str]) -> bool:
    """Return whether cells that should be nested are plain names."""
    filled = [cell for cell in cells if not is_no_list(cell)]
    return bool(filled) and not any(map(_NESTED.match, filled))


def _names_to_json(cell: str) -> str:
    if is_no_list(cell) or _NESTED.match(cell):
        return cell
    names = map(str.strip, _BETWEEN_NAMES.split(cell))
    return _ENCODE([name for name in names if name]).decode()


def _name_to_json(cell: str) -> str:
    if is_no_list(cell) or _NESTED.match(cell):
        return cell
    return _ENCODE({"name": cell}).decode()


def _number_form(texts: Sequence[str]) -> str:
    """Return how numbers with commas are written, one of `_NUMBER_FORMS`; empty without any."""
    commas = [text for text in texts if _COMMA_NUMBER.fullmatch(text)]
    if any(not _THOUSANDS.fullmatch(text) for text in commas):
        return _DECIMAL_COMMAS
    return _THOUSANDS_COMMAS if any(map(_THOUSANDS.fullmatch, texts)) else ""


def _from_decimal_comma(text: str) -> str:
    dots = "," in text or text.count(".") > 1
    return (text.replace(".", "") if dots else text).replace(",", ".")


def _without_commas(text: str) -> str:
    return text.replace(",", "")


_DECIMAL_COMMAS, _THOUSANDS_COMMAS = "decimal commas", "commas between thousands"
_NUMBER_FORMS = {_DECIMAL_COMMAS: _from_decimal_comma, _THOUSANDS_COMMAS: _without_commas}


def _to_iso(text: str, *, day_first: bool) -> str:
    found = _DATE.fullmatch(text.strip())
    if not found:
        return text
    day, month = (found[1], found[3]) if day_first else (found[3], found[1])
    # What is no date stays as it is, to be set aside.
    return f"{found[4]}-{month}-{day}" if int(month) <= _MONTHS else text
