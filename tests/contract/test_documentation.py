"""Every answer that the documentation shows is the answer."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest

from tests.documentation import PAGES, page

if TYPE_CHECKING:
    from tests.callers import Caller

pytestmark = pytest.mark.skipif("RAW" in os.environ, reason="the documentation shows the sample")

# An answer is one line, or an object laid out over several; what is posted stands on a line.
_EXAMPLE = re.compile(
    r'^\$ curl "?http://127\.0\.0\.1:3000(?P<path>[^"\s]+)"?'
    r"(?: -d \\\n  '(?P<posted>[^'\n]+)')?"
    r"\n(?P<body>\{\n.*?\n\}|\{[^\n]+\})$",
    re.MULTILINE | re.DOTALL,
)


@pytest.mark.parametrize("name", [name for name in PAGES if "$ curl" in page(name)])
def test_every_example_is_answered_as_shown(get: Caller, name: str) -> None:
    shown_here = page(name)
    examples = _EXAMPLE.findall(shown_here)

    assert len(examples) == shown_here.count("$ curl")
    for path, posted, body in examples:
        shown = get(path, "POST" if posted else "GET", body=posted.encode())
        assert shown.body == json.loads(body)
