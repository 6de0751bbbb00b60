"""How a name is normalised for look-up: read by the job that writes keys and the handlers.

A *key* is what is left of a name when case, accents and punctuation are gone: words between
single spaces. Two names are the same to a person who types when their *compact* keys agree,
that is, their keys without the spaces.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# The longest name a catalogue may hold and a caller may ask for, in characters.
MAX_NAME_LENGTH = 500

# Letters that people type without their stroke or ligature but NFKD leaves whole.
_PLAIN_LETTERS = str.maketrans(
    {
        "æ": "ae",
        "ð": "d",
        "ø": "o",
        "þ": "th",
        "đ": "d",
        "ħ": "h",
        "ı": "i",
        "ł": "l",
        "ŋ": "ng",
        "œ": "oe",
        "ŧ": "t",
    }
)
# Inside a word, so it joins what it stands between: "ocean's" is one word.
_APOSTROPHES = frozenset("'`´‘’‛′＇")
# Canonical combining classes 7 to 9 (nukta, kana voicing, virama) change which letter it is;
# those above are accents and optional vowel points. Class 0 holds the vowel signs of Indic scripts.
_HIGHEST_LETTER_CLASS = 9


def key(name: str) -> str:
    """Normalise a name to its words: no case, accents, punctuation or extra spaces.

    A name of nothing but punctuation is its own key, so that it still finds itself; one of
    nothing but spaces and control characters has the empty key. Applying it twice changes
    nothing.
    """
    if name.isascii() and name.replace(" ", "").isalnum():
        # As most names are, and this takes half the time.
        return " ".join(name.lower().split())
    text = name.lower() if name.isascii() else _folded(name)
    words = " ".join(text.translate(_WORD_CHARACTERS).split())
    return words or " ".join(text.translate(_VISIBLE_CHARACTERS).split())


def compact(name_key: str) -> str:
    """Drop a key's spaces: "spider man" and "spiderman" are one name."""
    return name_key.replace(" ", "")


def tidy(name: str) -> str:
    """Take control and format characters out of a name, and the spaces at its edges.

    Spelling is otherwise kept: this is what the catalogue shows. No-break spaces become
    ordinary ones and runs of spaces one space.
    """
    # Nearly every name is printable, and then holds no spaces but the ordinary one.
    if not name.isprintable():
        name = name.translate(_VISIBLE_CHARACTERS)
    elif "  " not in name and not name.startswith(" ") and not name.endswith(" "):
        return name
    return " ".join(name.split())


def _folded(name: str) -> str:
    text = unicodedata.normalize("NFKD", name).casefold().translate(_PLAIN_LETTERS)
    # Casefolding can compose again (U+0390); the second pass settles it.
    return unicodedata.normalize("NFKD", text)


def _word_character(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] in "LN":
        return character
    if category[0] == "M":
        joins = unicodedata.combining(character) <= _HIGHEST_LETTER_CLASS
        return character if joins and not _is_variation_selector(character) else ""
    if category == "Cf" or character in _APOSTROPHES:
        return ""
    return " "


def _visible_character(character: str) -> str:
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in ("Cc", "Cf", "Cs") else character


def _is_variation_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f"


class _Characters(dict[int, str]):
    """A table for `str.translate` that works out what becomes of a character when it is met."""

    def __init__(self, becomes: Callable[[str], str]) -> None:
        self._becomes = becomes

    def __missing__(self, code: int) -> str:
        self[code] = self._becomes(chr(code))
        return self[code]


_WORD_CHARACTERS = _Characters(_word_character)
_VISIBLE_CHARACTERS = _Characters(_visible_character)
