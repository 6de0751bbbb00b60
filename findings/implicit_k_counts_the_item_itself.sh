#!/usr/bin/env bash
# implicit 0.7.3: the K of its item-item recommenders counts the item itself.
#
# With CosineRecommender(K=1), "the number of neighbours to include when calculating the item-item
# similarity matrix", an item's only neighbour is itself: similar_items returns nothing else, and no
# unseen item gets a score. K=2 is one neighbour. In the textbooks (Sarwar et al., 2001) and in other
# libraries k neighbours do not include the item, so figures for "the same k" are not comparable.
#
# Output seen:
#   K=1: similar to item 0: [0]
#   K=2: similar to item 0: [0, 2]
#   K=3: similar to item 0: [0, 2, 1]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
	implicit==0.7.3 scipy==1.18.1 numpy==2.5.5
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
from implicit.nearest_neighbours import CosineRecommender
from scipy.sparse import csr_matrix

# Four users, three items; every two items have a user in common.
users = csr_matrix(np.array([[1.0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]]))
seen = {}
for k in (1, 2, 3):
    recommender = CosineRecommender(K=k)
    recommender.fit(users, show_progress=False)
    seen[k] = [int(item) for item in recommender.similar_items(0, N=3)[0]]
    print(f"K={k}: similar to item 0: {seen[k]}")
assert seen == {1: [0], 2: [0, 2], 3: [0, 2, 1]}
PYTHON
