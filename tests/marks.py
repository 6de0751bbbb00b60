"""What some tests cannot do without, and are passed over where it is not."""

from importlib.util import find_spec

import pytest

SPARSE_PRODUCTS = find_spec("sparse_dot_topn") is not None
needs_sparse_products = pytest.mark.skipif(
    not SPARSE_PRODUCTS, reason="sparse_dot_topn has no wheel for this machine"
)
