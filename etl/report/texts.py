"""The report's words, in Spanish and in English, and how each language writes numbers."""

from __future__ import annotations

import string
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, override

from babel import Locale
from babel.numbers import format_compact_decimal, format_decimal, parse_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from babel.numbers import NumberPattern

# By group and key; each text is a mapping of `es` and `en`.
TEXTS: Mapping[str, Any] = tomllib.loads(Path(__file__).with_name("texts.toml").read_text())
_MILLION = 1_000_000
_NO_BREAK = "\N{NO-BREAK SPACE}"


class Bilingual(NamedTuple):
    """The same in Spanish and in English."""

    es: str
    en: str

    def fill(self, facts: object = None, **figures: object) -> Bilingual:
        """Return both texts with their fields filled in; see `texts.toml` for how they are written.

        Parameters
        ----------
        facts
            What has a field as an attribute, where `figures` has none of its name.
        **figures
            By field; a `Bilingual` is written in the language of the text.
        """
        return both(lambda own: own.vformat(own.translate(self), (facts,), figures))


class Language(string.Formatter):
    """One of the report's languages: its code is `es` or `en`."""

    def __init__(self, code: str) -> None:
        self.code = code
        # Parsed once, not for each number.
        self._locale = Locale(code)

    def translate(self, both: Bilingual) -> str:
        """Return a text in this language."""
        return both.es if self.code == "es" else both.en

    @override
    def get_value(
        self, key: int | str, args: Sequence[object], kwargs: Mapping[str, object]
    ) -> object:
        return kwargs[str(key)] if key in kwargs else getattr(args[0], str(key))

    @override
    def format_field(self, value: Any, format_spec: str) -> str:
        if value is None:
            return "–"
        if isinstance(value, Bilingual):
            return self.translate(value)
        if format_spec.startswith("."):
            return self.number(value, int(format_spec[1:]))
        kinds = {"#": self.number, "%": self.share, "$": self.money}
        return kinds[format_spec](value) if format_spec else str(value)

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a number.

        Parameters
        ----------
        value
            The number.
        decimals
            How many decimals it is rounded to; zeros at the end are left out.
        """
        return format_decimal(value, _pattern(decimals), locale=self._locale)

    def share(self, value: float) -> str:
        """Write a share from 0 to 1 in per cent."""
        return self.number(value * 100, 1) + (f"{_NO_BREAK}%" if self.code == "es" else "%")

    def money(self, value: float) -> str:
        """Write an amount of dollars, millions with three significant digits."""
        if value < _MILLION:
            unit = {"es": ("dólar", "dólares"), "en": ("dollar", "dollars")}[self.code]
            return f"{self.number(value)}{_NO_BREAK}{unit[value != 1]}"
        # Rounded before it is written: 1.001 million is 1 million, and in Spanish in the singular.
        millions = format_compact_decimal(
            float(f"{value:.3g}"), format_type="long", locale=self._locale, fraction_digits=2
        )
        return f"{millions} {'de dólares' if self.code == 'es' else 'dollars'}"

    def magnitude(self, value: float) -> str:
        """Write a power of ten for an axis, as briefly as can be."""
        if value < 1:
            return self.number(value, 9)
        return format_compact_decimal(value, locale=self._locale)


@cache
def _pattern(decimals: int) -> NumberPattern:
    return parse_pattern(f"#,##0.{'#' * decimals}" if decimals else "#,##0")


ES, EN = Language("es"), Language("en")


def both(write: Callable[[Language], str]) -> Bilingual:
    """Return what is written in each language."""
    return Bilingual(write(ES), write(EN))


def same(text: str) -> Bilingual:
    """Return what is called the same in both languages."""
    return Bilingual(text, text)


def number(value: float, decimals: int = 0) -> Bilingual:
    """Return a number as each language writes it.

    Parameters
    ----------
    value, decimals
        As `Language.number` takes them.
    """
    return both(lambda language: language.number(value, decimals))


def text(group: str, key: str) -> Bilingual:
    """Return a text of `texts.toml`.

    Parameters
    ----------
    group
        Its table there.
    key
        Its name in that table.
    """
    return Bilingual(**TEXTS[group][key])
