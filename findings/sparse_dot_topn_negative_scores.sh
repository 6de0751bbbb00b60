#!/usr/bin/env bash
# sparse_dot_topn 1.2.0 (with scipy 1.18.1, numpy 2.5.5): whether negative scores are returned depends
# on `top_n` and `sort`, although `threshold` is left at None.
#
# sp_matmul_topn(A, B, top_n) keeps the top_n largest products of each row. For a matrix of 3 columns:
#   top_n=2            negative products are dropped; a row with only negative ones comes back empty
#   top_n=3            all products are returned, negative ones too
#   top_n=3, sort=True negative products are dropped again: the same rows, other contents
#   top_n=2, threshold=-10   negative products are returned
# One would expect `threshold=None` to mean no threshold, and `sort` to change the order alone. A caller
# with signed scores (centred ratings, latent factors) must pass a threshold below all of them.
#
# Output seen:
#   top_n=2                 [[], [2, 5], []]   (the order within a row varies without sort)
#   top_n=3                 [[-2, -3, -1], [2, -1, 5], [-2]]
#   top_n=3, sort           [[], [5, 2], []]
#   top_n=2, threshold=-10  [[-2, -1], [2, 5], [-2]]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
	sparse-dot-topn==1.2.0 scipy==1.18.1 numpy==2.5.5
"$work/venv/bin/python" - <<'PYTHON'
import numpy as np
from scipy.sparse import csr_matrix
from sparse_dot_topn import sp_matmul_topn

scores = csr_matrix(np.array([[-1.0, -3.0, -2.0], [5.0, -1.0, 2.0], [0.0, -2.0, 0.0]]))
identity = csr_matrix(np.eye(3))


def kept(**options):
    found = sp_matmul_topn(scores, identity, **options)
    return [
        [int(x) for x in found.data[found.indptr[row] : found.indptr[row + 1]]] for row in range(3)
    ]


seen = {
    "top_n=2": kept(top_n=2),
    "top_n=3": kept(top_n=3),
    "top_n=3, sort": kept(top_n=3, sort=True),
    "top_n=2, threshold=-10": kept(top_n=2, threshold=-10.0),
}
for call, rows in seen.items():
    print(f"{call:23} {rows}")
ordered = {call: [sorted(row) for row in rows] for call, rows in seen.items()}
assert ordered == {
    "top_n=2": [[], [2, 5], []],
    "top_n=3": [[-3, -2, -1], [-1, 2, 5], [-2]],
    "top_n=3, sort": [[], [2, 5], []],
    "top_n=2, threshold=-10": [[-2, -1], [2, 5], [-2]],
}
PYTHON
