"""How wide texts are, and what is left of those without room."""

from __future__ import annotations

import pytest

from etl.report.drawing.font import fit, text_width


def test_widths_are_those_of_liberation_sans() -> None:
    # W 944, i 222 and a space 278 thousandths; in bold 944 and 278.
    assert text_width("Wi ", 10) == pytest.approx(14.44)
    assert text_width("Wi", 10, bold=True) == pytest.approx(12.22)


@pytest.mark.parametrize(("accented", "plain"), [("áéñüÇ", "aenuC"), ("Ångström", "Angstrom")])
def test_accents_take_no_room(accented: str, plain: str) -> None:
    assert text_width(accented, 13) == text_width(plain, 13)


def test_letters_of_east_asia_are_as_wide_as_high() -> None:
    assert text_width("千と千尋", 20) == 80


def test_a_text_without_room_ends_in_an_ellipsis_within_its_limit() -> None:
    whole = "Twentieth Century Fox Film Corporation"

    cut = fit(whole, 13, 120)

    assert cut.endswith("…")
    assert whole.startswith(cut[:-1])
    assert 100 < text_width(cut, 13) <= 120
    assert fit(whole, 13, 300) == whole
