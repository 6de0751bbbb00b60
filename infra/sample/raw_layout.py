"""The raw layout, defined once: columns, nested cells, fixed names, and a streaming writer.

The three files are ordinary CSV: a comma between fields, quotes only where a field needs them, LF
at the end of a record. Nested cells hold the ``repr`` of Python lists and dicts, whose keys keep a
fixed order; the functions here build the entries in that order.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self, TextIO

MOVIES_FILE: Final = "movies_metadata.csv"
CREDITS_FILE: Final = "credits.csv"
KEYWORDS_FILE: Final = "keywords.csv"
RAW_FILES: Final = (MOVIES_FILE, CREDITS_FILE, KEYWORDS_FILE)

MOVIE_COLUMNS: Final = (
    "adult",
    "belongs_to_collection",
    "budget",
    "genres",
    "homepage",
    "id",
    "imdb_id",
    "original_language",
    "original_title",
    "overview",
    "popularity",
    "poster_path",
    "production_companies",
    "production_countries",
    "release_date",
    "revenue",
    "runtime",
    "spoken_languages",
    "status",
    "tagline",
    "title",
    "video",
    "vote_average",
    "vote_count",
)
CREDITS_COLUMNS: Final = ("cast", "crew", "id")
KEYWORDS_COLUMNS: Final = ("id", "keywords")

_KNOWN_MOVIE_COLUMNS: Final = frozenset(MOVIE_COLUMNS)

# A record broken over two lines breaks inside this column.
BREAKING_COLUMN: Final = MOVIE_COLUMNS.index("overview")

NO_ENTRIES: Final = "[]"

# What TMDB calls its genres, and their ids.
GENRE_IDS: Final[Mapping[str, int]] = {
    "Action": 28,
    "Adventure": 12,
    "Animation": 16,
    "Comedy": 35,
    "Crime": 80,
    "Documentary": 99,
    "Drama": 18,
    "Family": 10751,
    "Fantasy": 14,
    "Foreign": 10769,
    "History": 36,
    "Horror": 27,
    "Music": 10402,
    "Mystery": 9648,
    "Romance": 10749,
    "Science Fiction": 878,
    "TV Movie": 10770,
    "Thriller": 53,
    "War": 10752,
    "Western": 37,
}

# ISO 3166-1 codes (and the withdrawn ones of countries that are no more), named as TMDB does.
COUNTRY_NAMES: Final[Mapping[str, str]] = {
    "AE": "United Arab Emirates",
    "AF": "Afghanistan",
    "AL": "Albania",
    "AM": "Armenia",
    "AO": "Angola",
    "AR": "Argentina",
    "AT": "Austria",
    "AU": "Australia",
    "AZ": "Azerbaijan",
    "BA": "Bosnia and Herzegovina",
    "BD": "Bangladesh",
    "BE": "Belgium",
    "BF": "Burkina Faso",
    "BG": "Bulgaria",
    "BO": "Bolivia",
    "BR": "Brazil",
    "BS": "Bahamas",
    "BT": "Bhutan",
    "BW": "Botswana",
    "BY": "Belarus",
    "CA": "Canada",
    "CD": "Congo",
    "CG": "Congo",
    "CH": "Switzerland",
    "CI": "Cote D'Ivoire",
    "CL": "Chile",
    "CM": "Cameroon",
    "CN": "China",
    "CO": "Colombia",
    "CR": "Costa Rica",
    "CU": "Cuba",
    "CY": "Cyprus",
    "CZ": "Czech Republic",
    "DE": "Germany",
    "DK": "Denmark",
    "DO": "Dominican Republic",
    "DZ": "Algeria",
    "EC": "Ecuador",
    "EE": "Estonia",
    "EG": "Egypt",
    "ES": "Spain",
    "ET": "Ethiopia",
    "FI": "Finland",
    "FR": "France",
    "GB": "United Kingdom",
    "GE": "Georgia",
    "GH": "Ghana",
    "GR": "Greece",
    "GT": "Guatemala",
    "HK": "Hong Kong",
    "HR": "Croatia",
    "HU": "Hungary",
    "ID": "Indonesia",
    "IE": "Ireland",
    "IL": "Israel",
    "IN": "India",
    "IQ": "Iraq",
    "IR": "Iran",
    "IS": "Iceland",
    "IT": "Italy",
    "JM": "Jamaica",
    "JO": "Jordan",
    "JP": "Japan",
    "KE": "Kenya",
    "KG": "Kyrgyz Republic",
    "KH": "Cambodia",
    "KP": "North Korea",
    "KR": "South Korea",
    "KZ": "Kazakhstan",
    "LA": "Lao People's Democratic Republic",
    "LB": "Lebanon",
    "LI": "Liechtenstein",
    "LK": "Sri Lanka",
    "LT": "Lithuania",
    "LU": "Luxembourg",
    "LV": "Latvia",
    "LY": "Libyan Arab Jamahiriya",
    "MA": "Morocco",
    "MC": "Monaco",
    "MD": "Moldova",
    "ME": "Montenegro",
    "MK": "Macedonia",
    "ML": "Mali",
    "MM": "Myanmar",
    "MN": "Mongolia",
    "MR": "Mauritania",
    "MT": "Malta",
    "MX": "Mexico",
    "MY": "Malaysia",
    "NA": "Namibia",
    "NG": "Nigeria",
    "NI": "Nicaragua",
    "NL": "Netherlands",
    "NO": "Norway",
    "NP": "Nepal",
    "NZ": "New Zealand",
    "PA": "Panama",
    "PE": "Peru",
    "PH": "Philippines",
    "PK": "Pakistan",
    "PL": "Poland",
    "PR": "Puerto Rico",
    "PS": "Palestinian Territory",
    "PT": "Portugal",
    "PY": "Paraguay",
    "QA": "Qatar",
    "RO": "Romania",
    "RS": "Serbia",
    "RU": "Russia",
    "RW": "Rwanda",
    "SA": "Saudi Arabia",
    "SE": "Sweden",
    "SG": "Singapore",
    "SI": "Slovenia",
    "SK": "Slovakia",
    "SN": "Senegal",
    "SU": "Soviet Union",
    "SV": "El Salvador",
    "SY": "Syrian Arab Republic",
    "TD": "Chad",
    "TH": "Thailand",
    "TN": "Tunisia",
    "TR": "Turkey",
    "TT": "Trinidad and Tobago",
    "TW": "Taiwan",
    "TZ": "Tanzania",
    "UA": "Ukraine",
    "UG": "Uganda",
    "US": "United States of America",
    "UY": "Uruguay",
    "UZ": "Uzbekistan",
    "VE": "Venezuela",
    "VN": "Vietnam",
    "XC": "Czechoslovakia",
    "XG": "East Germany",
    "YU": "Yugoslavia",
    "ZA": "South Africa",
    "ZW": "Zimbabwe",
}

# ISO 639-1 codes (and TMDB's own "cn" and "xx"), named as TMDB does. TMDB has no name for some,
# and spells Russian with a Latin P and Lithuanian with a control character: so do the raw files.
LANGUAGE_NAMES: Final[Mapping[str, str]] = {
    "af": "Afrikaans",
    "am": "",
    "ar": "العربية",
    "az": "Azərbaycan",
    "be": "беларуская мова",
    "bg": "български език",
    "bm": "Bamanankan",
    "bn": "বাংলা",
    "bo": "",
    "bs": "Bosanski",
    "ca": "Català",
    "cn": "广州话 / 廣州話",
    "cs": "Český",
    "cy": "Cymraeg",
    "da": "Dansk",
    "de": "Deutsch",
    "el": "ελληνικά",
    "en": "English",
    "eo": "Esperanto",
    "es": "Español",
    "et": "Eesti",
    "eu": "euskera",
    "fa": "فارسی",
    "fi": "suomi",
    "fr": "Français",
    "ga": "Gaeilge",
    "gd": "",
    "gl": "Galego",
    "gn": "",
    "gu": "",
    "he": "עִבְרִית",
    "hi": "हिन्दी",
    "hr": "Hrvatski",
    "hu": "Magyar",
    "hy": "",
    "id": "Bahasa indonesia",
    "is": "Íslenska",
    "it": "Italiano",
    "iu": "",
    "ja": "日本語",
    "ka": "ქართული",
    "kk": "қазақ",
    "km": "",
    "kn": "?????",
    "ko": "한국어/조선말",
    "ku": "",
    "ky": "??????",
    "la": "Latin",
    "lt": "Lietuvi\x9akai",
    "lv": "Latviešu",
    "mi": "",
    "mk": "",
    "ml": "",
    "mn": "",
    "mr": "",
    "ms": "Bahasa melayu",
    "mt": "Malti",
    "my": "",
    "nb": "Bokmål",
    "ne": "",
    "nl": "Nederlands",
    "no": "Norsk",
    "pa": "ਪੰਜਾਬੀ",
    "pl": "Polski",
    "ps": "پښتو",
    "pt": "Português",
    "qu": "",
    "ro": "Română",
    "ru": "Pусский",  # the Latin P is TMDB's
    "sa": "",
    "sh": "",
    "sk": "Slovenčina",
    "sl": "Slovenščina",
    "so": "Somali",
    "sq": "shqip",
    "sr": "Srpski",
    "st": "",
    "sv": "svenska",
    "sw": "Kiswahili",
    "ta": "தமிழ்",
    "te": "తెలుగు",
    "th": "ภาษาไทย",
    "tl": "",
    "tr": "Türkçe",
    "uk": "Український",
    "ur": "اردو",
    "vi": "Tiếng Việt",
    "wo": "Wolof",
    "xh": "",
    "xx": "No Language",
    "yi": "",
    "zh": "普通话",
    "zu": "isiZulu",
}

type Entry = dict[str, int | str | None]


class Credit(NamedTuple):
    """What an entry of the credits says beside the name; of some, nothing is known."""

    credit_id: str | None = None
    gender: int | None = None
    person_id: int | None = None
    profile_path: str | None = None


_UNKNOWN: Final = Credit()


class SampleError(ValueError):
    """A sample cannot be made, for a reason one line can tell."""


def genre_entry(name: str) -> Entry:
    """Return one entry of ``genres``."""
    if name not in GENRE_IDS:
        message = f"genre {name!r} has no id: TMDB does not know it"
        raise SampleError(message)
    return {"id": GENRE_IDS[name], "name": name}


def company_entry(company_id: int, name: str) -> Entry:
    """Return one entry of ``production_companies``, where the name comes first."""
    return {"name": name, "id": company_id}


def country_entry(code: str) -> Entry:
    """Return one entry of ``production_countries``."""
    if code not in COUNTRY_NAMES:
        message = f"country {code!r} has no name in COUNTRY_NAMES"
        raise SampleError(message)
    return {"iso_3166_1": code, "name": COUNTRY_NAMES[code]}


def language_entry(code: str) -> Entry:
    """Return one entry of ``spoken_languages``."""
    if code not in LANGUAGE_NAMES:
        message = f"language {code!r} has no name in LANGUAGE_NAMES"
        raise SampleError(message)
    return {"iso_639_1": code, "name": LANGUAGE_NAMES[code]}


def collection_entry(
    collection_id: int, name: str, poster_path: str | None = None, backdrop_path: str | None = None
) -> Entry:
    """Return the one dict of ``belongs_to_collection``."""
    return {
        "id": collection_id,
        "name": name,
        "poster_path": poster_path,
        "backdrop_path": backdrop_path,
    }


def keyword_entry(keyword_id: int, name: str) -> Entry:
    """Return one entry of ``keywords``."""
    return {"id": keyword_id, "name": name}


def cast_entry(
    name: str,
    order: int,
    *,
    cast_id: int | None = None,
    character: str | None = None,
    credit: Credit = _UNKNOWN,
) -> Entry:
    """Return one entry of ``cast``; with only a name and an order, the other keys are ``None``."""
    return {
        "cast_id": cast_id,
        "character": character,
        "credit_id": credit.credit_id,
        "gender": credit.gender,
        "id": credit.person_id,
        "name": name,
        "order": order,
        "profile_path": credit.profile_path,
    }


def crew_entry(
    name: str,
    *,
    department: str | None = None,
    job: str | None = None,
    credit: Credit = _UNKNOWN,
) -> Entry:
    """Return one entry of ``crew``; with only a name, the other keys are ``None``."""
    return {
        "credit_id": credit.credit_id,
        "department": department,
        "gender": credit.gender,
        "id": credit.person_id,
        "job": job,
        "name": name,
        "profile_path": credit.profile_path,
    }


def literal_cell(value: Sequence[Entry] | Entry) -> str:
    """Render a nested cell the way the raw files do: as a Python literal."""
    return repr(value)


def json_cell(value: Sequence[Entry] | Entry) -> str:
    """Render a nested cell as JSON, which the raw layout does not expect."""
    return json.dumps(value, ensure_ascii=False)


class RawFolder:
    """A raw folder being written, record by record; what it holds in memory is three buffers.

    Parameters
    ----------
    folder
        Where the three files go. It is created if need be; files of an earlier run are replaced.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open_files = ExitStack()

    def __enter__(self) -> Self:
        """Create the three files and write their headers."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as undo:
            movies, credits_, keywords = (undo.enter_context(self._create(f)) for f in RAW_FILES)
            self._open_files = undo.pop_all()
        self._movies = csv.writer(movies, lineterminator="\n")
        self._credits = csv.writer(credits_, lineterminator="\n")
        self._keywords = csv.writer(keywords, lineterminator="\n")
        self._movies.writerow(MOVIE_COLUMNS)
        self._credits.writerow(CREDITS_COLUMNS)
        self._keywords.writerow(KEYWORDS_COLUMNS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the three files."""
        self._open_files.close()

    def _create(self, file_name: str) -> TextIO:
        return (self._folder / file_name).open("w", encoding="utf-8", newline="")

    def write_film(self, film: Mapping[str, str]) -> None:
        """Write one record of movies_metadata.csv; a column that is not given is left empty."""
        self._movies.writerow(_movie_row(film))

    def write_broken_film(self, film: Mapping[str, str], break_at: int) -> None:
        """Write a film broken over two lines, as three records of the real file are.

        The break falls inside the overview. Neither line is quoted over it, so a reader sees two
        records: the first one stops early (10 fields), and the second begins with the rest of the
        overview, which moves every later field to a column that is not its own (15 fields).

        Parameters
        ----------
        film
            The fields of the film, by column.
        break_at
            How many characters of the overview stay on the first line.
        """
        row = _movie_row(film)
        overview = row[BREAKING_COLUMN]
        self._movies.writerow([*row[:BREAKING_COLUMN], overview[:break_at]])
        self._movies.writerow([overview[break_at:], *row[BREAKING_COLUMN + 1 :]])

    def write_credits(self, film_id: str, cast: str, crew: str) -> None:
        """Write one record of credits.csv; the cells come already rendered."""
        self._credits.writerow((cast, crew, film_id))

    def write_keywords(self, film_id: str, keywords: str) -> None:
        """Write one record of keywords.csv; the cell comes already rendered."""
        self._keywords.writerow((film_id, keywords))


def _movie_row(film: Mapping[str, str]) -> list[str]:
    unknown = film.keys() - _KNOWN_MOVIE_COLUMNS
    if unknown:
        message = f"{MOVIES_FILE} has no column {', '.join(sorted(unknown))}"
        raise SampleError(message)
    return [film.get(column, "") for column in MOVIE_COLUMNS]
