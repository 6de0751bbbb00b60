"""Invented words and names, each the function of a number."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from infra.sample.generator.reference import REFERENCE


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    syllables: list[str]
    name_syllables: list[str]
    accented_syllables: list[str]
    company_suffixes: list[str]
    title_patterns: list[tuple[float, str]]
    alphabets: dict[str, str]


WORDS: Final = msgspec.toml.decode(Path(__file__).with_name("words.toml").read_bytes(), type=_Words)

# Odd multipliers: number * odd modulo a power of two is a permutation, and looks shuffled.
_SHUFFLE: Final = 0x9E3779B1
_WIDE_SHUFFLE: Final = 0x9E3779B97F4A7C15F39CC0605CEDC8341
_PERSON_BITS: Final = 27
_GIVEN_NAMES: Final = 2_000
_IMAGE_MASK: Final = (1 << 108) - 1
_PERMILLE: Final = 1_000


def shuffled(number: int, bits: int) -> int:
    """Map a number to another one-to-one, in no apparent order.

    Parameters
    ----------
    number
        From 0 to ``2**bits - 1``.
    bits
        Number of bits of the result.
    """
    return number * _SHUFFLE & ((1 << bits) - 1)


def has_image(number: int) -> bool:
    """Choose as many of all numbers as people have a profile image, always the same ones."""
    return _permille(number) < REFERENCE.rates["profile_image"] * _PERMILLE


def _permille(number: int) -> int:
    return (number * _SHUFFLE >> 9) % _PERMILLE


def word(number: int, syllables: Sequence[str] = WORDS.syllables) -> str:
    """Return an invented word; small numbers give short ones, different numbers different ones.

    The number is read in bijective base ``len(syllables)``. Every syllable starts with a consonant
    and ends after its vowel or one consonant, so no two numbers spell the same word.

    Parameters
    ----------
    number
        Which word, counted from 0.
    syllables
        What it is made of.
    """
    base = len(syllables)
    spelled = ""
    while number >= 0:
        spelled += syllables[number % base]
        number = number // base - 1
    return spelled


def person_name(number: int) -> str:
    """Return the name of a person."""
    family, given = divmod(shuffled(number, _PERSON_BITS), _GIVEN_NAMES)
    prefix = "O'" if family % 90 == 0 else ""
    return f"{_name(given)} {prefix}{_name(family)}"


def company_name(number: int) -> str:
    """Return the name of a company."""
    suffixes = WORDS.company_suffixes
    suffix = suffixes[(number * _SHUFFLE >> 7) % len(suffixes)]
    return f"{_name(number + len(WORDS.name_syllables))} {suffix}"


def _name(number: int) -> str:
    return word(number, WORDS.name_syllables).capitalize()


def keyword_name(number: int) -> str:
    """Return a keyword of one word or two."""
    first = word(number)
    return first if number % 2 else f"{first} {word(number * 7 % 1_600)}"


def image_path(number: int) -> str:
    """Return the path of an image."""
    return f"/{number * _WIDE_SHUFFLE & _IMAGE_MASK:027x}.jpg"


_GENDERS: Final = [gender for gender, permille in REFERENCE.genders for _ in range(permille)]


def gender(person: int) -> int:
    """Return TMDB's code of a person's gender."""
    return _GENDERS[_permille(person)]
