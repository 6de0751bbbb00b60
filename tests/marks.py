"""What some tests cannot do without, and are passed over where it is not."""

from importlib.util import find_spec

import pytest

needs_sparse_products = pytest.mark.skipif(
    find_spec("sparse_dot_topn") is None, reason="sparse_dot_topn has no wheel for this machine"
)
