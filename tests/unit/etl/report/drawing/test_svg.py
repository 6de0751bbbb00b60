"""SVG as text."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from etl.report.drawing.svg import decimal, document, element, text_element
from etl.report.texts import EN, Language

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE = "</text><script>&amp; \"'"


class Drawing:
    height = 50.0

    def elements(self, _: Language) -> Iterator[str]:
        yield text_element(HOSTILE, 10, 20)


@pytest.mark.parametrize(
    ("value", "written"), [(1, "1"), (12.345, "12.3"), (-0.04, "0"), (400.0, "400"), (0.25, "0.2")]
)
def test_numbers_of_pixels_are_short(value: float, written: str) -> None:
    assert decimal(value) == written


def test_an_element_has_its_attributes_as_svg_names_them() -> None:
    assert element("path", d="M0 0", stroke_width=2) == '<path d="M0 0" stroke-width="2"/>'
    assert element("g", "<a/>", id='"') == '<g id="&#34;"><a/></g>'


def test_a_document_says_what_it_is_and_holds_any_text_as_it_is() -> None:
    root = ET.fromstring(document(Drawing(), EN, "it", HOSTILE, f"{HOSTILE}!"))  # noqa: S314

    title, description, paper, body = root
    assert root.get("viewBox") == "-4 -4 408 58"
    assert (title.text, description.text) == (HOSTILE, f"{HOSTILE}!")
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert (paper.get("width"), paper.get("height")) == ("408", "58")
    assert [each.text for each in body] == [HOSTILE]
