"""How names are normalised for look-up, in the job that writes keys and in the handlers.

A *key* is a name without case, accents and punctuation: words between single spaces. A person
who types means the same name when the *compact* keys agree: the keys without the spaces.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# The version of `key`, `compact` and `readings.reading_keys`: it grows with every change of what
# they return of a name. A release says which one its tables are in order by.
NAMES_VERSION = 1
# In characters, of a name in the catalogue and in a question, and of a key: NFKD makes eighteen of
# some characters, so a key stands for the beginning of such a name.
MAX_NAME_LENGTH = 500

# Of a name, in characters: nearly always they are in its key.
_BEGINNING = 4
# Letters that people type without their stroke or ligature but NFKD leaves whole.
_PLAIN = ("ae", "d", "o", "th", "d", "h", "i", "l", "ng", "oe", "t")
_PLAIN_LETTERS = dict(zip("æðøþđħıłŋœŧ", _PLAIN, strict=True))
# Of marks on one letter, as in Unicode's Stream-Safe Text Format (UAX 15): sorting them, as NFKD
# does, takes time by the square of their number.
_MAX_MARKS = 30
_MAYBE_MARKS = re.compile(rf"[^\w\x00-\x7f]{{{_MAX_MARKS + 1}}}")
# They join what they stand between: "ocean's" is one word.
_APOSTROPHES = frozenset("'`´‘’‛′＇")
# Letters, marks and symbols that show nothing: Unicode's default ignorable code points that are
# neither control nor format characters, a musical and a Khitan filler, Braille without a dot.
_BLANKS = frozenset(
    " \u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2065\u2800\u3164\uffa0"
    "\U00016fe4\U0001d159"
).union(map(chr, (*range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000))))
# Canonical combining classes 7 to 9 (nukta, kana voicing, virama) change which letter it is;
# those above are accents and optional vowel points. Class 0 holds the vowel signs of Indic scripts.
_HIGHEST_LETTER_CLASS = 9


def key(name: str, max_length: int | None = MAX_NAME_LENGTH) -> str:
    """Return a name's key: its words without case, accents, punctuation and extra spaces.

    A name of punctuation alone is its own key, so that it still finds itself; one of spaces and
    control characters alone has the empty key. The key of a key is itself.

    Parameters
    ----------
    name
        The name, as it is written.
    max_length
        How long its key may be, in characters; None for any text.
    """
    if name.isascii() and name.replace(" ", "").isalnum():
        # Most names, in half the time.
        return _bounded(name.lower(), max_length)
    text = name.lower() if name.isascii() else _folded(name, max_length)
    words = _bounded(text.translate(_WORD_CHARACTERS), max_length)
    return words or _bounded(text.translate(_VISIBLE_CHARACTERS), max_length)


def has_key(name: str) -> bool:
    """Return whether a name's key is not empty."""
    return bool(key(name[:_BEGINNING]) or key(name))


def compact(name_key: str) -> str:
    """Drop a key's spaces: "spider man" and "spiderman" are one name."""
    return name_key.replace(" ", "")


def tidy(name: str) -> str:
    """Return a name as the catalogue shows it: without control and format characters.

    All spaces become ordinary ones, several become one, and those at the ends are dropped. A name
    of characters that show nothing is empty.
    """
    # Nearly every name is printable, and a printable name has ordinary spaces only.
    if not name.isprintable():
        name = name.translate(_VISIBLE_CHARACTERS)
    elif name.isascii() and "  " not in name and name[:1] != " " and name[-1:] != " ":
        return name
    words = " ".join(name.split())
    return "" if all(character in _BLANKS for character in words) else words


def _folded(name: str, max_length: int | None) -> str:
    if _MAYBE_MARKS.search(name):
        runs = groupby(name, lambda character: unicodedata.combining(character) > 0)
        name = "".join("".join(islice(run, _MAX_MARKS if marks else None)) for marks, run in runs)
    # What is beyond is not looked at, which would take long.
    text = unicodedata.normalize("NFKD", name)[:max_length].casefold()
    # Casefolding can compose again (U+0390); the second pass settles it.
    return unicodedata.normalize("NFKD", text)[:max_length]


def _bounded(text: str, max_length: int | None) -> str:
    return " ".join(text.split())[:max_length].rstrip(" ")


def _word_character(character: str) -> str | None:
    if character in _PLAIN_LETTERS:
        return _PLAIN_LETTERS[character]
    category = unicodedata.category(character)
    if category[0] in "LN":
        return character
    if category[0] == "M":
        # Variation selectors do not count.
        joins = unicodedata.combining(character) <= _HIGHEST_LETTER_CLASS
        return character if joins and not "\ufe00" <= character <= "\ufe0f" else None
    if category == "Cf" or character in _APOSTROPHES:
        return None
    return " "


def _visible_character(character: str) -> str | None:
    if character.isspace():
        return " "
    return None if unicodedata.category(character) in ("Cc", "Cf", "Cs") else character


class _Characters(dict[int, str | None]):
    """A table for `str.translate` that is filled as characters occur.

    What is dropped is None: with an empty text translating ASCII takes longer.
    """

    def __init__(self, replace: Callable[[str], str | None]) -> None:
        self._replace = replace

    def __missing__(self, code: int) -> str | None:
        self[code] = self._replace(chr(code))
        return self[code]


_WORD_CHARACTERS = _Characters(_word_character)
_VISIBLE_CHARACTERS = _Characters(_visible_character)
