"""What genres, languages, countries, months and days are called, in Spanish and in English.

The names of the calendar and of today's languages and countries are those of the CLDR (Unicode's
Common Locale Data Repository), as Babel has it, but for the few that the TOML file beside this has;
former countries come from ISO 3166-3, as pycountry has it. ISO's Spanish names of today's
countries, some of them misspelt, find them and are never shown.
"""

from __future__ import annotations

import gettext
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pycountry
from babel import Locale

from cartelera.contract.names import compact, key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_COLLOQUIAL: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text("utf-8")
)
# The Spanish names of countries that are not the CLDR's or ISO's.
_USUAL: dict[str, str] = _COLLOQUIAL["usual"]
# TMDB's own codes, and codes that ISO has used twice: here, what they stand for.
_LANGUAGES = {"cn": "yue", "xx": "zxx"}
_FORMER = {"XC": "CSHH", "XG": "DDDE", "CS": "CSXX"}


class LocalizedNames(NamedTuple):
    """The Spanish and the English name of something, None where unknown, and all its aliases."""

    name: str | None
    others: tuple[str, ...]
    english: str | None = None


UNNAMED = LocalizedNames(None, ())


def genre_names(genre: str) -> LocalizedNames:
    """Return the names of a genre by TMDB's."""
    name, *others = _COLLOQUIAL["genres"].get(genre, [None])
    return LocalizedNames(name, (genre, *filter(None, others)))


def language_names(code: str) -> LocalizedNames:
    """Return the names of a language by its ISO 639-1 code, or TMDB's own."""
    spanish, english = _locales()
    known = _LANGUAGES.get(code, code)
    iso = pycountry.languages.get(alpha_2=known)
    in_english = english.languages.get(known)
    codes = (known, iso.alpha_3 if iso else None)
    others = (in_english, *codes, *_COLLOQUIAL["languages"].get(code, ()))
    return _names(spanish.languages.get(known), *others)._replace(english=in_english)


def country_names(code: str) -> LocalizedNames:
    """Return the names of a country by its ISO 3166-1 code, a former one, or TMDB's own."""
    colloquial = _COLLOQUIAL["countries"].get(code, ())
    today = None if code in _FORMER else pycountry.countries.get(alpha_2=code)
    if today is None:
        return _former_country(code, colloquial)
    name, in_english = (locale.territories[today.alpha_2] for locale in _locales())
    others = (name, in_english, today.alpha_3, *_iso_names(today, "iso3166-1"), *colloquial)
    shown = _names(_USUAL.get(code, name), *others)
    # "Hong Kong SAR China": ISO has a shorter one.
    return shown._replace(english=today.name if "(" in name else in_english)


def country_code(name: str) -> str | None:
    """Return the code of a country by one of its names, None where nobody calls it that."""
    return _codes_by_key().get(compact(key(name)))


def calendar_names(units: Literal["months", "days"]) -> list[tuple[str, str, str]]:
    """Return the number, the Spanish and the English name of each month, or day from Monday."""
    spanish, english = (getattr(locale, units)["format"]["wide"] for locale in _locales())
    return [(str(number), spanish[number], english[number]) for number in sorted(spanish)]


def _former_country(code: str, colloquial: Sequence[str]) -> LocalizedNames:
    four_letters, usual = _FORMER.get(code), _USUAL.get(code)
    for former in pycountry.historic_countries:
        if former.alpha_4 == four_letters or (four_letters is None and former.alpha_2 == code):
            in_spanish = next(_spoken(_translations("iso3166-3").gettext(former.name)))
            return _names(
                usual or in_spanish,
                in_spanish,
                former.alpha_3,
                *(spoken for name in _iso_names(former, "iso3166-3") for spoken in _spoken(name)),
                *colloquial,
            )
    return _names(usual, *colloquial)


def _spoken(name: str) -> Iterator[str]:
    """Yield a name like "Zaire, Republic of" as it is spoken: in short, and in full.

    Not in short where another country has that name: "Alemania, República Democrática de".
    """
    short, comma, title = name.partition(", ")
    if not comma or compact(key(short)) not in _keys_of_today():
        yield short
    if comma:
        yield f"{title} {short}"


def _iso_names(record: object, domain: str) -> Iterator[str]:
    """Yield a country's names in ISO, each in English and then in Spanish."""
    for field in ("name", "common_name", "official_name"):
        name = getattr(record, field, None)
        if name:
            yield name
            yield _translations(domain).gettext(name)


def _names(name: str | None, *others: str | None) -> LocalizedNames:
    return LocalizedNames(name, tuple(dict.fromkeys(filter(None, (name, *others)))))


@cache
def _locales() -> tuple[Locale, Locale]:
    return Locale("es"), Locale("en")


@cache
def _keys_of_today() -> frozenset[str]:
    """Return the keys of the names of today's countries."""
    names = (name for locale in _locales() for name in locale.territories.values())
    return frozenset(compact(key(name)) for name in names)


@cache
def _codes_by_key() -> dict[str, str]:
    """Return the codes of countries by the keys of their names; today's go before former ones."""
    codes = [
        *(today.alpha_2 for today in pycountry.countries),
        *_FORMER,
        *(former.alpha_2 for former in pycountry.historic_countries),
    ]
    by_key = {compact(key(name)): code for name, code in _COLLOQUIAL["names_of_tmdb"].items()}
    for code in codes:
        for name in country_names(code).others:
            by_key.setdefault(compact(key(name)), code)
    return by_key


@cache
def _translations(domain: str) -> gettext.NullTranslations:
    return gettext.translation(domain, pycountry.LOCALES_DIR, languages=["es"])
