"""The embedded sample: the films of films.toml, and one specimen of every known defect.

The films are well formed. What is wrong in the real files is shown by specimens: invented films,
each carrying one defect, so that no well-known film is dropped or falsified by the cleaning.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from infra.sample.raw_layout import (
    NO_ENTRIES,
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

FILMS_FILE: Final = Path(__file__).with_name("films.toml")

# Above every id TMDB has given out, and above those films.toml makes up.
FIRST_SPECIMEN_ID: Final = 9_500_001

# TMDB's "not set"; the films do not tell.
_UNKNOWN_GENDER: Final = 0

_NO_BREAK_SPACE: Final = "\u00a0"
_ZERO_WIDTH_SPACE: Final = "\u200b"
_LEFT_TO_RIGHT_MARK: Final = "\u200e"
_PARAGRAPH_SEPARATOR: Final = "\u2029"
_COMBINING_ACUTE: Final = "\u0301"


@dataclass(frozen=True, kw_only=True)
class Film:
    """One ``[[film]]`` of films.toml."""

    id: int
    title: str
    release_date: str
    runtime: int
    budget: int
    revenue: int
    popularity: float
    vote_average: float
    vote_count: int
    genres: Sequence[str]
    companies: Sequence[str]
    countries: Sequence[str]
    original_language: str
    spoken_languages: Sequence[str]
    directors: Sequence[str]
    cast: Sequence[str]
    keywords: Sequence[str]
    original_title: str = ""
    tagline: str = ""
    overview: str = ""
    collection: str = ""
    writers: Sequence[str] = ()

    def billing(self) -> list[tuple[str, str]]:
        """Return actor and character of each cast member; the character may be empty."""
        parted = (member.partition(" as ") for member in self.cast)
        return [(actor, character) for actor, _, character in parted]

    def people(self) -> Iterable[str]:
        """Return everybody in the credits."""
        yield from self.directors
        yield from self.writers
        for actor, _ in self.billing():
            yield actor


@dataclass(frozen=True)
class _Ids:
    """The ids of what has only a name: its place among all the names, sorted."""

    companies: Mapping[str, int]
    collections: Mapping[str, int]
    keywords: Mapping[str, int]
    people: Mapping[str, int]

    @classmethod
    def of(cls, films: Sequence[Film]) -> "_Ids":
        return cls(
            companies=_numbered(name for film in films for name in film.companies),
            collections=_numbered(film.collection for film in films if film.collection),
            keywords=_numbered(name for film in films for name in film.keywords),
            people=_numbered(name for film in films for name in film.people()),
        )


# The cells of a specimen that are sound unless it says otherwise.
_COMPANY: Final = company_entry(9_000_001, "Lantern Street Pictures")
_SOUND_FILM: Final[Mapping[str, str]] = {
    "adult": "False",
    "budget": "1200000",
    "genres": literal_cell([genre_entry("Drama"), genre_entry("Mystery")]),
    "original_language": "en",
    "overview": "A clockmaker leaves town, and every clock she made begins to run backwards.",
    "popularity": "1.25",
    "poster_path": "/cartelera.jpg",
    "production_companies": literal_cell([_COMPANY]),
    "production_countries": literal_cell([country_entry("GB")]),
    "release_date": "2001-09-14",
    "revenue": "3400000",
    "runtime": "96.0",
    "spoken_languages": literal_cell([language_entry("en")]),
    "status": "Released",
    "video": "False",
    "vote_average": "6.4",
    "vote_count": "21",
}


def _actor(name: str, order: int = 0, *, character: str = "Ada", number: int = 1) -> Entry:
    return cast_entry(
        name,
        order,
        cast_id=order + 1,
        character=character,
        credit=Credit(
            _credit_id("specimen cast", name, order), _UNKNOWN_GENDER, 9_000_000 + number
        ),
    )


def _member(
    name: str, job: str = "Director", department: str = "Directing", *, number: int = 2
) -> Entry:
    return crew_entry(
        name,
        department=department,
        job=job,
        credit=Credit(_credit_id("specimen crew", name, job), _UNKNOWN_GENDER, 9_000_000 + number),
    )


def _credit_id(*parts: object) -> str:
    """Return 24 hexadecimal digits, as TMDB's credit ids have, that depend on the parts alone."""
    text = "\x1f".join(str(part) for part in parts)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


_CAST: Final = literal_cell([_actor("Marisol Quell")])
_CREW: Final = literal_cell([_member("Tobias Wrenfield")])
_KEYWORDS: Final = literal_cell([keyword_entry(9_000_001, "clockwork")])


@dataclass(frozen=True, kw_only=True)
class Specimen:
    """An invented film with one thing wrong.

    Attributes
    ----------
    defect
        What is wrong with it, in short; no two specimens share it.
    title
        Its title. ``film`` may override it.
    film
        Where its record differs from a sound one.
    in_movies
        Whether it is in movies_metadata.csv at all.
    break_at
        After how many characters of the overview its record breaks over two lines, if it does.
    again
        If its id comes a second time: where that record differs from the first.
    credits
        Its records in credits.csv, as pairs of cast and crew.
    keywords
        Its records in keywords.csv.
    """

    defect: str
    title: str
    film: Mapping[str, str] = field(default_factory=dict)
    in_movies: bool = True
    break_at: int | None = None
    again: Mapping[str, str] | None = None
    credits: Sequence[tuple[str, str]] = ((_CAST, _CREW),)
    keywords: Sequence[str] = (_KEYWORDS,)


_BROKEN_RECORDS: Final = (
    # The overview held a bare line break: the record is two lines, of 10 and of 15 fields. A
    # reader that forgives it meets an id like 1999-03-12, a budget that is the path of an image,
    # False among the companies, 104.0 for a language and the vote count for a release date.
    Specimen(
        defect="record broken inside its overview",
        title="The Break in the Middle",
        film={
            "overview": "Two halves of a letter travel on two ships. - Written by Nobody",
            "release_date": "1999-03-12",
            "runtime": "104.0",
            "vote_count": "12",
        },
        break_at=len("Two halves of a letter travel on two ships."),
    ),
    # The same with nothing left of the overview on the first line, and a collection.
    Specimen(
        defect="record broken before its overview",
        title="The Break at the Beginning",
        film={
            "belongs_to_collection": literal_cell(
                collection_entry(9_000_001, "The Break Collection", None, "/cartelera.jpg")
            ),
            "original_language": "",
            "overview": ' The second letter, the one "not sent", arrives before the first.',
            "release_date": "2006-11-24",
            "vote_average": "",
            "vote_count": "1",
        },
        break_at=0,
    ),
)

_DATES: Final = (
    # 84 films have no date, and the first lines of the three broken records.
    Specimen(defect="no release date", title="The Film Without a Date", film={"release_date": ""}),
    # Nearly all of those have no status, language or popularity either.
    Specimen(
        defect="almost empty record",
        title="The Film of Which Nothing Is Known",
        film={
            "budget": "0",
            "genres": NO_ENTRIES,
            "original_language": "",
            "overview": "",
            "popularity": "",
            "poster_path": "",
            "production_companies": NO_ENTRIES,
            "production_countries": NO_ENTRIES,
            "release_date": "",
            "revenue": "0",
            "runtime": "",
            "spoken_languages": NO_ENTRIES,
            "status": "",
            "vote_average": "0.0",
            "vote_count": "0",
        },
    ),
    # As the second half of a broken record has it: a number where the date should be.
    Specimen(
        defect="release date that is a number", title="The Film of 22", film={"release_date": "22"}
    ),
    # Written like a date, but there is no such day.
    Specimen(
        defect="release date that does not exist",
        title="The Thirtieth of February",
        film={"release_date": "2003-02-30"},
    ),
    # A film that was only announced when the files were made.
    Specimen(
        defect="release date in the future",
        title="The Film That Is Still to Come",
        film={"release_date": "2020-12-16", "status": "In Production", "vote_count": "0"},
    ),
    # Older than cinema as a business; a range of years that starts at 1900 loses it.
    Specimen(
        defect="release date in the nineteenth century",
        title="Leaving the Clock Factory",
        film={"release_date": "1888-10-14", "runtime": "1.0", "original_language": "xx"},
    ),
)

_REPEATS: Final = (
    # 17 repeated records are the same to the last character …
    Specimen(defect="id repeated, identical", title="The Same Film Twice", again={}),
    # … and 13 were fetched at another moment.
    Specimen(
        defect="id repeated, other votes",
        title="The Film That Was Counted Twice",
        again={"popularity": "1.31", "vote_count": "23"},
    ),
    # Credits repeat where films do, 38 of 43 times identically …
    Specimen(
        defect="credits repeated, identical",
        title="The Same Credits Twice",
        credits=((_CAST, _CREW), (_CAST, _CREW)),
    ),
    # … and else with another cast or crew.
    Specimen(
        defect="credits repeated, different",
        title="The Film That Was Cast Twice",
        credits=(
            (_CAST, _CREW),
            (literal_cell([_actor("Marisol Quell"), _actor("Odo Brask", 1, number=3)]), _CREW),
        ),
    ),
    # A page of 957 films was written twice into the real file.
    Specimen(
        defect="keywords repeated",
        title="The Same Keywords Twice",
        keywords=(_KEYWORDS, _KEYWORDS),
    ),
)

_NUMBERS: Final = (
    # Meant in millions: the return on it comes out a million times too large.
    Specimen(
        defect="budget of a few dollars",
        title="The Eight Dollar Film",
        film={"budget": "8", "revenue": "11000000"},
    ),
    Specimen(
        defect="revenue of a few dollars",
        title="The Film Nobody Paid For",
        film={"budget": "9000000", "revenue": "12"},
    ),
    # As the second half of a broken record has it.
    Specimen(
        defect="budget that is not a number",
        title="The Film That Cost a Picture",
        film={"budget": "/cartelera.jpg"},
    ),
    # Four of five films say 0 for "not known".
    Specimen(
        defect="budget and revenue not known",
        title="The Film of Unknown Means",
        film={"budget": "0", "revenue": "0"},
    ),
    # As both halves of a broken record have it.
    Specimen(defect="revenue missing", title="The Film Without Takings", film={"revenue": ""}),
    Specimen(defect="runtime of 0", title="The Film That Takes No Time", film={"runtime": "0.0"}),
    Specimen(defect="runtime missing", title="The Film Nobody Timed", film={"runtime": ""}),
    # A series counted as one film: right, but far from every other value.
    Specimen(
        defect="runtime of a day", title="The Very Long Afternoon", film={"runtime": "1140.0"}
    ),
    # The smallest popularities are in scientific notation.
    Specimen(
        defect="popularity with an exponent",
        title="The Film Nobody Looks Up",
        film={"popularity": "1e-06"},
    ),
    Specimen(defect="popularity missing", title="The Film Without Fame", film={"popularity": ""}),
    # An average of 0.0 means that nobody has voted …
    Specimen(
        defect="average of no votes",
        title="The Film Nobody Rated",
        film={"vote_average": "0.0", "vote_count": "0"},
    ),
    # … and the best average that one person has.
    Specimen(
        defect="perfect average of one vote",
        title="The Director's Mother's Favourite",
        film={"vote_average": "10.0", "vote_count": "1"},
    ),
)

_TEXTS: Final = (
    # As both halves of a broken record have it.
    Specimen(defect="title missing", title="", film={"original_title": "El título perdido"}),
    # Two films of one title …
    Specimen(defect="title shared, first", title="The Shared Title"),
    Specimen(
        defect="title shared, second",
        title="The Shared Title",
        film={"release_date": "1958-04-03"},
    ),
    # … and a third of the same year as the first.
    Specimen(defect="title and year shared", title="The Shared Title", film={"vote_count": "2"}),
    # Characters that get lost between a browser, a gateway and a route.
    Specimen(
        defect="title that is hard to put into a path",
        title='Who/What? #9: "Half" \\ 50% … 100 % — Café·Noir™',
    ),
    Specimen(
        defect="title with a left-to-right mark", title=f"{_LEFT_TO_RIGHT_MARK}The Marked Title"
    ),
    Specimen(
        defect="original title with spaces at its edges",
        title="The Padded Title",
        film={"original_title": " Der gepolsterte Titel "},
    ),
    # Sound, and what breaks a reader that splits at line ends.
    Specimen(
        defect="overview of two paragraphs",
        title="The Film in Two Parts",
        film={"overview": f"A door opens.\n\nA door{_PARAGRAPH_SEPARATOR}closes, 'softly'."},
    ),
    # 91 overviews say that there is none, in the same words.
    Specimen(
        defect="overview that says there is none",
        title="The Film Without a Plot",
        film={"overview": "No overview found."},
    ),
    Specimen(
        defect="overview of one space", title="The Film About Nothing", film={"overview": " "}
    ),
    Specimen(
        defect="two homepages in one",
        title="The Film With Two Addresses",
        film={"homepage": "http://one.example.org http://two.example.org"},
    ),
    Specimen(
        defect="poster that is not a JPEG",
        title="The Transparent Poster",
        film={"poster_path": "/cartelera.png"},
    ),
)

_FLAGS_AND_CODES: Final = (
    Specimen(defect="status missing", title="The Film in Limbo", film={"status": ""}),
    Specimen(
        defect="status of a film that was not released",
        title="The Film One Hears About",
        film={"status": "Rumored"},
    ),
    Specimen(
        defect="original language missing",
        title="The Film in No Known Tongue",
        film={"original_language": ""},
    ),
    # TMDB's own codes: "cn" for Cantonese, "xx" for a film without words.
    Specimen(
        defect="original language that is not ISO",
        title="The Film in Cantonese",
        film={"original_language": "cn"},
    ),
    # As the second half of a broken record has it: the runtime.
    Specimen(
        defect="original language that is a number",
        title="The Film in a Hundred and Four",
        film={"original_language": "104.0"},
    ),
    Specimen(defect="adult film", title="The Film After Midnight", film={"adult": "True"}),
    Specimen(defect="video", title="Straight to the Shelf", film={"video": "True"}),
    # TMDB has no name for some languages, a broken one for others, so names are no key.
    Specimen(
        defect="spoken languages without a name",
        title="The Film of Many Tongues",
        film={
            "spoken_languages": literal_cell(
                [language_entry(code) for code in ("yi", "tl", "ky", "lt")]
            )
        },
    ),
)

_NESTED_CELLS: Final = (
    # What a reader finds in the shifted cells of a broken record.
    Specimen(
        defect="collection that is False",
        title="The Film That Belongs Nowhere",
        film={"belongs_to_collection": "False"},
    ),
    # Written by a newer tool: null and double quotes, which Python's literals do not know.
    Specimen(
        defect="nested cells as JSON",
        title="The Film From Another Tool",
        film={
            "belongs_to_collection": json_cell(
                collection_entry(9_000_002, "The Other Tool Collection")
            ),
            "genres": json_cell([genre_entry("Comedy")]),
        },
        credits=((json_cell([_actor("Marisol Quell")]), _CREW),),
    ),
    Specimen(
        defect="nested cells that are empty",
        title="The Film of Empty Cells",
        film={"genres": "", "production_companies": "", "spoken_languages": ""},
        keywords=("",),
    ),
    Specimen(
        defect="nested cells without entries",
        title="The Film of Empty Lists",
        film={
            "genres": NO_ENTRIES,
            "production_companies": NO_ENTRIES,
            "production_countries": NO_ENTRIES,
            "spoken_languages": NO_ENTRIES,
        },
        keywords=(NO_ENTRIES,),
    ),
)

_COMPANY_NAMES: Final = (
    # One company under two ids: counted by name, the film would count twice for it.
    Specimen(
        defect="company twice in one film",
        title="The Film of One Company",
        film={
            "production_companies": literal_cell(
                [_COMPANY, company_entry(9_000_002, "Lantern Street Pictures")]
            )
        },
    ),
    # 74 company names have a twin that differs in case or in a space at the edge.
    Specimen(
        defect="company that differs in case",
        title="The Loud Company",
        film={
            "production_companies": literal_cell(
                [company_entry(9_000_003, "LANTERN STREET Pictures")]
            )
        },
    ),
    Specimen(
        defect="company with no-break spaces at its edges",
        title="The Spaced Company",
        film={
            "production_companies": literal_cell(
                [company_entry(9_000_004, f"{_NO_BREAK_SPACE}Harbour Nine Films{_NO_BREAK_SPACE}")]
            )
        },
    ),
    Specimen(
        defect="company with a zero-width space",
        title="The Invisible Company",
        film={
            "production_companies": literal_cell(
                [company_entry(9_000_005, f"Harbour Ten Films{_ZERO_WIDTH_SPACE}")]
            )
        },
    ),
    Specimen(
        defect="company with a tab and a double space inside",
        title="The Tabulated Company",
        film={
            "production_companies": literal_cell(
                [company_entry(9_000_006, "Harbour\tEleven  Films")]
            )
        },
    ),
    # Percent-encoded once too often on its way into TMDB: %2F is part of the name.
    Specimen(
        defect="company with a percent code",
        title="The Encoded Company",
        film={"production_companies": literal_cell([company_entry(9_000_007, "Q%2FR Pictures")])},
    ),
)

_CREDITS_AND_KEYWORDS: Final = (
    Specimen(
        defect="cast without entries",
        title="The Film Without Actors",
        credits=((NO_ENTRIES, _CREW),),
    ),
    Specimen(
        defect="crew without entries",
        title="The Film Without a Crew",
        credits=((_CAST, NO_ENTRIES),),
    ),
    Specimen(
        defect="cast and crew without entries",
        title="The Film Made by Nobody",
        credits=((NO_ENTRIES, NO_ENTRIES),),
    ),
    Specimen(defect="film without credits", title="The Uncredited Film", credits=()),
    Specimen(defect="film without keywords", title="The Unlabelled Film", keywords=()),
    # Credits and keywords of a film that was taken out of the catalogue.
    Specimen(defect="credits without a film", title="The Removed Film", in_movies=False),
    # Only the name is known: every other key is there, and None.
    Specimen(
        defect="credits of names only",
        title="The Film of Mere Names",
        credits=(
            (
                literal_cell([cast_entry("Marisol Quell", 0), cast_entry("Odo Brask", 1)]),
                literal_cell([crew_entry("Tobias Wrenfield")]),
            ),
        ),
    ),
    # The first name billed is not always number 0.
    Specimen(
        defect="cast that is counted from 1",
        title="The Film Counted From One",
        credits=(
            (
                literal_cell([_actor("Marisol Quell", 1), _actor("Odo Brask", 2, number=3)]),
                _CREW,
            ),
        ),
    ),
    # One person, two entries: two characters, two jobs.
    Specimen(
        defect="person twice in one film",
        title="The Film of Double Roles",
        credits=(
            (
                literal_cell(
                    [_actor("Marisol Quell"), _actor("Marisol Quell", 1, character="Her Twin")]
                ),
                literal_cell(
                    [
                        _member("Tobias Wrenfield"),
                        _member("Tobias Wrenfield", "Writer", "Writing"),
                    ]
                ),
            ),
        ),
    ),
    # One id, two names; and one name, two ids.
    Specimen(
        defect="people who share an id or a name",
        title="The Film of Mistaken Identity",
        credits=(
            (
                literal_cell(
                    [
                        _actor("Marisol Quell-Ibarra"),
                        _actor("Odo Brask", 1, number=3),
                        _actor("Odo Brask", 2, character="Bo", number=4),
                    ]
                ),
                _CREW,
            ),
        ),
    ),
    Specimen(
        defect="people with white space in their names",
        title="The Film of Stray Spaces",
        credits=(
            (
                literal_cell(
                    [
                        _actor("Odo Brask ", number=3),
                        _actor("\tIlse Tammen", 1, number=5),
                        _actor(f"Rui{_NO_BREAK_SPACE}Palhares", 2, number=6),
                        _actor(f"{_ZERO_WIDTH_SPACE}Noor Abdel", 3, number=7),
                        _actor(f"Yael{_LEFT_TO_RIGHT_MARK} Barzel", 4, number=8),
                    ]
                ),
                literal_cell([_member("Tobias  Wrenfield\t")]),
            ),
        ),
    ),
    # The same letters as another spelling of Unicode has them.
    Specimen(
        defect="name that is not in composed form",
        title="The Film of Loose Accents",
        credits=((literal_cell([_actor(f"Rene{_COMBINING_ACUTE} Soler", number=9)]), _CREW),),
    ),
    # No credit says whom the actor plays.
    Specimen(
        defect="character missing",
        title="The Film of Nobody in Particular",
        credits=((literal_cell([_actor("Marisol Quell", character="")]), _CREW),),
    ),
    Specimen(
        defect="keywords with white space at their edges",
        title="The Film of Loose Ends",
        keywords=(
            literal_cell(
                [
                    keyword_entry(9_000_002, "clock tower "),
                    keyword_entry(9_000_003, f"{_NO_BREAK_SPACE}pendulum{_NO_BREAK_SPACE}"),
                ]
            ),
        ),
    ),
)

SPECIMENS: Final = (
    *_BROKEN_RECORDS,
    *_DATES,
    *_REPEATS,
    *_NUMBERS,
    *_TEXTS,
    *_FLAGS_AND_CODES,
    *_NESTED_CELLS,
    *_COMPANY_NAMES,
    *_CREDITS_AND_KEYWORDS,
)


def write_embedded(folder: Path, films_file: Path = FILMS_FILE) -> None:
    """Write the embedded sample: its films, then one specimen of each defect.

    Parameters
    ----------
    folder
        Where movies_metadata.csv, credits.csv and keywords.csv go.
    films_file
        The films, in TOML, as `read_films` reads them.

    Raises
    ------
    SampleError
        If the films say something that cannot be written, such as a country without a name.
    """
    films = read_films(films_file)
    ids = _Ids.of(films)
    with RawFolder(folder) as raw:
        for film in films:
            try:
                _write_film(raw, film, ids)
            except SampleError as error:
                raise _films_error(films_file, film.id, error) from error
        for number, specimen in enumerate(SPECIMENS):
            _write_specimen(raw, specimen, str(FIRST_SPECIMEN_ID + number))


def read_films(file: Path = FILMS_FILE) -> list[Film]:
    """Read films from a file like films.toml: a ``[[film]]`` has the fields of `Film`.

    Raises
    ------
    SampleError
        If it is no TOML, if a film lacks a key or has one that is not known, or if an id comes
        twice or belongs to the specimens.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))["film"]
    except (tomllib.TOMLDecodeError, KeyError) as error:
        message = f"{file.name}: no list of films: {error}"
        raise SampleError(message) from error
    films: dict[int, Film] = {}
    for table in tables:
        try:
            film = Film(**table)
        except TypeError as error:
            raise _films_error(file, table.get("id"), error) from error
        if film.id in films:
            raise _films_error(file, film.id, "its id comes twice")
        if film.id >= FIRST_SPECIMEN_ID:
            what = f"ids from {FIRST_SPECIMEN_ID} are the specimens'"
            raise _films_error(file, film.id, what)
        films[film.id] = film
    return list(films.values())


def specimen_id(defect: str) -> str:
    """Return the id of the specimen that shows a defect."""
    defects = [specimen.defect for specimen in SPECIMENS]
    return str(FIRST_SPECIMEN_ID + defects.index(defect))


def _films_error(file: Path, film_id: int | None, what: object) -> SampleError:
    return SampleError(f"{file.name}: film {film_id}: {what}")


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(sorted(set(names)), start=1)}


def _write_film(raw: RawFolder, film: Film, ids: _Ids) -> None:
    film_id = str(film.id)
    raw.write_film(_film_fields(film, ids))
    raw.write_credits(
        film_id,
        literal_cell(
            [
                cast_entry(
                    actor,
                    order,
                    cast_id=order + 1,
                    character=character,
                    credit=Credit(
                        _credit_id(film_id, "cast", order), _UNKNOWN_GENDER, ids.people[actor]
                    ),
                )
                for order, (actor, character) in enumerate(film.billing())
            ]
        ),
        literal_cell(
            [
                crew_entry(
                    name,
                    department=department,
                    job=job,
                    credit=Credit(
                        _credit_id(film_id, job, name), _UNKNOWN_GENDER, ids.people[name]
                    ),
                )
                for names, job, department in (
                    (film.directors, "Director", "Directing"),
                    (film.writers, "Writer", "Writing"),
                )
                for name in names
            ]
        ),
    )
    raw.write_keywords(
        film_id, literal_cell([keyword_entry(ids.keywords[name], name) for name in film.keywords])
    )


def _film_fields(film: Film, ids: _Ids) -> dict[str, str]:
    companies = [company_entry(ids.companies[name], name) for name in film.companies]
    return {
        "adult": "False",
        "belongs_to_collection": (
            literal_cell(collection_entry(ids.collections[film.collection], film.collection))
            if film.collection
            else ""
        ),
        "budget": str(film.budget),
        "genres": literal_cell([genre_entry(name) for name in film.genres]),
        "id": str(film.id),
        "original_language": film.original_language,
        "original_title": film.original_title or film.title,
        "overview": film.overview,
        "popularity": str(film.popularity),
        "production_companies": literal_cell(companies),
        "production_countries": literal_cell([country_entry(code) for code in film.countries]),
        "release_date": film.release_date,
        "revenue": str(film.revenue),
        "runtime": f"{film.runtime:.1f}",
        "spoken_languages": literal_cell([language_entry(c) for c in film.spoken_languages]),
        "status": "Released",
        "tagline": film.tagline,
        "title": film.title,
        "video": "False",
        "vote_average": f"{film.vote_average:.1f}",
        "vote_count": str(film.vote_count),
    }


def _write_specimen(raw: RawFolder, specimen: Specimen, film_id: str) -> None:
    titles = {"title": specimen.title, "original_title": specimen.title}
    numbers = {"id": film_id, "imdb_id": f"tt{film_id}"}
    film = {**_SOUND_FILM, **titles, **numbers, **specimen.film}
    if specimen.break_at is not None:
        raw.write_broken_film(film, specimen.break_at)
    elif specimen.in_movies:
        raw.write_film(film)
    if specimen.again is not None:
        raw.write_film({**film, **specimen.again})
    for cast, crew in specimen.credits:
        raw.write_credits(film_id, cast, crew)
    for keywords in specimen.keywords:
        raw.write_keywords(film_id, keywords)
