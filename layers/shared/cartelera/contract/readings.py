"""How the name of a film may be read when no film has exactly that name.

People type "Rocky 2", "Dark Knight, The (2008)", "Terminator" or "Cats and Dogs". A *reading* is
what may be meant by it. Names that are the same but for their numerals, their "and" and their
leading article have a *reading key* in common: the job writes those of all names, and the
functions look up those of what was typed. Exact names come before: see `cartelera.films.by_title`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cartelera.contract.names import key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

# By language: what a name may begin with, and be known without.
ARTICLES = {
    "en": frozenset(("the", "a", "an")),
    "es": frozenset(("el", "la", "los", "las", "lo", "un", "una", "unos", "unas")),
    "fr": frozenset(("le", "la", "les", "l", "un", "une")),
    "de": frozenset(("der", "die", "das", "ein", "eine")),
    "it": frozenset(("il", "lo", "la", "i", "gli", "le", "l", "un", "uno", "una")),
    "pt": frozenset(("o", "a", "os", "as", "um", "uma")),
}
# Of any language, but those that are words of English titles: "Die Hard", "As Good as It Gets".
ANY_ARTICLES = frozenset().union(*ARTICLES.values()) - {"as", "die", "i"}
# What is as good as "&", which no key has.
_AND = frozenset(("and", "y"))
_PART = frozenset(("part", "parte", "vol", "volume", "volumen"))
# "I" is a pronoun more often.
_ROMAN = "ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx"
_ENGLISH = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
)
_SPANISH = (
    "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
    "dieciseis diecisiete dieciocho diecinueve veinte veintiuno veintidos veintitres "
    "veinticuatro veinticinco veintiseis veintisiete veintiocho veintinueve"
)
_TENS = (
    "thirty forty fifty sixty seventy eighty ninety",
    "treinta cuarenta cincuenta sesenta setenta ochenta noventa",
)
_HUNDRED = 100
_NUMBERS = (
    {word: value for words in (_ENGLISH, _SPANISH) for value, word in enumerate(words.split(), 1)}
    | {word: value * 10 for words in _TENS for value, word in enumerate(words.split(), 3)}
    | {"hundred": _HUNDRED, "cien": _HUNDRED, "ciento": _HUNDRED, "thousand": 1000, "mil": 1000}
)
# As first words they are most often no numbers, nor after an article: "Once Upon a Time", "V for
# Vendetta", "The X Files".
_LATER_NUMBERS = {word: value for value, word in enumerate(_ROMAN.split(), 2)} | {
    "once": _NUMBERS.pop("once")
}

# What people write out, or do not.
_WRITTEN_OUT = {"dr": "doctor", "mr": "mister", "vs": "versus"}

# Keys without any of these are as they should be.
REWRITTEN = frozenset().union(_AND, _PART, _NUMBERS, _LATER_NUMBERS, _WRITTEN_OUT)

# Of a film at IMDb.
IMDB_ID = r"tt\d{1,10}"

# These are compiled when they are first used, which most questions never do: `re` keeps them.
_YEAR = r"18[7-9]\d|19\d\d|20\d\d|2100"
_DATED = (
    rf"(?i)(?P<name>.*?\S)(?:\s*[(\[]\s*(?P<year>{_YEAR})\s*[)\]]"
    rf"|[\s,–—-]+(?:del?\s+(?:año\s+)?)?(?P<bare>{_YEAR}))\s*"
)
_EDITION = r"(?P<name>.*\S)\s*[(\[][^()\[\]]*[)\]]\s*"
_CALLED_FILM = (
    r"(?i)\s*(?:(?:la|el|the)\s+)?(?:pel[ií]cula|peli|filme?|movie)\s+(?P<after>.*\S)\s*"
    r"|(?P<before>.*?\S),?\s+(?:(?:la|el|the)\s+)?(?:pel[ií]cula|peli|filme?|movie)\s*"
)
_ARTICLE_LAST = (
    rf"(?i)(?P<name>.*\S)\s*,\s*(?P<article>{'|'.join(sorted(ANY_ARTICLES))})(?P<elided>['’])?\s*"
)
_ELIDED = r"(?i)\s*l\s*['’`´]"
_INITIALS = r"\s*\w\s*\."

# A film is far better known than another that has this share of its votes, from so many votes on.
_FAR = 10
_KNOWN = 100


class Reading(NamedTuple):
    """What may be meant: a film of this name and, if it was said, of this year."""

    name: str
    year: int | None


def readings(text: str) -> Iterator[Reading]:
    """Yield what may be meant by a text, likeliest first.

    First the text itself; then what is left of it without the year, an edition in parentheses or
    the word "film". "Dark Knight, The" is "The Dark Knight" in any of them.
    """
    name, year = text, None
    while True:
        yield Reading(_article_first(name), year)
        if year is None and (dated := re.fullmatch(_DATED, name)):
            name, year = dated["name"], int(dated["year"] or dated["bare"])
        elif edition := re.fullmatch(_EDITION, name):
            name = edition["name"]
        elif called := re.fullmatch(_CALLED_FILM, name):
            name = called["after"] or called["before"]
        else:
            return


def reading_keys(name: str, articles: Collection[str] = ANY_ARTICLES) -> list[str]:
    """Return the reading keys of a name: of the whole, and without its article if it has one.

    Parameters
    ----------
    name, articles
        The name, and the words that are articles in its language; those of all that are known
        where it is not.
    """
    words = key(name).split(" ")
    keys = [_canonical(words)]
    # "A.I." has no article.
    if len(words) > 1 and words[0] in articles and not re.match(_INITIALS, name):
        keys.append(_canonical(words[1:]))
    elif "l" in articles and re.match(_ELIDED, name):
        keys.append(_canonical([words[0][1:], *words[1:]]).strip())
    return [each for each in dict.fromkeys(keys) if each]


def without_article(name_key: str) -> str:
    """Return the key of a name without its leading article, if it has one and more."""
    first, _, rest = name_key.partition(" ")
    return rest if rest and first in ANY_ARTICLES else name_key


def far_better_known(votes: int, other: int) -> bool:
    """Return whether a film is far better known than another.

    Parameters
    ----------
    votes
        How many votes the film has.
    other
        How many the other has.
    """
    return votes >= max(_KNOWN, _FAR * other)


def _article_first(name: str) -> str:
    if found := re.fullmatch(_ARTICLE_LAST, name):
        return f"{found['article']}{found['elided'] or ' '}{found['name']}"
    return name


def _canonical(words: list[str]) -> str:
    """Write numerals in digits and titles in full; leave out "and", and "part" before a number."""
    if REWRITTEN.isdisjoint(words):
        return " ".join(words)
    said: list[str] = []
    later = False
    # The number that the last words make up; 0 where they do not.
    number = 0
    for word in [each for each in words if each not in _AND] or words:
        value = _NUMBERS.get(word) or (_LATER_NUMBERS.get(word) if later else None)
        later = later or word not in ANY_ARTICLES
        if value is None:
            number = 0
            said.append(_WRITTEN_OUT.get(word, word))
        elif 0 < number < _HUNDRED <= value or _has_room(number, value):
            number = number * value if value >= _HUNDRED else number + value
            said[-1] = str(number)
        else:
            number = value
            said.append(str(number))
        if said[-1].isdecimal() and len(said) > 2 and said[-2] in _PART:  # noqa: PLR2004
            del said[-2]
    return " ".join(said)


def _has_room(number: int, value: int) -> bool:
    """Return whether a number goes on with a smaller one: "twenty" with "one"."""
    return 0 < value < number and number % 10 ** len(str(value)) == 0
