"""The sample folders: the embedded one shows every defect, the generated one has the shape."""

import ast
import csv
import hashlib
import json
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cartelera.contract.release_format import AKAS
from infra.sample.__main__ import main
from infra.sample.embedded import AKAS_COLUMNS, read_films, write_embedded
from infra.sample.entries import (
    Entry,
    SampleError,
    country_entry,
    genre_entry,
    language_entry,
)
from infra.sample.generator.defects import DEFECTS
from infra.sample.generator.folder import MINIMUM_FILMS, generate
from infra.sample.generator.ratings import RatedFilm, write_ratings
from infra.sample.raw_layout import (
    COLUMNS,
    CREDITS_FILE,
    KEYWORDS_FILE,
    MOVIES_FILE,
    raw_folder,
)
from infra.sample.specimens import FIRST_SPECIMEN_ID, SPECIMENS

MOVIE_COLUMNS = COLUMNS[MOVIES_FILE]
NESTED_COLUMNS = (
    "belongs_to_collection",
    "genres",
    "production_companies",
    "production_countries",
    "spoken_languages",
)
CAST_KEYS = [
    *("cast_id", "character", "credit_id", "gender", "id", "name", "order", "profile_path"),
]
CREW_KEYS = ["credit_id", "department", "gender", "id", "job", "name", "profile_path"]
VOLUME = 20_000

type Row = Mapping[str, str]


@dataclass(frozen=True)
class Raw:
    """A raw folder, read back the plain way."""

    records: Sequence[Sequence[str]]
    films: Sequence[Row]
    credits: Sequence[Row]
    keywords: Sequence[Row]

    @classmethod
    def read(cls, folder: Path) -> "Raw":
        header, *records = _records(folder / MOVIES_FILE)
        whole = [record for record in records if len(record) == len(header)]
        return cls(
            records,
            [dict(zip(header, record, strict=True)) for record in whole],
            _rows(folder / CREDITS_FILE),
            _rows(folder / KEYWORDS_FILE),
        )

    def of(self, defect: str) -> list[Row]:
        wanted = specimen_id(defect)
        return [film for film in self.films if film["id"] == wanted]

    def one(self, defect: str) -> Row:
        (film,) = self.of(defect)
        return film

    def credits_of(self, defect: str) -> list[Row]:
        return [row for row in self.credits if row["id"] == specimen_id(defect)]

    def keywords_of(self, defect: str) -> list[Row]:
        return [row for row in self.keywords if row["id"] == specimen_id(defect)]

    def broken(self) -> list[Sequence[str]]:
        return [record for record in self.records if len(record) != len(MOVIE_COLUMNS)]


def specimen_id(defect: str) -> str:
    defects = [specimen.defect for specimen in SPECIMENS]
    return str(FIRST_SPECIMEN_ID + defects.index(defect))


def _records(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def _rows(path: Path) -> list[Row]:
    header, *records = _records(path)
    return [dict(zip(header, record, strict=True)) for record in records]


def _digest(folder: Path) -> str:
    files = b"".join((folder / name).read_bytes() for name in COLUMNS)
    return hashlib.sha256(files).hexdigest()


def _names(cell: str) -> list[str]:
    return [entry["name"] for entry in ast.literal_eval(cell)]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Raw:
    folder = tmp_path_factory.mktemp("embedded")
    write_embedded(folder)
    return Raw.read(folder)


@pytest.fixture(scope="module")
def volume(tmp_path_factory: pytest.TempPathFactory) -> Raw:
    folder = tmp_path_factory.mktemp("volume")
    generate(folder, VOLUME, seed=7)
    return Raw.read(folder)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Raw:
    folder = tmp_path_factory.mktemp("small")
    generate(folder, 1_000, seed=3)
    return Raw.read(folder)


# The layout


def test_the_files_have_the_columns_of_the_raw_layout_in_order(tmp_path: Path) -> None:
    with raw_folder(tmp_path):
        pass

    assert {name: _records(tmp_path / name) for name in COLUMNS} == {
        name: [columns] for name, columns in COLUMNS.items()
    }
    assert [*COLUMNS] == ["movies_metadata.csv", "credits.csv", "keywords.csv"]
    assert len(MOVIE_COLUMNS) == 24
    assert COLUMNS[CREDITS_FILE] == ["cast", "crew", "id"]
    assert COLUMNS[KEYWORDS_FILE] == ["id", "keywords"]


def test_lines_end_in_lf_and_only_fields_that_need_quotes_have_them(tmp_path: Path) -> None:
    with raw_folder(tmp_path) as raw:
        raw.write(MOVIES_FILE, {"id": "7", "title": "Plain", "overview": 'One, "two"'})

    written = (tmp_path / MOVIES_FILE).read_bytes()
    assert b"\r" not in written
    assert b',7,,,,"One, ""two""",,' in written
    assert b",Plain," in written


def test_a_column_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with raw_folder(tmp_path) as raw, pytest.raises(SampleError, match="no column titel"):
        raw.write(MOVIES_FILE, {"id": "7", "titel": "Misspelt"})


def test_a_broken_film_reads_as_two_records_of_10_and_15_fields(tmp_path: Path) -> None:
    with raw_folder(tmp_path) as raw:
        raw.write(MOVIES_FILE, {"id": "1"})
        raw.write(MOVIES_FILE, {"id": "2", "overview": "one two", "release_date": "1999-01-02"}, 3)
        raw.write(MOVIES_FILE, {"id": "3"})

    _, before, first, second, after = _records(tmp_path / MOVIES_FILE)
    assert [len(record) for record in (before, first, second, after)] == [24, 10, 15, 24]
    assert first[-1] == "one"
    assert second[0] == " two"
    assert second[MOVIE_COLUMNS.index("id")] == "1999-01-02"


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        (genre_entry, "genre 'zz' is not in codes.toml"),
        (country_entry, "country 'zz' is not in"),
        (language_entry, "language 'zz' is not in"),
    ],
)
def test_a_code_without_a_name_is_refused_by_its_name(
    entry: Callable[[str], Entry], what: str
) -> None:
    with pytest.raises(SampleError, match=what):
        entry("zz")


# The embedded sample: its films


def test_every_film_of_films_toml_is_there_once_and_whole(sample: Raw) -> None:
    listed = read_films()

    written = {film["id"]: film for film in sample.films if int(film["id"]) < FIRST_SPECIMEN_ID}
    assert list(written) == [str(film.id) for film in listed]
    assert [film["title"] for film in written.values()] == [film.title for film in listed]
    assert all(film["status"] == "Released" for film in written.values())


def test_every_film_of_films_toml_has_its_credits_and_keywords(sample: Raw) -> None:
    credits_ = {row["id"]: row for row in sample.credits}
    keywords = {row["id"]: row for row in sample.keywords}

    for film in read_films():
        crew = ast.literal_eval(credits_[str(film.id)]["crew"])
        directors = [member["name"] for member in crew if member["job"] == "Director"]
        assert directors == list(film.directors)
        assert _names(credits_[str(film.id)]["cast"]) == [actor for actor, _ in film.roles()]
        assert _names(keywords[str(film.id)]["keywords"]) == list(film.keywords)


def test_nested_cells_are_python_literals_with_their_keys_in_order(sample: Raw) -> None:
    keys = Counter[tuple[str, tuple[str, ...]]]()
    for film in sample.films:
        for column in NESTED_COLUMNS:
            value = ast.literal_eval(film[column]) if _is_literal(film[column]) else []
            for entry in [value] if isinstance(value, dict) else value:
                keys[column, tuple(entry)] += 1

    assert set(keys) == {
        ("belongs_to_collection", ("id", "name", "poster_path", "backdrop_path")),
        ("genres", ("id", "name")),
        ("production_companies", ("name", "id")),
        ("production_countries", ("iso_3166_1", "name")),
        ("spoken_languages", ("iso_639_1", "name")),
    }


def _is_literal(cell: str) -> bool:
    return cell not in {"", "False"} and "null" not in cell


def test_cast_and_crew_have_their_keys_in_order(sample: Raw) -> None:
    casts = [row["cast"] for row in sample.credits if _is_literal(row["cast"])]
    crews = [row["crew"] for row in sample.credits]

    assert all(list(entry) == CAST_KEYS for cell in casts for entry in ast.literal_eval(cell))
    assert all(list(entry) == CREW_KEYS for cell in crews for entry in ast.literal_eval(cell))


def test_a_name_has_the_same_id_wherever_it_occurs(sample: Raw) -> None:
    ids: dict[str, set[int]] = {}
    for film in sample.films:
        if int(film["id"]) < FIRST_SPECIMEN_ID:
            for company in ast.literal_eval(film["production_companies"]):
                ids.setdefault(company["name"], set()).add(company["id"])

    assert {len(numbers) for numbers in ids.values()} == {1}
    assert len(set.union(*ids.values())) == len(ids)


def test_writing_twice_gives_the_same_bytes_and_replaces_what_was_there(tmp_path: Path) -> None:
    write_embedded(tmp_path)
    first = _digest(tmp_path)
    (tmp_path / MOVIES_FILE).write_text("x" * 1_000_000, encoding="utf-8")

    write_embedded(tmp_path)

    assert _digest(tmp_path) == first


# The embedded sample: its defects


def test_no_two_specimens_show_the_same_defect() -> None:
    defects = [specimen.defect for specimen in SPECIMENS]

    assert len(set(defects)) == len(defects)


def test_a_broken_record_reads_as_two_whose_fields_are_shifted(sample: Raw) -> None:
    broken = sample.broken()

    assert [len(record) for record in broken] == [10, 15, 10, 15]
    assert broken[0][-1]
    assert not broken[2][-1]
    for second in broken[1::2]:
        shifted = dict(zip(MOVIE_COLUMNS, second, strict=False))
        assert shifted["adult"].startswith(" ")
        assert shifted["budget"].endswith(".jpg")
        assert shifted["id"] in {"1999-03-12", "2006-11-24"}
        assert shifted["original_language"] in {"104.0", "96.0"}
        assert ast.literal_eval(shifted["production_companies"]) is False
        assert shifted["release_date"] in {"12", "1"}


@pytest.mark.parametrize(
    ("defect", "column", "value"),
    [
        ("no release date", "release_date", ""),
        ("almost empty record", "popularity", ""),
        ("release date that is a number", "release_date", "22"),
        ("release date that does not exist", "release_date", "2003-02-30"),
        ("release date in the future", "status", "In Production"),
        ("release date in the nineteenth century", "release_date", "1888-10-14"),
        ("revenue of a few dollars", "revenue", "12"),
        ("budget that is not a number", "budget", "/cartelera.jpg"),
        ("budget and revenue not known", "revenue", "0"),
        ("revenue missing", "revenue", ""),
        ("runtime of 0", "runtime", "0.0"),
        ("runtime missing", "runtime", ""),
        ("runtime of a day", "runtime", "1140.0"),
        ("popularity with an exponent", "popularity", "1e-06"),
        ("popularity missing", "popularity", ""),
        ("average of no votes", "vote_count", "0"),
        ("perfect average of one vote", "vote_average", "10.0"),
        ("title missing", "title", ""),
        ("overview that says there is none", "overview", "No overview found."),
        ("overview of one space", "overview", " "),
        ("poster that is not a JPEG", "poster_path", "/cartelera.png"),
        ("status missing", "status", ""),
        ("status of a film that was not released", "status", "Rumored"),
        ("original language missing", "original_language", ""),
        ("original language that is not ISO", "original_language", "cn"),
        ("original language that is a number", "original_language", "104.0"),
        ("adult film", "adult", "True"),
        ("video", "video", "True"),
        ("collection that is False", "belongs_to_collection", "False"),
        ("nested cells that are empty", "genres", ""),
        ("nested cells without entries", "production_companies", "[]"),
    ],
)
def test_a_defect_of_one_field_is_in_that_field(
    sample: Raw, defect: str, column: str, value: str
) -> None:
    assert sample.one(defect)[column] == value


def test_a_budget_of_a_few_dollars_comes_with_a_revenue_of_millions(sample: Raw) -> None:
    film = sample.one("budget of a few dollars")

    assert int(film["budget"]) < 1_000
    assert int(film["revenue"]) > 1_000_000


def test_an_id_comes_twice_once_identically_and_once_with_other_votes(sample: Raw) -> None:
    first, again = sample.of("id repeated, identical")
    counted, recounted = sample.of("id repeated, other votes")

    assert first == again
    assert counted["vote_count"] != recounted["vote_count"]
    assert counted["title"] == recounted["title"]


def test_credits_and_keywords_come_twice(sample: Raw) -> None:
    first, again = sample.credits_of("credits repeated, identical")
    cast, recast = sample.credits_of("credits repeated, different")
    labelled, relabelled = sample.keywords_of("keywords repeated")

    assert first == again
    assert len(_names(recast["cast"])) == len(_names(cast["cast"])) + 1
    assert labelled == relabelled


def test_a_title_is_shared_by_three_films_two_of_them_of_one_year(sample: Raw) -> None:
    shared = [film for film in sample.films if film["title"] == "The Shared Title"]

    assert len({film["id"] for film in shared}) == 3
    assert sorted(film["release_date"][:4] for film in shared) == ["1958", "2001", "2001"]


def test_a_title_holds_the_characters_that_get_lost_in_a_path(sample: Raw) -> None:
    title = sample.one("title that is hard to put into a path")["title"]

    assert set('/?#"\\%…—·™') <= set(title)


def test_names_hold_invisible_characters_and_white_space(sample: Raw) -> None:
    companies = {
        name: _names(sample.one(name)["production_companies"])[0]
        for name in (
            "company with no-break spaces at its edges",
            "company with a zero-width space",
            "company with a tab and a double space inside",
            "company with a percent code",
        )
    }
    (credits_,) = sample.credits_of("people with white space in their names")
    people = _names(credits_["cast"]) + _names(credits_["crew"])
    (keywords,) = sample.keywords_of("keywords with white space at their edges")

    spaced, zero_width, tabbed, encoded = companies.values()
    assert spaced[0] == spaced[-1] == "\u00a0"
    assert zero_width.endswith("\u200b")
    assert "\t" in tabbed
    assert "  " in tabbed
    assert "%2F" in encoded
    assert {" ", "\t", "\u00a0", "\u200b", "\u200e"} <= set("".join(people))
    assert people[0].endswith(" ")
    assert people[1].startswith("\t")
    assert people[-1].endswith("\t")
    assert [name[-1] for name in _names(keywords["keywords"])] == [" ", "\u00a0"]
    assert sample.one("title with a left-to-right mark")["title"].startswith("\u200e")
    padded = sample.one("original title with spaces at its edges")["original_title"]
    assert padded != padded.strip()


def test_a_name_is_not_in_composed_form(sample: Raw) -> None:
    (credits_,) = sample.credits_of("name that is not in composed form")

    assert "e\u0301" in _names(credits_["cast"])[0]


def test_an_overview_runs_over_several_lines(sample: Raw) -> None:
    overview = sample.one("overview of two paragraphs")["overview"]

    assert "\n\n" in overview
    assert "\u2029" in overview


def test_credits_lack_cast_crew_or_both(sample: Raw) -> None:
    (no_cast,) = sample.credits_of("cast without entries")
    (no_crew,) = sample.credits_of("crew without entries")
    (neither,) = sample.credits_of("cast and crew without entries")

    assert no_cast["cast"] == "[]" != no_cast["crew"]
    assert no_crew["crew"] == "[]" != no_crew["cast"]
    assert neither["cast"] == neither["crew"] == "[]"


def test_a_film_has_no_credits_another_no_keywords_and_credits_no_film(sample: Raw) -> None:
    assert sample.one("film without credits")
    assert sample.credits_of("film without credits") == []
    assert sample.one("film without keywords")
    assert sample.keywords_of("film without keywords") == []
    assert sample.of("credits without a film") == []
    assert len(sample.credits_of("credits without a film")) == 1


def test_an_entry_of_which_only_the_name_is_known_has_none_elsewhere(sample: Raw) -> None:
    (credits_,) = sample.credits_of("credits of names only")

    for entry in ast.literal_eval(credits_["cast"]) + ast.literal_eval(credits_["crew"]):
        known = {key for key, value in entry.items() if value is not None}
        assert known in ({"name"}, {"name", "order"})


def test_people_double_and_are_mistaken_for_each_other(sample: Raw) -> None:
    (double,) = sample.credits_of("person twice in one film")
    (mistaken,) = sample.credits_of("people who share an id or a name")
    (sound,) = sample.credits_of("no release date")

    assert [entry["id"] for entry in ast.literal_eval(double["cast"])] == [9_000_001] * 2
    assert {entry["job"] for entry in ast.literal_eval(double["crew"])} == {"Director", "Writer"}
    renamed, one, other = ast.literal_eval(mistaken["cast"])
    (original,) = ast.literal_eval(sound["cast"])
    assert renamed["id"] == original["id"]
    assert renamed["name"] != original["name"]
    assert one["name"] == other["name"]
    assert one["id"] != other["id"]


def test_cells_written_as_json_are_not_python_literals(sample: Raw) -> None:
    film = sample.one("nested cells as JSON")
    (credits_,) = sample.credits_of("nested cells as JSON")

    for cell in (film["belongs_to_collection"], credits_["cast"]):
        assert json.loads(cell)
        with pytest.raises(ValueError, match="malformed node"):
            ast.literal_eval(cell)


def test_a_company_comes_twice_in_one_film_and_once_in_another_case(sample: Raw) -> None:
    twice = _names(sample.one("company twice in one film")["production_companies"])
    loud = _names(sample.one("company that differs in case")["production_companies"])

    assert twice[0] == twice[1]
    assert loud[0] != twice[0]
    assert loud[0].casefold() == twice[0].casefold()


def test_spoken_languages_have_empty_and_broken_names(sample: Raw) -> None:
    names = _names(sample.one("spoken languages without a name")["spoken_languages"])

    assert names[0] == names[1] == ""
    assert "??????" in names
    assert any("\x9a" in name for name in names)


# films.toml


def _film_table(**changes: str) -> str:
    lines = {
        "id": "1",
        "title": '"A"',
        "release_date": '"2001-01-01"',
        **dict.fromkeys(("runtime", "budget", "revenue", "vote_count"), "1"),
        **dict.fromkeys(("popularity", "vote_average"), "1.0"),
        **dict.fromkeys(("genres", "companies", "countries", "spoken_languages"), "[]"),
        **dict.fromkeys(("directors", "cast", "keywords"), "[]"),
        "original_language": '"en"',
        **changes,
    }
    return "[[film]]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items())


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (_film_table(countries='["QQ"]'), "film 1: country 'QQ' is not in codes.toml"),
        (_film_table(spoken_languages='["qq"]'), "film 1: language 'qq' is not in"),
        (_film_table(genres='["Dramaa"]'), "film 1: genre 'Dramaa' is not in"),
        (_film_table(gender='"?"'), "film 1: .*gender"),
        (_film_table() * 2, "film 1: its id comes twice"),
        (_film_table(id=str(FIRST_SPECIMEN_ID)), "are the specimens'"),
        ("[[film]]\nid = 1\n", "film 1: .*missing"),
        ("film = ", "no list of films"),
    ],
)
def test_a_mistake_in_films_toml_is_told_with_the_film_it_is_in(
    tmp_path: Path, text: str, what: str
) -> None:
    films = tmp_path / "films.toml"
    films.write_text(text, encoding="utf-8")

    with pytest.raises(SampleError, match=what):
        write_embedded(tmp_path / "raw", films)


# The generator


def test_the_same_seed_and_count_give_the_same_bytes(tmp_path: Path) -> None:
    generate(tmp_path / "one", 2_000, seed=1)
    generate(tmp_path / "two", 2_000, seed=1)
    generate(tmp_path / "three", 2_000, seed=2)

    assert _digest(tmp_path / "one") == _digest(tmp_path / "two")
    assert _digest(tmp_path / "one") != _digest(tmp_path / "three")


def test_too_few_films_for_every_defect_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="cannot show every defect"):
        generate(tmp_path, MINIMUM_FILMS - 1, seed=1)


def test_the_fewest_films_hold_every_defect_and_are_mostly_sound(tmp_path: Path) -> None:
    generate(tmp_path, MINIMUM_FILMS, seed=1)

    assert len(DEFECTS) < MINIMUM_FILMS / 4
    assert len(Raw.read(tmp_path).films) >= MINIMUM_FILMS - 2


def test_a_thousand_films_have_at_least_one_of_each_structural_defect(small: Raw) -> None:
    parse_film_ids = Counter(film["id"] for film in small.films)
    credit_ids = Counter(row["id"] for row in small.credits)
    keyword_ids = Counter(row["id"] for row in small.keywords)

    assert sorted(len(record) for record in small.broken()) == [10, 15]
    assert sum(count == 2 for count in parse_film_ids.values()) == 2
    assert sum(count == 2 for count in credit_ids.values()) == 4
    assert sum(count == 2 for count in keyword_ids.values()) > 15
    assert len(parse_film_ids - credit_ids) == 1
    assert len(parse_film_ids - keyword_ids) == 1
    # The broken film and the one that is in no record of movies_metadata.csv.
    assert len(credit_ids.keys() - parse_film_ids.keys()) == 2


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("release_date", ""),
        ("release_date", "22"),
        ("release_date", "2003-02-30"),
        ("budget", "/budget.jpg"),
        ("revenue", ""),
        ("runtime", ""),
        ("runtime", "0.0"),
        ("popularity", ""),
        ("popularity", "1e-06"),
        ("title", ""),
        ("status", ""),
        ("status", "Rumored"),
        ("original_language", ""),
        ("original_language", "104.0"),
        ("belongs_to_collection", "False"),
        ("genres", ""),
        ("imdb_id", ""),
        ("overview", " "),
        ("overview", "No overview found."),
        ("adult", "True"),
        ("video", "True"),
    ],
)
def test_a_thousand_films_have_at_least_one_of_each_defect_of_a_field(
    small: Raw, column: str, value: str
) -> None:
    assert any(film[column] == value for film in small.films)


def test_a_thousand_films_have_invisible_characters_in_every_kind_of_name(small: Raw) -> None:
    companies = "".join(film["production_companies"] for film in small.films)
    people = "".join(row["cast"] + row["crew"] for row in small.credits)
    keywords = "".join(row["keywords"] for row in small.keywords)

    # As a literal writes them.
    assert all(escape in companies for escape in (r"\xa0", r"\u200b", r"\t", "%2F"))
    assert all(escape in people for escape in (r"\xa0", r"\u200b", r"\u200e", r"\t", " ',"))
    assert r"\xa0" in keywords
    assert any(film["title"].startswith("\u200e") for film in small.films)


def test_a_thousand_films_have_one_whose_nested_cells_are_json(small: Raw) -> None:
    in_json = [row for row in small.credits if '"name": ' in row["cast"] and "null" in row["cast"]]

    assert in_json
    assert all(json.loads(row["cast"]) for row in in_json)


def test_every_other_nested_cell_is_a_python_literal(small: Raw) -> None:
    unparsed = 0
    for film in small.films:
        for column in NESTED_COLUMNS[1:]:
            try:
                assert isinstance(ast.literal_eval(film[column]), list)
            except (ValueError, SyntaxError):
                unparsed += 1

    # Three empty cells. The film in JSON has no null in these, so they read as literals too.
    assert unparsed == 3


def test_the_volume_has_the_shape_of_the_real_set(volume: Raw) -> None:
    films = volume.films
    languages = Counter(film["original_language"] for film in films)
    genres = Counter(name for film in films for name in _names(film["genres"] or "[]"))
    companies = [_names(film["production_companies"] or "[]") for film in films]
    by_company = Counter(name for names in companies for name in names)
    collections = Counter(
        ast.literal_eval(film["belongs_to_collection"])["id"]
        for film in films
        if film["belongs_to_collection"] not in {"", "False"}
    )
    votes = sorted(int(film["vote_count"]) for film in films)
    budgets = [film["budget"] for film in films]
    overviews = [len(film["overview"].split()) for film in films if film["overview"]]
    titles = Counter(film["title"] for film in films)

    assert len(films) == pytest.approx(VOLUME, rel=0.002)
    assert languages["en"] / VOLUME == pytest.approx(0.709, abs=0.02)
    assert genres["Drama"] / VOLUME == pytest.approx(0.446, abs=0.03)
    assert genres.total() / VOLUME == pytest.approx(2.0, abs=0.05)
    assert by_company.total() / VOLUME == pytest.approx(1.55, abs=0.06)
    assert by_company.most_common(1)[0][1] / VOLUME == pytest.approx(0.0275, abs=0.01)
    assert sum(n == 1 for n in by_company.values()) / len(by_company) > 0.5
    assert collections.total() / VOLUME == pytest.approx(0.099, abs=0.01)
    assert collections.total() / len(collections) == pytest.approx(2.65, abs=0.3)
    assert votes[VOLUME // 2] == pytest.approx(10, abs=2)
    assert votes[VOLUME * 99 // 100] == pytest.approx(2_184, rel=0.3)
    assert budgets.count("0") / VOLUME == pytest.approx(0.80, abs=0.03)
    assert statistics.mean(overviews) == pytest.approx(56, abs=2)
    assert sum(n for n in titles.values() if n > 1) / VOLUME == pytest.approx(0.12, abs=0.03)


def test_the_credits_of_the_volume_weigh_what_real_credits_weigh(volume: Raw) -> None:
    weight = sum(len(row["cast"]) + len(row["crew"]) for row in volume.credits)
    casts = [row["cast"].count("'cast_id'") for row in volume.credits]

    assert weight / VOLUME == pytest.approx(4_200, rel=0.1)
    assert statistics.mean(casts) == pytest.approx(12.4, abs=0.5)


def test_the_volume_has_each_defect_as_often_as_the_real_set(volume: Raw) -> None:
    undated = sum(film["release_date"] == "" for film in volume.films)
    repeated = len(volume.films) - len({film["id"] for film in volume.films})
    credits_repeated = len(volume.credits) - len({row["id"] for row in volume.credits})
    timeless = sum(film["runtime"] == "0.0" for film in volume.films)

    assert undated == round(84 * VOLUME / 45_460)
    assert repeated == pytest.approx(30 * VOLUME / 45_460, abs=1.5)
    assert credits_repeated == pytest.approx(44 * VOLUME / 45_460, abs=2)
    assert timeless == pytest.approx(1_567 * VOLUME / 45_460, rel=0.1)
    assert len(volume.broken()) == 2 * round(3 * VOLUME / 45_460)


def test_titles_of_the_volume_have_accents_punctuation_and_other_scripts(volume: Raw) -> None:
    titles = "".join(film["title"] for film in volume.films)

    assert set("é:'-,.!?&/") <= set(titles)
    assert any(ord(letter) > 0x0370 and letter.isalpha() for letter in titles)


# The command


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_command_writes_the_embedded_sample_and_says_so_in_one_line(tmp_path: Path) -> None:
    result = call(tmp_path)

    assert result.exit_code == 0
    assert result.output.count("\n") == 1
    assert f"the embedded sample to {tmp_path}" in result.output
    assert {path.name for path in tmp_path.iterdir()} == {*COLUMNS, AKAS}


def test_the_sample_has_other_titles_in_the_layout_of_imdb(tmp_path: Path) -> None:
    call(tmp_path)

    header, *lines = (tmp_path / AKAS).read_text().splitlines()
    assert header.split("\t") == list(AKAS_COLUMNS)
    assert all(line.count("\t") == header.count("\t") for line in lines)
    assert "tt0068646\t2\tEl padrino\tES\t\\N\t\\N\t\\N\t0" in lines
    assert "tt0245429\t1\t千と千尋の神隠し\t\\N\t\\N\toriginal\t\\N\t1" in lines


def test_the_command_generates_as_many_films_as_asked(tmp_path: Path) -> None:
    result = call(tmp_path, "--films", 600, "--seed", 5)

    assert "600 generated films (seed 5)" in result.output
    generate(tmp_path / "again", 600, seed=5)
    assert _digest(tmp_path) == _digest(tmp_path / "again")


@pytest.mark.parametrize("films", ["many", MINIMUM_FILMS - 1])
def test_an_unusable_number_of_films_is_wrong_usage(tmp_path: Path, films: object) -> None:
    result = call(tmp_path, "--films", films)

    assert result.exit_code == 2
    assert f"'--films': {films!r}" in result.output or f"x>={MINIMUM_FILMS}" in result.output


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    result = call(tmp_path / "file" / "folder")

    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert "Not a directory" in result.output


def test_as_many_ratings_are_generated_as_are_asked_for_of_films_that_are_linked(
    tmp_path: Path,
) -> None:
    films = [RatedFilm(str(10 * n), f"tt{n:07}", n * n) for n in range(1, 901)]
    films.append(RatedFilm("1997-08-20", "0", 0))
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
        write_ratings(folder, films, 5_000, seed=3)

    links = (folders[0] / "links.csv").read_text().splitlines()
    header, *ratings = (folders[0] / "ratings.csv").read_text().splitlines()
    assert links[:3] == ["movieId,imdbId,tmdbId", "1,0000001,10", "2,0000002,20"]
    assert (len(links), links[700], links[300]) == (901, "700,0000700,", "300,0000300,90000300")
    assert header.replace('"', "") == "userId,movieId,rating,timestamp"
    pairs = [tuple(map(int, line.split(",")[:2])) for line in ratings]
    assert len(set(pairs)) == len(pairs) == 5_000
    # The better known oftener.
    rated = Counter(movie for _, movie in pairs)
    assert sum(rated[n] for n in range(601, 901)) > sum(rated[n] for n in range(1, 601))
    for name in ("links.csv", "ratings.csv"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
