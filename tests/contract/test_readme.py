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

# An answer is one line, or an object laid out over several.
_EXAMPLE = re.compile(
    r'^\$ curl "?http://127\.0\.0\.1:3000(?P<path>[^"\s]+)"?\n(?P<body>\{\n.*?\n\}|\{[^\n]+\})$',
    re.MULTILINE | re.DOTALL,
)


def test_every_example_is_answered_as_shown(get: Caller, pytestconfig: pytest.Config) -> None:
    readme = (pytestconfig.rootpath / "README.md").read_text()
    examples = _EXAMPLE.findall(readme)

    assert len(examples) == readme.count("$ curl") > 0
    for path, body in examples:
        assert get(path).body == json.loads(body)
