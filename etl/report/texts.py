"""The report's words, in Spanish and in English, and how each language writes numbers."""

from __future__ import annotations

import string
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from babel.numbers import format_decimal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from etl.report.facts import Bilingual

_TEXTS = Path(__file__).parent / "texts.toml"
_BILLION = 1_000_000_000
_MILLION = 1_000_000
_THOUSAND = 1_000
# From here on a million's tenths say nothing.
_HUNDRED_MILLION = 100_000_000
_NO_BREAK = "\N{NO-BREAK SPACE}"


class Language(string.Formatter):
    """One of the report's languages.

    Attributes
    ----------
    code
        `es` or `en`.
    """

    def __init__(self, code: str) -> None:
        self.code = code

    def name(self, both: Bilingual) -> str:
        """Return what something is called."""
        return cast("str", getattr(both, self.code))

    def has(self, *place: str) -> bool:
        """Tell whether there is a text at a place of `texts.toml`."""
        return _at(place) is not None

    def say(self, *place: str, **figures: object) -> str:
        """Return the text at a place of `texts.toml`, with its figures filled in.

        Raises
        ------
        KeyError
            When there is none, or a figure it names is not given.
        """
        text = _at(place)
        if text is None:
            raise KeyError(".".join(place))
        return self.vformat(text[self.code], (), figures)

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 (Formatter's)
        """Write a figure as this language does; `texts.toml` says which kinds there are."""
        if format_spec == "#":
            return self.number(value)
        if format_spec == "%":
            return self.share(value)
        if format_spec == "$":
            return self.money(value)
        if format_spec.startswith("."):
            return self.number(value, int(format_spec[1:]))
        return str(value)

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a number with at most so many decimals."""
        pattern = f"#,##0.{'#' * decimals}" if decimals else "#,##0"
        return format_decimal(value, pattern, locale=self.code)

    def share(self, value: float) -> str:
        """Write a share of 0 to 1 in per cent."""
        sign = f"{_NO_BREAK}%" if self.code == "es" else "%"
        return self.number(value * 100, 1) + sign

    def money(self, value: float) -> str:
        """Write an amount of dollars as one says it."""
        if self.code == "en" and value >= _BILLION:
            return f"{self.number(value / _BILLION, 2)}{_NO_BREAK}billion dollars"
        if value >= _MILLION:
            decimals = 0 if value >= _HUNDRED_MILLION else 1
            millions = self.number(value / _MILLION, decimals)
            of_dollars = "million dollars" if self.code == "en" else "millones de dólares"
            if millions == "1" and self.code == "es":
                of_dollars = "millón de dólares"
            return f"{millions}{_NO_BREAK}{of_dollars}"
        unit = {"es": ("dólar", "dólares"), "en": ("dollar", "dollars")}[self.code]
        return f"{self.number(value)}{_NO_BREAK}{unit[value != 1]}"

    def magnitude(self, value: float) -> str:
        """Write a power of ten for an axis, as briefly as can be."""
        if value < 1:
            return self.number(value, 9)
        steps: tuple[tuple[int, str], ...] = ((_MILLION, " M"), (_THOUSAND, " mil"))
        if self.code == "en":
            steps = ((_BILLION, "B"), (_MILLION, "M"), (_THOUSAND, "K"))
        for step, sign in steps:
            if value >= step:
                return f"{self.number(value / step)}{sign.replace(' ', _NO_BREAK)}"
        return self.number(value)


ES, EN = Language("es"), Language("en")
LANGUAGES = (ES, EN)


@cache
def texts() -> Mapping[str, Any]:
    """Return all of `texts.toml`; every text is a mapping of `es` and `en`."""
    return tomllib.loads(_TEXTS.read_text())


def _at(place: tuple[str, ...]) -> Mapping[str, str] | None:
    found: Any = texts()
    for key in place:
        found = found.get(key)
        if found is None:
            return None
    return cast("Mapping[str, str]", found)
