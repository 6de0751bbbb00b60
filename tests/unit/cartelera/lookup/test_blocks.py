"""Blocks, as they are read."""

from __future__ import annotations

import pytest

from cartelera.lookup.blocks import lines_of


@pytest.mark.parametrize("block", [b"", b"[]", b"[1]\n[2]", b'["a\\n"]\n\n[]', b"[1]\r\x0b\n[2]"])
def test_a_block_has_the_lines_between_its_newlines_and_at_least_one(block: bytes) -> None:
    assert [line.removesuffix(b"\n") for line in lines_of(block)] == block.split(b"\n")
