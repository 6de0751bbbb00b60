#!/usr/bin/env bash
# numpy 2.5.5: np.unique of many different integers takes several times as long as np.unique of the
# same with return_counts=True, which does more and gives the same values.
#
# Asked for the values alone, it puts them into a hash table; asked for counts, inverse or index as
# well, it sorts. Where most values differ, as in keys put together from two columns, the table is
# the slow way, and to sort and compare neighbours oneself is as fast as return_counts=True. Each
# way is timed three times in turns, in CPU seconds, and the least of each counts.
#
# Output seen (two million integers below 2^40):
#   same values: True
#   np.unique takes more than twice as long: True
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.5.5
"$work/venv/bin/python" - <<'PYTHON'
import time

import numpy as np

keys = np.random.default_rng(1).integers(0, 2**40, 2_000_000)


def seconds(work):
    before = time.process_time()
    work()
    return time.process_time() - before


alone, counted = [], []
for _ in range(3):
    alone.append(seconds(lambda: np.unique(keys)))
    counted.append(seconds(lambda: np.unique(keys, return_counts=True)))
same = bool((np.unique(keys) == np.unique(keys, return_counts=True)[0]).all())
slower = min(alone) > 2 * min(counted)
print(f"same values: {same}")
print(f"np.unique takes more than twice as long: {slower}")
assert same and slower
PYTHON
