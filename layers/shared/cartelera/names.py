"""How a name is normalised for look-up: read by the job that writes keys and the handlers.

A *key* is what is left of a name when case, accents and punctuation are gone: words between
single spaces. Two names are the same to a person who types when their *compact* keys agree,
that is, their keys without the spaces.
"""

import unicodedata

# The longest name a catalogue may hold and a caller may ask for, in characters.
LONGEST_NAME = 500

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
    text = unicodedata.normalize("NFKD", name).casefold().translate(_PLAIN_LETTERS)
    # Casefolding can compose again (U+0390); the second pass settles it.
    text = unicodedata.normalize("NFKD", text)
    words = " ".join("".join(map(_word_character, text)).split())
    return words or " ".join("".join(map(_visible_character, text)).split())


def compact(name_key: str) -> str:
    """Drop a key's spaces: "spider man" and "spiderman" are one name."""
    return name_key.replace(" ", "")


def tidy(name: str) -> str:
    """Take control and format characters out of a name, and the spaces at its edges.

    Spelling is otherwise kept: this is what the catalogue shows. No-break spaces become
    ordinary ones and runs of spaces one space.
    """
    return " ".join("".join(map(_visible_character, name)).split())


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
