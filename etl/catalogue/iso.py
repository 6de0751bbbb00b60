"""What languages and countries are called: by ISO code, in Spanish and in English.

The names of today's are those of the CLDR (Unicode's Common Locale Data Repository), as Babel
brings it; countries that are no more come from ISO 3166-3, as pycountry has it.
"""

from __future__ import annotations

import gettext
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pycountry
from babel import Locale

from cartelera.contract.names import compact, key

if TYPE_CHECKING:
    from collections.abc import Iterator

# TMDB's own codes, and codes that ISO has given twice: here, what they stand for.
_LANGUAGES = {"cn": "yue", "xx": "zxx"}
_FORMER = {"XC": "CSHH", "XG": "DDDE", "CS": "CSXX"}
# What people call a country that ISO lists by its title only.
_USUAL = {"DDDE": "Alemania Oriental", "SUHH": "Unión Soviética"}
# What people say and no list has.
_COLLOQUIAL = {
    "es": ("castellano",),
    "zh": ("mandarín", "Mandarin"),
    "GB": ("UK", "Gran Bretaña", "Great Britain", "Inglaterra", "England"),
    "NL": ("Holanda", "Holland"),
    "SU": ("Unión de Repúblicas Socialistas Soviéticas", "Union of Soviet Socialist Republics"),
    "US": ("EE. UU.",),
    "XG": ("RDA",),
}


class Known(NamedTuple):
    """What something is called in Spanish and English, None where not known, and any other way."""

    name: str | None
    others: tuple[str, ...]
    english: str | None = None


UNKNOWN = Known(None, ())


def language(code: str) -> Known:
    """Return the names of a language by its ISO 639-1 code, or TMDB's own."""
    spanish, english = _locales()
    known = _LANGUAGES.get(code, code)
    iso = pycountry.languages.get(alpha_2=known)
    in_english = english.languages.get(known)
    return _known(
        spanish.languages.get(known),
        in_english,
        known,
        iso.alpha_3 if iso else None,
        *_COLLOQUIAL.get(code, ()),
    )._replace(english=in_english)


def country(code: str) -> Known:
    """Return the names of a country by its ISO 3166-1 code, a former one, or TMDB's own."""
    today = None if code in _FORMER else pycountry.countries.get(alpha_2=code)
    if today is None:
        return _former(code)
    spanish, english = _locales()
    names = list(_names_of(today, "iso3166-1"))
    name = spanish.territories.get(code)
    # "RAE de Hong Kong (China)": ISO says it more briefly.
    shown = names[1] if name is None or "(" in name else name
    in_english = english.territories.get(code)
    return _known(
        shown, name, in_english, today.alpha_3, *names, *_COLLOQUIAL.get(code, ())
    )._replace(english=in_english if shown == name else today.name)


def _former(code: str) -> Known:
    four_letters = _FORMER.get(code)
    for former in pycountry.historic_countries:
        if former.alpha_4 == four_letters or (four_letters is None and former.alpha_2 == code):
            in_spanish = next(_spoken(_spanish("iso3166-3").gettext(former.name)))
            return _known(
                _USUAL.get(former.alpha_4, in_spanish),
                in_spanish,
                former.alpha_3,
                *(spoken for name in _names_of(former, "iso3166-3") for spoken in _spoken(name)),
                *_COLLOQUIAL.get(code, ()),
            )
    return UNKNOWN


def _spoken(name: str) -> Iterator[str]:
    """Yield a name like "Zaire, Republic of" as it is said: in short, and at full length.

    Not in short where another country goes by that: "Alemania, República Democrática de".
    """
    short, comma, title = name.partition(", ")
    if not comma or compact(key(short)) not in _todays():
        yield short
    if comma:
        yield f"{title} {short}"


def _names_of(record: object, domain: str) -> Iterator[str]:
    """Yield what ISO calls a country, each name in English and then in Spanish."""
    translate = _spanish(domain).gettext
    for field in ("name", "common_name", "official_name"):
        name = getattr(record, field, None)
        if name:
            yield name
            yield translate(name)


def _known(name: str | None, *others: str | None) -> Known:
    return Known(name, tuple(dict.fromkeys(other for other in (name, *others) if other)))


@cache
def _locales() -> tuple[Locale, Locale]:
    return Locale("es"), Locale("en")


@cache
def _todays() -> frozenset[str]:
    """Return the keys of what today's countries are called."""
    names = (name for locale in _locales() for name in locale.territories.values())
    return frozenset(compact(key(name)) for name in names)


@cache
def _spanish(domain: str) -> gettext.NullTranslations:
    return gettext.translation(domain, pycountry.LOCALES_DIR, languages=["es"])
