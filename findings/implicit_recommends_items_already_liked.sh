#!/usr/bin/env bash
# implicit 0.7.3: recommend(..., filter_already_liked_items=True) of an item-item recommender returns
# items that the user has already liked, with the score 0, when it runs out of others.
#
# A user has one item of three; two more are asked for. One has a neighbour in common and comes first.
# The other has none, so it is no candidate, and the second place goes to the item that the user already
# has, rather than to nothing or to the unseen item. The true score of that item was the highest; only
# the 0 tells. Whoever takes the items and leaves the scores recommends people what they have seen.
# The factor models of the same library (ALS) return unseen items alone.
#
# Output seen:
#   item-item: [(2, 0.667), (0, 0.0)]   the user already has item 0
#   ALS: items [1, 2]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
	implicit==0.7.3 scipy==1.18.1 numpy==2.5.5
OPENBLAS_NUM_THREADS=1 "$work/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import CosineRecommender
from scipy.sparse import csr_matrix

users = csr_matrix(np.array([[1.0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 0, 0]]))
neighbours = CosineRecommender(K=2)
neighbours.fit(users, show_progress=False)
items, scores = neighbours.recommend(3, users[3], N=2, filter_already_liked_items=True)
found = [(int(item), round(float(score), 3)) for item, score in zip(items, scores, strict=True)]
print(f"item-item: {found}   the user already has item 0")

factors = AlternatingLeastSquares(factors=2, random_state=1, num_threads=1)
factors.fit(users, show_progress=False)
items, _ = factors.recommend(3, users[3], N=2, filter_already_liked_items=True)
print(f"ALS: items {sorted(int(item) for item in items)}")

assert found[0][0] == 2 and found[1] == (0, 0.0), found
assert sorted(int(item) for item in items) == [1, 2]
PYTHON
