#!/usr/bin/env bash
# pyarrow 26.0.1: the number that invalid_row_handler is given of a bad CSV row is no line number.
#
# InvalidRow.number is said to be the physical row number. Empty lines, which are passed over by
# default, do not count, and a record with a newline between quotes counts once: the number is that
# of the record among those that are not empty. So in a file that has either, a message that names
# "row 4" points at another line than the bad one, and nothing tells by how much. The file's own
# lines have to be counted beside Arrow.
#
# Output seen:
#   the bad record is on line 6; Arrow says 4
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyarrow==26.0.1
"$work/venv/bin/python" - <<'PYTHON'
import pyarrow as pa
from pyarrow import csv

text = 'id,title\n1,One\n\n2,"Two\nlines"\n3\n'
numbers = []


def note(row):
    numbers.append(row.number)
    return "skip"


csv.read_csv(
    pa.BufferReader(text.encode()),
    csv.ReadOptions(use_threads=False),
    csv.ParseOptions(newlines_in_values=True, invalid_row_handler=note),
)
line = text.split("\n").index("3") + 1
print(f"the bad record is on line {line}; Arrow says {numbers[0]}")
assert (line, numbers) == (6, [4])
PYTHON
