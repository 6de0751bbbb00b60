"""A seeded generator of raw folders of any size, with the shape and the dirt of the real set.

Everything in it is invented: words, titles and names are built from syllables. What is taken from
the real set is its figures, measured on 45,460 films: how many companies a film has and how many
films a company has, how skewed keywords and votes are, how long an overview is, how often each
defect occurs. They are the constants below.

Popularity by rank follows Zipf-Mandelbrot laws, frequency ~ 1 / (rank + shift) ** exponent, drawn
by inverting their integral: nothing is tabulated, so a million films need no more memory than a
thousand do.
"""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Final

from infra.sample.raw_layout import (
    Credit,
    Entry,
    RawFolder,
    SampleError,
    cast_entry,
    collection_entry,
    company_entry,
    country_entry,
    crew_entry,
    genre_entry,
    json_cell,
    keyword_entry,
    language_entry,
    literal_cell,
)

REFERENCE_FILMS: Final = 45_460
"""The number of films the figures below were measured on."""


@dataclass(frozen=True)
class Pool:
    """What films draw from: people, companies, words, in the order of their frequency.

    Attributes
    ----------
    size
        How many there are to draw from, for the reference number of films.
    exponent, shift
        The Zipf-Mandelbrot law of their frequencies.
    growth
        With what power of the number of films the size grows.
    bounded
        Whether nobody's frequency grows with the set. A career is bounded: a larger set has more
        people in it, not longer careers. A company's share stays what it is.
    """

    size: int
    exponent: float
    shift: float
    growth: float = 1.0
    bounded: bool = False


# Fitted to the frequencies by rank of the real set.
COMPANIES: Final = Pool(50_100, 0.83, 2.0)
KEYWORDS: Final = Pool(24_500, 0.88, 2.0, growth=0.5)
COLLECTIONS: Final = Pool(2_190, 0.51, 3.0, bounded=True)
ACTORS: Final = Pool(400_000, 0.93, 610.0, bounded=True)
DIRECTORS: Final = Pool(38_300, 0.84, 120.0, bounded=True)
CREW: Final = Pool(230_000, 0.71, 60.0, bounded=True)
WORDS: Final = Pool(72_100, 1.07, 1.8, growth=0.5)
SHARED_TITLES: Final = Pool(2_670, 0.49, 620.0, bounded=True)

# Weights of the sizes 0, 1, 2, … of a film's lists.
GENRES_PER_FILM: Final = (5.37, 32.03, 31.85, 21.08, 7.43, 1.83, 0.35, 0.05, 0.01)
COMPANIES_PER_FILM: Final = (
    *(26.12, 36.47, 17.52, 10.37, 4.29, 2.09, 1.24, 0.69, 0.40, 0.29, 0.15, 0.09, 0.08, 0.04),
    *(0.03, 0.03, 0.02, 0.02, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01),
)
COUNTRIES_PER_FILM: Final = (13.82, 70.72, 10.72, 3.23, 1.02, 0.33, 0.09, 0.03, 0.02, 0.01, 0.01)
SPOKEN_PER_FILM: Final = (8.42, 74.21, 11.81, 3.75, 1.21, 0.39, 0.14, 0.03, 0.01, 0.01, 0.01)
DIRECTORS_PER_FILM: Final = (1.95, 91.01, 5.98, 0.62, 0.16, 0.09, 0.05, 0.04, 0.02, 0.01, 0.02)
WORDS_PER_TITLE: Final = (0, 17.9, 28.4, 23.0, 14.2, 8.2, 4.0, 2.0, 1.1, 0.6, 0.3, 0.2, 0.1)

# How often each of a fixed set occurs, in films of the reference set.
GENRES: Final[Mapping[str, float]] = {
    "Drama": 20_264,
    "Comedy": 13_182,
    "Thriller": 7_623,
    "Romance": 6_735,
    "Action": 6_594,
    "Horror": 4_672,
    "Crime": 4_307,
    "Documentary": 3_932,
    "Adventure": 3_496,
    "Science Fiction": 3_047,
    "Family": 2_770,
    "Mystery": 2_467,
    "Fantasy": 2_313,
    "Animation": 1_934,
    "Foreign": 1_622,
    "Music": 1_598,
    "History": 1_398,
    "War": 1_323,
    "Western": 1_042,
    "TV Movie": 766,
}
# Drawing without repetition flattens what it draws from; this power undoes it.
GENRE_SHARPENING: Final = 1.15
LANGUAGES: Final[Mapping[str, float]] = {
    "en": 32_207,
    "fr": 2_437,
    "it": 1_528,
    "ja": 1_349,
    "de": 1_078,
    "es": 992,
    "ru": 822,
    "hi": 508,
    "ko": 444,
    "zh": 408,
    "sv": 384,
    "pt": 315,
    "cn": 313,
    "fi": 295,
    "nl": 247,
    "da": 225,
    "pl": 218,
    "tr": 150,
    "cs": 130,
    "el": 113,
    "no": 106,
    "fa": 100,
    "hu": 100,
    "ta": 78,
    "th": 76,
    "he": 67,
    "sr": 63,
    "ro": 57,
    "te": 45,
    "ar": 39,
    "ml": 36,
    "xx": 33,
    "bn": 29,
    "hr": 29,
    "is": 24,
    "et": 24,
    "mr": 24,
    "tl": 23,
    "id": 20,
    "ka": 18,
    "lv": 17,
    "sl": 17,
    "uk": 16,
    "bs": 14,
    "ca": 12,
    "vi": 10,
    "bg": 10,
    "sk": 9,
    "lt": 9,
    "ur": 8,
    "wo": 5,
    "sq": 5,
    "mk": 5,
    "kk": 3,
    "eu": 3,
    "af": 2,
    "mn": 2,
    "zu": 1,
    "cy": 1,
    "eo": 1,
}
COUNTRIES: Final[Mapping[str, float]] = {
    "US": 21_153,
    "GB": 4_094,
    "FR": 3_940,
    "DE": 2_254,
    "IT": 2_169,
    "CA": 1_765,
    "JP": 1_648,
    "ES": 964,
    "RU": 912,
    "IN": 828,
    "HK": 596,
    "SE": 588,
    "AU": 570,
    "KR": 495,
    "BE": 447,
    "DK": 386,
    "FI": 383,
    "NL": 375,
    "CN": 372,
    "MX": 329,
    "PL": 319,
    "BR": 291,
    "CH": 254,
    "AR": 254,
    "IE": 225,
    "AT": 209,
    "CZ": 209,
    "NO": 203,
    "HU": 175,
    "GR": 169,
    "TR": 165,
    "IL": 147,
    "RO": 142,
    "TW": 129,
    "PT": 128,
    "ZA": 125,
    "NZ": 123,
    "TH": 116,
    "IR": 106,
    "RS": 106,
    "LU": 90,
    "PH": 83,
    "HR": 78,
    "IS": 68,
    "CL": 68,
    "EE": 59,
    "BG": 56,
    "UA": 55,
    "SU": 20,
    "YU": 4,
}
# Where films in a language are mostly made. English ones, and those of a language that is not
# listed, come from the countries of English.
HOME_COUNTRY: Final[Mapping[str, str]] = {
    "ar": "EG",
    "cn": "HK",
    "cs": "CZ",
    "da": "DK",
    "de": "DE",
    "el": "GR",
    "es": "ES",
    "et": "EE",
    "fa": "IR",
    "fi": "FI",
    "fr": "FR",
    "he": "IL",
    "hi": "IN",
    "hr": "HR",
    "hu": "HU",
    "id": "ID",
    "is": "IS",
    "it": "IT",
    "ja": "JP",
    "ko": "KR",
    "ml": "IN",
    "nl": "NL",
    "no": "NO",
    "pl": "PL",
    "pt": "BR",
    "ro": "RO",
    "ru": "RU",
    "sr": "RS",
    "sv": "SE",
    "ta": "IN",
    "te": "IN",
    "th": "TH",
    "tr": "TR",
    "zh": "CN",
}
ENGLISH_COUNTRIES: Final[Mapping[str, float]] = {
    "US": 18_169,
    "GB": 2_999,
    "CA": 1_361,
    "FR": 727,
    "DE": 520,
    "AU": 489,
    "IT": 317,
}
JOBS: Final[Mapping[tuple[str, str], float]] = {
    ("Producer", "Production"): 10_084,
    ("Executive Producer", "Production"): 6_160,
    ("Screenplay", "Writing"): 4_929,
    ("Editor", "Editing"): 4_700,
    ("Casting", "Production"): 4_500,
    ("Director of Photography", "Camera"): 4_400,
    ("Art Direction", "Art"): 3_600,
    ("Original Music Composer", "Sound"): 3_300,
    ("Production Design", "Art"): 3_150,
    ("Costume Design", "Costume & Make-Up"): 2_809,
    ("Set Decoration", "Art"): 2_600,
    ("Writer", "Writing"): 2_500,
    ("Makeup Artist", "Costume & Make-Up"): 2_300,
    ("Animation", "Visual Effects"): 2_100,
    ("Sound Re-Recording Mixer", "Sound"): 1_800,
    ("Camera Operator", "Camera"): 1_700,
    ("Still Photographer", "Camera"): 1_512,
    ("Stunts", "Crew"): 1_300,
    ("Gaffer", "Lighting"): 1_100,
    ("Music Editor", "Sound"): 900,
    ("Novel", "Writing"): 605,
}

# Shares of all films.
IN_A_COLLECTION: Final = 0.0988
WITH_OVERVIEW: Final = 0.979
WITH_TAGLINE: Final = 0.449
WITH_HOMEPAGE: Final = 0.171
WITH_POSTER: Final = 0.992
WITH_SHARED_TITLE: Final = 0.121
FIRST_OF_JANUARY: Final = 0.069
SPEAKS_ITS_LANGUAGE: Final = 0.933
CAST_EMPTY: Final = 0.0532
COUNTED_FROM_ONE: Final = 0.14
NOT_IN_LATIN: Final = 0.002
"""Titles, not original titles."""
RETITLED: Final = 0.85
"""Of the films that are not in English: those whose title is not the original one."""

# Shares of other things: of people, of overviews, of cast entries.
WITH_PROFILE: Final = 0.5
GENDERS: Final = {0: 0.40, 2: 0.44, 1: 0.16}
"""TMDB's codes: not set, male, female."""
QUOTING: Final = 0.098
ACCENTED: Final = 0.11
ACCENTED_ORIGINAL: Final = 0.35
"""Of the original titles in Latin letters that are not the title."""
CHARACTER_EMPTY: Final = 0.016

# Sizes of cast and crew are lognormal: median, deviation of the logarithm, largest.
CAST_SIZE: Final = (9.5, 0.80, 313)
CREW_SIZE: Final = (4.9, 1.11, 435)

type Curve = Sequence[tuple[float, float]]
"""A distribution as (share of films below, value), to be interpolated between."""

VOTES: Final[Curve] = (
    *((0.0, 0.3), (0.0638, 0.5), (0.10, 1), (0.25, 3), (0.40, 6), (0.50, 10), (0.60, 15)),
    *((0.75, 34), (0.90, 160), (0.95, 434), (0.99, 2_184), (0.999, 6_559), (1.0, 14_075)),
)
POPULARITY: Final[Curve] = (
    *((0.0, 0.000_1), (0.01, 0.003), (0.05, 0.02), (0.10, 0.09), (0.25, 0.39), (0.50, 1.13)),
    *((0.75, 3.69), (0.90, 8.33), (0.95, 11.06), (0.99, 17.02), (0.999, 42.66), (1.0, 547.5)),
)
BUDGETS: Final[Curve] = (
    *((0.0, 1_000), (0.05, 50_000), (0.10, 300_000), (0.25, 2_000_000), (0.50, 8_000_000)),
    *((0.75, 25e6), (0.90, 60e6), (0.95, 90e6), (0.99, 170.6e6), (1.0, 380e6)),
)
REVENUES: Final[Curve] = (
    *((0.0, 1_000), (0.05, 28_200), (0.10, 178_000), (0.25, 2_400_000), (0.50, 16_800_000)),
    *((0.75, 67.2e6), (0.90, 182.3e6), (0.95, 313.2e6), (0.99, 769.5e6), (1.0, 2_788e6)),
)
RUNTIMES: Final[Curve] = (
    *((0.0, 1), (0.015, 11), (0.05, 64), (0.25, 86), (0.50, 95), (0.75, 107), (0.90, 123)),
    *((0.95, 138), (0.99, 185), (0.999, 432), (1.0, 1_256)),
)
YEARS: Final[Curve] = (
    *((0.0, 1_874), (0.001, 1_895), (0.01, 1_923), (0.05, 1_941), (0.10, 1_954), (0.25, 1_978)),
    *((0.50, 2_001), (0.75, 2_010), (0.90, 2_014.5), (0.99, 2_017.4), (0.999, 2_017.7)),
    (1.0, 2_020.9),
)
OVERVIEW_WORDS: Final[Curve] = (
    *((0.0, 1), (0.01, 9), (0.05, 15), (0.10, 19), (0.25, 29), (0.50, 51), (0.75, 73)),
    *((0.90, 105), (0.95, 124), (0.99, 158), (1.0, 187)),
)
TAGLINE_WORDS: Final[Curve] = (
    *((0.0, 1), (0.01, 2), (0.10, 4), (0.25, 5), (0.50, 7), (0.75, 11), (0.95, 18), (1.0, 53)),
)
KEYWORDS_PER_FILM: Final[Curve] = (
    *((0.0, 0.1), (0.3187, 0.5), (0.4614, 1.5), (0.5651, 2.5), (0.6572, 3.5), (0.75, 5)),
    *((0.90, 9), (0.95, 13), (0.99, 20), (0.999, 33), (1.0, 149)),
)

# Share of films with a budget and with a revenue, by votes: up to 1, 10, 100, 1,000, more.
VOTE_BRACKETS: Final = (1, 10, 100, 1_000)
WITH_BUDGET: Final = (0.031, 0.062, 0.191, 0.659, 0.988)
WITH_REVENUE: Final = (0.013, 0.029, 0.142, 0.667, 0.987)
# How often whether a film has a budget and whether it has a revenue are one question.
BOTH_OR_NEITHER: Final = 0.5

# Mean and deviation of a film's average vote.
AVERAGE_VOTE: Final = (6.01, 1.25)

# How much of what else is known of a film goes with how well known it is: correlations of ranks.
FAME_IN_POPULARITY: Final = 0.88
FAME_IN_CREDITS: Final = 0.5
FAME_IN_BUDGET: Final = 0.5
BUDGET_IN_REVENUE: Final = 0.7

# How many films later a record comes again. Keywords repeat by the page.
FILM_REPEAT_LAG: Final = 40_000
KEYWORDS_REPEAT_LAG: Final = 957


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SYLLABLES: Final = _listed(
    "ba ko ri te lu ma so ne di va pe lo ni ga ra tu mi fe sa do "
    "bel kar ron tis lun mar sol nen dir val pen lor nim gal ras tur mil fen sar dol"
)
_NAME_SYLLABLES: Final = _listed(
    "bra ko rie te lua ma so ne di va pe lo ni gha ra tu mi fe sa do je wy ku zo ha cu no ti la "
    "bel kar ron tis lun mar sol nen dir val pen lor nim gal ras tur mil fen sar dol jen wik hul "
    "zan hov cam nor tib lask brek drun fosk grel hant jorn kvist plen smil thar vex zim ñu"
)
_ACCENTED_SYLLABLES: Final = _listed("bé ko rí te lü ma só ñe di vå pe lø ni çã ra tö")
_COMPANY_KINDS: Final = _listed(
    "Pictures Films Productions Film Entertainment Studios Cinema Media Télévision"
)
# Letters for the original titles of languages that are not written in Latin ones.
_ALPHABETS: Final[Mapping[str, str]] = {
    "ar": "ابتثجحدرزسشعفقكلمنهوي",
    "cn": "山水火木金土日月人大小中天地風雲花海河城",
    "el": "αβγδεζηθικλμνξοπρστυφω",
    "fa": "ابپتجچدرزسشگلمنوهی",
    "he": "אבגדהוזחטיכלמנסעפצקרשת",
    "hi": "कखगघचजटडतदनपबमयरलवसह",
    "ja": "アイウエオカキクケコサシスセソタチツテトナニ山川月",
    "ko": "가나다라마바사아자차카타파하고노도로모보",
    "ru": "абвгдежзиклмнопрстуфхцчшыэюя",
    "th": "กขคงจชซดตถทนบปผพมยรลวสหอ",
    "zh": "山水火木金土日月人大小中天地风云花海河城",
}
# Share of titles with each decoration, cumulative.
_TITLE_DECORATIONS: Final[Sequence[tuple[float, str]]] = (
    *((0.0817, "{0}: {1}"), (0.1341, "{0}'s {1}"), (0.1537, "{0}-{1}"), (0.1737, "{0} St. {1}")),
    *((0.1961, "{0}, {1}"), (0.2091, "{0}!"), (0.2150, "{0}?"), (0.2250, "{0} & {1}")),
    *((0.2265, "{0}/{1}"), (0.2268, "#{0}"), (0.2270, '"{0}"'), (0.2288, "{0} ({1})")),
    *((0.2746, "{0} 2"), (0.2900, "{0} {1}é"), (0.2928, "{0} — {1}")),
)

# Odd multipliers: number * odd modulo a power of two is a permutation, and looks shuffled.
_SHUFFLE: Final = 0x9E3779B1
_WIDE_SHUFFLE: Final = 0x9E3779B97F4A7C15F39CC0605CEDC8341
_PERSON_BITS: Final = 27
_GIVEN_NAMES: Final = 2_000
_IDS_PER_FILM: Final = 10
_PROFILE_MASK: Final = (1 << 108) - 1
_PERMILLE: Final = 1_000
_GENDER_OF_HASH: Final = tuple(
    gender for gender, share in GENDERS.items() for _ in range(round(share * _PERMILLE))
)


class _Law:
    """A pool's law, scaled to a number of films and ready to draw from."""

    def __init__(self, pool: Pool, films: int) -> None:
        ratio = films / REFERENCE_FILMS
        size = max(1.0, pool.size * ratio**pool.growth)
        self._shift = max(0.5, pool.shift * (ratio if pool.bounded else 1.0))
        power = 1.0 - pool.exponent
        self._low = self._shift**power
        self._span = (size + self._shift) ** power - self._low
        self._inverse = 1.0 / power
        self.size = math.ceil(size)

    def draw(self, rng: Random) -> int:
        """Return a rank, counted from 0."""
        return int((rng.random() * self._span + self._low) ** self._inverse - self._shift)


class _Scale:
    """A curve, ready to be read at any share: geometric between its points."""

    def __init__(self, curve: Curve) -> None:
        self._shares = [share for share, _ in curve]
        self._logs = [math.log(value) for _, value in curve]

    def at(self, share: float) -> float:
        """Return the value below which this share of films lies."""
        place = min(bisect_right(self._shares, share), len(self._shares) - 1)
        low, high = self._shares[place - 1], self._shares[place]
        start, end = self._logs[place - 1], self._logs[place]
        return math.exp(start + (end - start) * (share - low) / (high - low))


class _Choice[T]:
    """A fixed set of values to draw from by weight."""

    def __init__(self, weights: Mapping[T, float]) -> None:
        self._values = list(weights)
        self._cumulative = list(accumulate(weights.values()))

    @classmethod
    def of_sizes(cls, weights: Sequence[float]) -> "_Choice[int]":
        return _Choice(dict(enumerate(weights)))

    def draw(self, rng: Random) -> T:
        return self._values[bisect_right(self._cumulative, rng.random() * self._cumulative[-1])]

    def distinct(self, rng: Random, count: int, first: Sequence[T] = ()) -> list[T]:
        """Draw until there are ``count`` different ones, or luck runs out."""
        drawn = dict.fromkeys(first)
        for _ in range(4 * count):
            if len(drawn) >= count:
                break
            drawn[self.draw(rng)] = None
        return list(drawn)[:count]


def _word(number: int, syllables: Sequence[str] = _SYLLABLES) -> str:
    """Return an invented word; small numbers give short ones, different numbers different ones.

    The number is read in bijective base ``len(syllables)``. Every syllable starts with a consonant
    and ends after its vowel or one consonant, so no two numbers spell the same word.
    """
    base = len(syllables)
    spelled = ""
    while number >= 0:
        spelled += syllables[number % base]
        number = number // base - 1
    return spelled


def _person_name(number: int) -> str:
    shuffled = number * _SHUFFLE & ((1 << _PERSON_BITS) - 1)
    family, given = divmod(shuffled, _GIVEN_NAMES)
    prefix = "O'" if family % 90 == 0 else ""
    return (
        f"{_word(given, _NAME_SYLLABLES).capitalize()} "
        f"{prefix}{_word(family, _NAME_SYLLABLES).capitalize()}"
    )


def _company_name(number: int) -> str:
    kind = _COMPANY_KINDS[(number * _SHUFFLE >> 7) % len(_COMPANY_KINDS)]
    return f"{_word(number + len(_NAME_SYLLABLES), _NAME_SYLLABLES).capitalize()} {kind}"


def _keyword_name(number: int) -> str:
    first = _word(number)
    return first if number % 2 else f"{first} {_word(number * 7 % 1_600)}"


def _hashed(number: int) -> int:
    """Return 0 to 999, always the same for a number."""
    return (number * _SHUFFLE >> 9) % _PERMILLE


def _gender(person: int) -> int:
    return _GENDER_OF_HASH[_hashed(person)]


def _profile_path(person: int) -> str | None:
    if _hashed(person + 1) >= WITH_PROFILE * _PERMILLE:
        return None
    return f"/{person * _WIDE_SHUFFLE & _PROFILE_MASK:027x}.jpg"


def _share_below(deviation: float) -> float:
    """Return which share of a normal distribution lies below a deviation."""
    return 0.5 * math.erfc(-deviation * math.sqrt(0.5))


@dataclass(slots=True)
class _Draft:
    """A film before it is written, as a defect may still change it."""

    film: dict[str, str]
    companies: list[Entry]
    genres: list[Entry]
    spoken: list[Entry]
    cast: list[Entry]
    crew: list[Entry]
    keywords: list[Entry]
    cell: Callable[[Sequence[Entry]], str] = literal_cell
    in_movies: bool = True
    in_credits: bool = True
    in_keywords: bool = True
    broken: bool = False
    film_again: dict[str, str] | None = None
    credits_again: list[Entry] | None = None
    keywords_again: bool = False

    def record(self) -> dict[str, str]:
        """Return the fields of movies_metadata.csv."""
        return {
            **self.film,
            "genres": self.cell(self.genres),
            "production_companies": self.cell(self.companies),
            "spoken_languages": self.cell(self.spoken),
        }


class _Inventor:
    """Invents films, one after another."""

    def __init__(self, films: int, rng: Random) -> None:
        self.rng = rng
        self.companies = _Law(COMPANIES, films)
        self.keywords = _Law(KEYWORDS, films)
        self.collections = _Law(COLLECTIONS, films)
        self.actors = _Law(ACTORS, films)
        self.directors = _Law(DIRECTORS, films)
        self.crew = _Law(CREW, films)
        self.words = _Law(WORDS, films)
        self.shared_titles = _Law(SHARED_TITLES, films)
        self.vocabulary = [_word(number) for number in range(self.words.size + 1)]
        self.id_bits = (films * _IDS_PER_FILM).bit_length()

        self.genre_count = _Choice.of_sizes(GENRES_PER_FILM)
        self.company_count = _Choice.of_sizes(COMPANIES_PER_FILM)
        self.country_count = _Choice.of_sizes(COUNTRIES_PER_FILM)
        self.spoken_count = _Choice.of_sizes(SPOKEN_PER_FILM)
        self.director_count = _Choice.of_sizes(DIRECTORS_PER_FILM)
        self.title_words = _Choice.of_sizes(WORDS_PER_TITLE)
        self.genre = _Choice({name: n**GENRE_SHARPENING for name, n in GENRES.items()})
        self.language = _Choice(LANGUAGES)
        self.country = _Choice(COUNTRIES)
        self.english_country = _Choice(ENGLISH_COUNTRIES)
        self.job = _Choice(JOBS)
        self.foreign_alphabet = _Choice(dict.fromkeys(_ALPHABETS.values(), 1.0))

        self.votes = _Scale(VOTES)
        self.popularity = _Scale(POPULARITY)
        self.budgets = _Scale(BUDGETS)
        self.revenues = _Scale(REVENUES)
        self.runtimes = _Scale(RUNTIMES)
        self.years = _Scale(YEARS)
        self.overview_words = _Scale(OVERVIEW_WORDS)
        self.tagline_words = _Scale(TAGLINE_WORDS)
        self.keyword_count = _Scale(KEYWORDS_PER_FILM)

    def film(self, number: int) -> _Draft:
        """Invent a film: its record, its credits and its keywords."""
        rng = self.rng
        fame = rng.gauss()
        language = self.language.draw(rng)
        title = self._title()
        votes = round(self.votes.at(_share_below(fame)))
        budget, revenue = self._money(votes, fame)
        film_id = 1 + (number * _SHUFFLE & ((1 << self.id_bits) - 1))
        name = self._slug(number)
        film = {
            "adult": "False",
            "belongs_to_collection": self._collection(),
            "budget": str(budget),
            "homepage": f"http://{name}.example.com/" if rng.random() < WITH_HOMEPAGE else "",
            "id": str(film_id),
            "imdb_id": f"tt{number + 1:07d}",
            "original_language": language,
            "original_title": self._original_title(title, language),
            "overview": self._overview(),
            "popularity": self._popularity(fame),
            "poster_path": f"/{name}.jpg" if rng.random() < WITH_POSTER else "",
            "production_countries": literal_cell(self._countries(language)),
            "release_date": self._date(),
            "revenue": str(revenue),
            "runtime": f"{self.runtimes.at(rng.random()):.0f}.0",
            "status": "Released",
            "tagline": self._tagline(),
            "title": title,
            "video": "False",
            "vote_average": self._average() if votes else "0.0",
            "vote_count": str(votes),
        }
        genres = self.genre.distinct(rng, self.genre_count.draw(rng))
        return _Draft(
            film,
            companies=self._companies(),
            genres=[genre_entry(name) for name in genres],
            spoken=self._spoken(language),
            cast=self._cast(fame),
            crew=self._crew(fame),
            keywords=self._keywords(fame),
        )

    def actor(self, person: int, order: int) -> Entry:
        """Return a cast entry for a person."""
        rng = self.rng
        character = ""
        if rng.random() >= CHARACTER_EMPTY:
            character = f"{self._proper_word()} {self._proper_word()}"
        return cast_entry(
            _person_name(person),
            order,
            cast_id=order + rng.randrange(12),
            character=character,
            credit=self._credit(person),
        )

    def member(self, person: int, job: str, department: str) -> Entry:
        """Return a crew entry for a person."""
        return crew_entry(
            _person_name(person),
            department=department,
            job=job,
            credit=self._credit(person),
        )

    def _credit(self, person: int) -> Credit:
        credit_id = f"{self.rng.getrandbits(96):024x}"
        return Credit(credit_id, _gender(person), person + 1, _profile_path(person))

    def _mixed(self, fame: float, weight: float) -> float:
        """Return a normal deviate that correlates with another by ``weight``."""
        return weight * fame + math.sqrt(1.0 - weight * weight) * self.rng.gauss()

    def _money(self, votes: int, fame: float) -> tuple[int, int]:
        rng = self.rng
        bracket = bisect_right(VOTE_BRACKETS, votes)
        asked = rng.random()
        asked_again = asked if rng.random() < BOTH_OR_NEITHER else rng.random()
        means = self._mixed(fame - 1.0, FAME_IN_BUDGET)
        takings = self._mixed(means, BUDGET_IN_REVENUE)
        budget = revenue = 0
        if asked < WITH_BUDGET[bracket]:
            # Budgets are round figures.
            budget = int(float(f"{self.budgets.at(_share_below(means)):.2g}"))
        if asked_again < WITH_REVENUE[bracket]:
            revenue = int(self.revenues.at(_share_below(takings)))
        return budget, revenue

    def _popularity(self, fame: float) -> str:
        share = _share_below(self._mixed(fame, FAME_IN_POPULARITY))
        return str(round(self.popularity.at(share), 6))

    def _average(self) -> str:
        return f"{min(10.0, max(0.5, self.rng.gauss(*AVERAGE_VOTE))):.1f}"

    def _date(self) -> str:
        rng = self.rng
        year = int(self.years.at(rng.random()))
        if rng.random() < FIRST_OF_JANUARY:
            return f"{year}-01-01"
        return f"{year}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"

    def _slug(self, number: int) -> str:
        return f"{_word(number)}{self.rng.getrandbits(64):016x}"

    def _proper_word(self) -> str:
        return self.vocabulary[int(self.rng.random() * len(self.vocabulary))].capitalize()

    def _title(self) -> str:
        rng = self.rng
        if rng.random() < WITH_SHARED_TITLE:
            number = self.shared_titles.draw(rng)
            return " ".join(_word(number * 31 + n).capitalize() for n in range(number % 3 + 1))
        if rng.random() < NOT_IN_LATIN:
            return self._lettered(self.foreign_alphabet.draw(rng))
        # A word of four syllables or more, so that a single one is seldom taken twice.
        words = [_word(rng.randrange(66_000, 2_700_000)).capitalize()]
        words += [self._proper_word() for _ in range(1, self.title_words.draw(rng))]
        drawn = rng.random()
        for below, decoration in _TITLE_DECORATIONS:
            if drawn < below:
                return decoration.format(" ".join(words), self._proper_word())
        return " ".join(words)

    def _original_title(self, title: str, language: str) -> str:
        rng = self.rng
        if language == "en" or rng.random() >= RETITLED:
            return title
        alphabet = _ALPHABETS.get(language)
        if alphabet:
            return self._lettered(alphabet)
        accented = rng.random() < ACCENTED_ORIGINAL
        syllables = _ACCENTED_SYLLABLES if accented else _SYLLABLES
        first = _word(rng.randrange(270, 70_000), syllables).capitalize()
        return f"{first} {self._proper_word().lower()}"

    def _lettered(self, alphabet: str) -> str:
        return "".join(self.rng.choices(alphabet, k=self.rng.randint(2, 14)))

    def _collection(self) -> str:
        rng = self.rng
        if rng.random() >= IN_A_COLLECTION:
            return ""
        number = self.collections.draw(rng)
        image = f"/{number * _WIDE_SHUFFLE & _PROFILE_MASK:027x}.jpg"
        name = f"The {_word(number + 1_600).capitalize()} Collection"
        backdrop = image if _hashed(number) < WITH_PROFILE * _PERMILLE else None
        return literal_cell(collection_entry(number + 1, name, image, backdrop))

    def _companies(self) -> list[Entry]:
        count = self.company_count.draw(self.rng)
        drawn = dict.fromkeys(self.companies.draw(self.rng) for _ in range(count))
        return [company_entry(number + 1, _company_name(number)) for number in drawn]

    def _countries(self, language: str) -> list[Entry]:
        rng = self.rng
        home = HOME_COUNTRY.get(language) or self.english_country.draw(rng)
        count = self.country_count.draw(rng)
        return [country_entry(code) for code in self.country.distinct(rng, count, [home])]

    def _spoken(self, language: str) -> list[Entry]:
        rng = self.rng
        first = [language] if rng.random() < SPEAKS_ITS_LANGUAGE else []
        spoken = self.language.distinct(rng, self.spoken_count.draw(rng), first)
        return [language_entry(code) for code in spoken]

    def _keywords(self, fame: float) -> list[Entry]:
        share = _share_below(self._mixed(fame, FAME_IN_CREDITS))
        count = round(self.keyword_count.at(share))
        drawn = dict.fromkeys(self.keywords.draw(self.rng) for _ in range(count))
        return [keyword_entry(number + 1, _keyword_name(number)) for number in drawn]

    def _size(self, shape: tuple[float, float, int], fame: float) -> int:
        median, deviation, largest = shape
        spread = math.exp(deviation * self._mixed(fame, FAME_IN_CREDITS))
        return min(largest, max(1, round(median * spread)))

    def _cast(self, fame: float) -> list[Entry]:
        rng = self.rng
        if rng.random() < CAST_EMPTY:
            return []
        start = 1 if rng.random() < COUNTED_FROM_ONE else 0
        size = self._size(CAST_SIZE, fame)
        return [self.actor(self.actors.draw(rng), start + order) for order in range(size)]

    def _crew(self, fame: float) -> list[Entry]:
        rng = self.rng
        directors = self.director_count.draw(rng)
        # The most frequent directors, crew and actors are to be different people.
        crew = [
            self.member(self.directors.draw(rng) * 3 + 1, "Director", "Directing")
            for _ in range(directors)
        ]
        if directors:
            crew += [
                self.member(self.crew.draw(rng) * 2 + 7, *self.job.draw(rng))
                for _ in range(self._size(CREW_SIZE, fame))
            ]
        return crew

    def _tagline(self) -> str:
        if self.rng.random() >= WITH_TAGLINE:
            return ""
        return self._sentence(round(self.tagline_words.at(self.rng.random())))

    def _sentence(self, words: int) -> str:
        rng, law, vocabulary = self.rng, self.words, self.vocabulary
        return " ".join([vocabulary[law.draw(rng)] for _ in range(words)]).capitalize() + "."

    def _overview(self) -> str:
        rng = self.rng
        if rng.random() >= WITH_OVERVIEW:
            return ""
        left = round(self.overview_words.at(rng.random()))
        sentences = []
        while left > 0:
            length = min(left, rng.randint(8, 24))
            sentences.append(self._sentence(length))
            left -= length
        if rng.random() < QUOTING:
            sentences[-1] = f'"{sentences[-1]}"'
        if rng.random() < ACCENTED:
            name = _word(rng.randrange(16, 4_000), _ACCENTED_SYLLABLES).capitalize()
            sentences[0] = f"{name} {sentences[0]}"
        return " ".join(sentences)


type _Change = Callable[[_Draft, _Inventor], None]


def _set(**fields: str) -> _Change:
    """Return a change that gives columns of the film fixed values."""

    def change(draft: _Draft, _: _Inventor) -> None:
        draft.film.update(fields)

    return change


def _be(**attributes: object) -> _Change:
    """Return a change to how the film is written."""

    def change(draft: _Draft, _: _Inventor) -> None:
        for name, value in attributes.items():
            setattr(draft, name, value)

    return change


def _break(draft: _Draft, inventor: _Inventor) -> None:
    draft.broken = True
    # There is always something of an overview to break.
    draft.film["overview"] = f"{inventor.vocabulary[3]} - {draft.film['overview']}"


def _repeat(draft: _Draft, _: _Inventor) -> None:
    draft.film_again = {}


def _repeat_with_other_votes(draft: _Draft, inventor: _Inventor) -> None:
    draft.film_again = {
        "popularity": str(float(draft.film["popularity"]) + 0.25),
        "vote_count": str(int(draft.film["vote_count"]) + inventor.rng.randint(1, 3)),
    }


def _repeat_credits(draft: _Draft, _: _Inventor) -> None:
    draft.credits_again = draft.cast


def _repeat_credits_differently(draft: _Draft, inventor: _Inventor) -> None:
    another = inventor.actor(inventor.actors.draw(inventor.rng), len(draft.cast))
    draft.credits_again = [*draft.cast, another]


def _tiny_budget(draft: _Draft, inventor: _Inventor) -> None:
    draft.film["budget"] = str(inventor.rng.randint(1, 999))


def _tiny_budget_large_revenue(draft: _Draft, inventor: _Inventor) -> None:
    draft.film["budget"] = str(inventor.rng.randint(1, 99))
    draft.film["revenue"] = str(inventor.rng.randint(1_000_000, 90_000_000))


def _tiny_revenue(draft: _Draft, inventor: _Inventor) -> None:
    draft.film["revenue"] = str(inventor.rng.randint(1, 999))


def _future(draft: _Draft, _: _Inventor) -> None:
    draft.film.update(release_date="2020-12-16", status="Planned")


def _paragraphs(draft: _Draft, _: _Inventor) -> None:
    draft.film["overview"] += "\n\n" + draft.film["overview"]


def _mark_title(draft: _Draft, _: _Inventor) -> None:
    draft.film["title"] = f"\u200e{draft.film['title']}"


def _pad_original_title(draft: _Draft, _: _Inventor) -> None:
    draft.film["original_title"] = f" {draft.film['original_title']} "


def _add_company(pattern: str) -> _Change:
    """Return a change that adds a company of its own, its name put into a pattern."""

    def change(draft: _Draft, inventor: _Inventor) -> None:
        number = inventor.companies.size + inventor.rng.randrange(inventor.companies.size)
        draft.companies.append(company_entry(number + 1, pattern.format(_company_name(number))))

    return change


def _company_under_another_id(draft: _Draft, inventor: _Inventor) -> None:
    number = inventor.companies.draw(inventor.rng)
    draft.companies.append(
        company_entry(2 * inventor.companies.size + number + 1, _company_name(number))
    )


def _company_in_another_case(draft: _Draft, inventor: _Inventor) -> None:
    number = inventor.companies.draw(inventor.rng)
    draft.companies.append(
        company_entry(3 * inventor.companies.size + number + 1, _company_name(number).upper())
    )


def _company_twice(draft: _Draft, inventor: _Inventor) -> None:
    number = inventor.companies.draw(inventor.rng)
    for company in (number, 2 * inventor.companies.size + number):
        draft.companies.append(company_entry(company + 1, _company_name(number)))


def _add_keyword(pattern: str) -> _Change:
    """Return a change that adds a keyword of its own, put into a pattern."""

    def change(draft: _Draft, inventor: _Inventor) -> None:
        number = inventor.keywords.size + inventor.rng.randrange(100)
        name = pattern.format(_keyword_name(number))
        draft.keywords.append(keyword_entry(number + 1, name))

    return change


def _add_actor(pattern: str) -> _Change:
    """Return a change that adds somebody to the cast, the name put into a pattern."""

    def change(draft: _Draft, inventor: _Inventor) -> None:
        actor = inventor.actor(inventor.actors.draw(inventor.rng), len(draft.cast))
        actor["name"] = pattern.format(actor["name"])
        draft.cast.append(actor)

    return change


def _add_writer(pattern: str) -> _Change:
    """Return a change that adds a writer, the name put into a pattern."""

    def change(draft: _Draft, inventor: _Inventor) -> None:
        writer = inventor.member(inventor.crew.draw(inventor.rng), "Writer", "Writing")
        writer["name"] = pattern.format(writer["name"])
        draft.crew.append(writer)

    return change


def _double_role(draft: _Draft, inventor: _Inventor) -> None:
    person = inventor.actors.draw(inventor.rng)
    for _ in range(2):
        draft.cast.append(inventor.actor(person, len(draft.cast)))


def _as_json(draft: _Draft, inventor: _Inventor) -> None:
    draft.cell = json_cell
    # Of somebody only the name is known, so that there is a null to stumble over.
    name = _person_name(inventor.actors.draw(inventor.rng))
    draft.cast.append(cast_entry(name, len(draft.cast)))


def _names_only(draft: _Draft, inventor: _Inventor) -> None:
    draft.cast.append(inventor.actor(inventor.actors.draw(inventor.rng), len(draft.cast)))
    names = [str(member["name"]) for member in draft.cast]
    draft.cast = [cast_entry(name, order) for order, name in enumerate(names)]
    draft.crew = [crew_entry(str(member["name"])) for member in draft.crew]


def _unnamed_language(draft: _Draft, _: _Inventor) -> None:
    draft.spoken.append(language_entry("yi"))


def _empty_cell(_: Sequence[Entry]) -> str:
    return ""


@dataclass(frozen=True)
class Defect:
    """Something wrong with some films.

    Attributes
    ----------
    per_reference
        How many films of the reference set have it. Any generated set has at least one.
    change
        What it does to a film.
    """

    per_reference: int
    change: _Change = field(repr=False)


# Those counted 1 without being in the real files follow from its broken records, or from tools
# that write the same layout a little differently.
DEFECTS: Final[Mapping[str, Defect]] = {
    "record broken over two lines": Defect(3, _break),
    "id repeated, identical": Defect(17, _repeat),
    "id repeated, other votes": Defect(13, _repeat_with_other_votes),
    "credits repeated, identical": Defect(9, _repeat_credits),
    "credits repeated, different": Defect(5, _repeat_credits_differently),
    "keywords repeated": Defect(957, _be(keywords_again=True)),
    "credits without a film": Defect(1, _be(in_movies=False)),
    "film without credits": Defect(1, _be(in_credits=False)),
    "film without keywords": Defect(1, _be(in_keywords=False)),
    # With the three broken records, whose first lines end before the date, 87.
    "no release date": Defect(84, _set(release_date="", status="")),
    "release date that is a number": Defect(1, _set(release_date="22")),
    "release date that does not exist": Defect(1, _set(release_date="2003-02-30")),
    "release date in the future": Defect(17, _future),
    "budget of a few dollars": Defect(237, _tiny_budget),
    "budget of a few dollars, revenue of millions": Defect(8, _tiny_budget_large_revenue),
    "budget that is not a number": Defect(1, _set(budget="/budget.jpg")),
    "revenue of a few dollars": Defect(155, _tiny_revenue),
    "revenue missing": Defect(1, _set(revenue="")),
    "runtime of 0": Defect(1_567, _set(runtime="0.0")),
    "runtime missing": Defect(257, _set(runtime="")),
    "popularity with an exponent": Defect(151, _set(popularity="1e-06")),
    "popularity missing": Defect(3, _set(popularity="")),
    "perfect average of one vote": Defect(190, _set(vote_average="10.0", vote_count="1")),
    "title missing": Defect(1, _set(title="")),
    "title with a left-to-right mark": Defect(1, _mark_title),
    "original title with spaces at its edges": Defect(2, _pad_original_title),
    "overview of two paragraphs": Defect(71, _paragraphs),
    "overview that says there is none": Defect(136, _set(overview="No overview found.")),
    "overview of one space": Defect(5, _set(overview=" ")),
    "two homepages in one": Defect(
        2, _set(homepage="http://one.example.org http://two.example.org")
    ),
    "IMDb id missing": Defect(17, _set(imdb_id="")),
    "poster that is not a JPEG": Defect(8, _set(poster_path="/poster.png")),
    "status missing": Defect(80, _set(status="")),
    "status of a rumour": Defect(230, _set(status="Rumored")),
    "status of an unfinished film": Defect(129, _set(status="Post Production")),
    "original language missing": Defect(11, _set(original_language="")),
    "original language that is a number": Defect(1, _set(original_language="104.0")),
    "adult film": Defect(9, _set(adult="True")),
    "video": Defect(93, _set(video="True")),
    "spoken language without a name": Defect(498, _unnamed_language),
    "collection that is False": Defect(1, _set(belongs_to_collection="False")),
    "nested cells as JSON": Defect(1, _as_json),
    "nested cells that are empty": Defect(1, _be(cell=_empty_cell)),
    "company twice in one film": Defect(2, _company_twice),
    "company under another id": Defect(146, _company_under_another_id),
    "company in another case": Defect(74, _company_in_another_case),
    "company with a no-break space": Defect(5, _add_company("\u00a0{}")),
    "company with a zero-width space": Defect(1, _add_company("{}\u200b")),
    "company with a tab": Defect(4, _add_company("Old\t{}")),
    "company with a double space": Defect(10, _add_company("Old  {}")),
    "company with a percent code": Defect(6, _add_company("K%2F{}")),
    "cast of names only": Defect(1, _names_only),
    "actor with a space": Defect(325, _add_actor("{} ")),
    "actor with a tab": Defect(12, _add_actor("\t{}")),
    "actor with a no-break space": Defect(3, _add_actor("{}\u00a0")),
    "actor with a zero-width space": Defect(3, _add_actor("\u200b{}")),
    "actor with a left-to-right mark": Defect(1, _add_actor("{}\u200e")),
    "actor not in composed form": Defect(7, _add_actor("{}e\u0301")),
    "actor twice in one film": Defect(555, _double_role),
    "writer with a space": Defect(153, _add_writer("{} ")),
    "writer with a tab": Defect(37, _add_writer("{}\t")),
    "keyword with a space": Defect(76, _add_keyword("{} ")),
    "keyword with a no-break space": Defect(104, _add_keyword("\u00a0{}\u00a0")),
}

MINIMUM_FILMS: Final = 500
"""Fewer could not hold one of each defect and still be mostly sound."""


def generate(folder: Path, films: int, seed: int) -> None:
    """Write a raw folder of invented films.

    The same number of films and the same seed give the same bytes.

    Parameters
    ----------
    folder
        Where movies_metadata.csv, credits.csv and keywords.csv go.
    films
        How many films to invent. The files have a few records more: some of them repeat.
    seed
        What the films are drawn from.

    Raises
    ------
    SampleError
        If there are too few films to show every defect.
    """
    if films < MINIMUM_FILMS:
        message = f"{films} films cannot show every defect: at least {MINIMUM_FILMS} are needed"
        raise SampleError(message)
    rng = Random(seed)  # noqa: S311 -- a sample has to be repeatable, not secret
    schedule = _schedule(films, rng)
    inventor = _Inventor(films, rng)
    with RawFolder(folder) as raw:
        later: defaultdict[int, list[Callable[[], None]]] = defaultdict(list)
        for number in range(films):
            draft = inventor.film(number)
            defect = schedule.get(number)
            if defect is not None:
                defect.change(draft, inventor)
            for lag, write in _records(draft, raw, rng):
                later[number + lag].append(write)
            _write_all(later.pop(number))
        for number in sorted(later):
            _write_all(later[number])


def _write_all(writes: Iterable[Callable[[], None]]) -> None:
    for write in writes:
        write()


def _schedule(films: int, rng: Random) -> dict[int, Defect]:
    """Choose which films get which defect; none gets two, so that each shows by itself."""
    affected = [
        defect
        for defect in DEFECTS.values()
        for _ in range(max(1, round(defect.per_reference * films / REFERENCE_FILMS)))
    ]
    return dict(zip(rng.sample(range(films), len(affected)), affected, strict=True))


def _records(
    draft: _Draft, raw: RawFolder, rng: Random
) -> Iterator[tuple[int, Callable[[], None]]]:
    """Yield what to write of a film, and how many films later."""
    film_id = draft.film["id"]
    record = draft.record()
    crew = literal_cell(draft.crew)
    write_credits = partial(raw.write_credits, film_id, draft.cell(draft.cast), crew)
    write_keywords = partial(raw.write_keywords, film_id, draft.cell(draft.keywords))
    if draft.broken:
        yield 0, partial(raw.write_broken_film, record, rng.randrange(len(record["overview"])))
    elif draft.in_movies:
        yield 0, partial(raw.write_film, record)
    if draft.in_credits:
        yield 0, write_credits
    if draft.in_keywords:
        yield 0, write_keywords
    if draft.film_again is not None:
        lag = rng.randint(1, FILM_REPEAT_LAG)
        yield lag, partial(raw.write_film, {**record, **draft.film_again})
        yield lag, write_credits
        yield lag, write_keywords
    if draft.credits_again is not None:
        lag = rng.randint(1, FILM_REPEAT_LAG)
        yield lag, partial(raw.write_credits, film_id, draft.cell(draft.credits_again), crew)
    if draft.keywords_again:
        yield rng.randint(1, KEYWORDS_REPEAT_LAG), write_keywords
