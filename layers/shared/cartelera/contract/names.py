"""How names are normalised for look-up, in the job that writes keys and in the handlers.

A *key* is a name without case, accents and punctuation: words between single spaces. A person
who types means the same name when the *compact* keys agree: the keys without the spaces.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# The version of `key` and `compact`: it grows with every change of what they return of a name. A
# release says which one its tables are in order by.
NAMES_VERSION = 1
# In characters, of a name in the catalogue and in a question.
MAX_NAME_LENGTH = 500

# Letters that people type without their stroke or ligature but NFKD leaves whole.
_PLAIN = ("ae", "d", "o", "th", "d", "h", "i", "l", "ng", "oe", "t")
_PLAIN_LETTERS = str.maketrans(dict(zip("æðøþđħıłŋœŧ", _PLAIN, strict=True)))
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


def key(name: str) -> str:
    """Return a name's key: its words without case, accents, punctuation and extra spaces.

    A name of punctuation alone is its own key, so that it still finds itself; one of spaces and
    control characters alone has the empty key. The key of a key is itself.
    """
    if name.isascii() and name.replace(" ", "").isalnum():
        # Most names, in half the time.
        return " ".join(name.lower().split())
    text = name.lower() if name.isascii() else _folded(name)
    words = " ".join(text.translate(_WORD_CHARACTERS).split())
    return words or " ".join(text.translate(_VISIBLE_CHARACTERS).split())


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


def _folded(name: str) -> str:
    text = unicodedata.normalize("NFKD", name).casefold().translate(_PLAIN_LETTERS)
    # Casefolding can compose again (U+0390); the second pass settles it.
    return unicodedata.normalize("NFKD", text)


def _word_character(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] in "LN":
        return character
    if category[0] == "M":
        # Variation selectors do not count.
        joins = unicodedata.combining(character) <= _HIGHEST_LETTER_CLASS
        return character if joins and not "\ufe00" <= character <= "\ufe0f" else ""
    if category == "Cf" or character in _APOSTROPHES:
        return ""
    return " "


def _visible_character(character: str) -> str:
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in ("Cc", "Cf", "Cs") else character


class _Characters(dict[int, str]):
    """A table for `str.translate` that is filled as characters occur."""

    def __init__(self, replace: Callable[[str], str]) -> None:
        self._replace = replace

    def __missing__(self, code: int) -> str:
        self[code] = self._replace(chr(code))
        return self[code]


_WORD_CHARACTERS = _Characters(_word_character)
_VISIBLE_CHARACTERS = _Characters(_visible_character)
