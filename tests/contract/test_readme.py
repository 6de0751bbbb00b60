"""Every answer that the README shows is the answer."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.contract.conftest import Caller

pytestmark = pytest.mark.skipif("RAW" in os.environ, reason="the README shows the sample")

# An answer is one line, or an object laid out over several; what is posted stands on a line.
_EXAMPLE = re.compile(
    r'^\$ curl "?http://127\.0\.0\.1:3000(?P<path>[^"\s]+)"?'
    r"(?: -d \\\n  '(?P<posted>[^'\n]+)')?"
    r"\n(?P<body>\{\n.*?\n\}|\{[^\n]+\})$",
    re.MULTILINE | re.DOTALL,
)


def test_every_example_is_answered_as_shown(get: Caller, pytestconfig: pytest.Config) -> None:
    readme = (pytestconfig.rootpath / "README.md").read_text()
    examples = _EXAMPLE.findall(readme)

    assert len(examples) == readme.count("$ curl") > 0
    for path, posted, body in examples:
        shown = get(path, "POST" if posted else "GET", body=posted.encode())
        assert shown.body == json.loads(body)
