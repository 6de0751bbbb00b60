"""Raw files in the shapes that people have, written here from the sample's first films."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.catalogue.catalogue import to_arrow
from etl.clean.schemas import RAW_ROLES
from etl.clean.tolerance import DEFAULT_TOLERANCE
from etl.clean.unnest import CUT, MAX_SPREADSHEET_CELL
from etl.engines.data_set import coverage_lines, describe_data_set
from etl.engines.intake import Intake, sources_of
from etl.engines.runners.workers import Workers
from etl.errors import ContractError, RawInputError
from etl.extract.raw_files import BATCH_ROWS, EMPTY, REPEATED_HEADER, find_raw
from infra.sample.embedded import write_embedded
from infra.sample.shapes import SHAPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from etl.engines.intake import Ledger
    from etl.progress import Stages

    # By file, its records, the header first.
    type Files = dict[str, list[list[str]]]
    type Read = Callable[..., tuple[pa.Table, Ledger]]
    type Write = Callable[[Path, Files], None]

FILMS = 24
MOVIES = "movies_metadata.csv"
CREDITS = "credits.csv"
NUMBERS = ("budget", "popularity", "revenue", "runtime", "vote_average", "vote_count")


@pytest.fixture(scope="module")
def files(raw_sample: Path) -> Files:
    """The first films of the sample, all of them well formed."""
    read = {}
    for name in (MOVIES, CREDITS, "keywords.csv"):
        with (raw_sample / name).open(newline="") as stream:
            read[name] = list(islice(csv.reader(stream), FILMS + 1))
    return read


@pytest.fixture(scope="module")
def read(stages: Stages) -> Read:
    """Take the films of a folder in, as the job does, and account for them."""

    def read(folder: Path, encoding: str | None = None) -> tuple[pa.Table, Ledger]:
        raw = find_raw(folder, RAW_ROLES, encoding)
        intake = Intake(stages, Workers(1), BATCH_ROWS, DEFAULT_TOLERANCE)
        catalogue, _ = intake.take_in(sources_of(raw, BATCH_ROWS))
        return to_arrow(catalogue), intake.ledger

    return read


@pytest.fixture(scope="module")
def expected(files: Files, read: Read, tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    folder = tmp_path_factory.mktemp("as-they-are")
    write(folder, files)
    return read(folder)[0]


def dump(rows: Iterable[list[str]], **options: Any) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, **{"lineterminator": "\n"} | options).writerows(rows)
    return stream.getvalue()


def write(folder: Path, files: Files, encoding: str = "utf-8", **options: Any) -> None:
    for name, rows in files.items():
        (folder / name).write_bytes(dump(rows, **options).encode(encoding))


def changed(files: Files, change: Callable[[str, str], str], *columns: str) -> Files:
    """Change the cells of all columns, or of some; `change` is given the column and the cell."""
    return {
        name: [header]
        + [
            [
                change(column, cell) if not columns or column in columns else cell
                for column, cell in zip(header, row, strict=True)
            ]
            for row in rows
        ]
        for name, (header, *rows) in files.items()
    }


def with_dates(form: str, files: Files) -> Files:
    def change(_: str, cell: str) -> str:
        year, month, day = cell.split("-")
        return form.format(year=year, month=month, day=day)

    return changed(files, change, "release_date")


def spanish(folder: Path, files: Files) -> None:
    commas = changed(files, lambda _, cell: cell.replace(".", ","), *NUMBERS)
    write(folder, commas, "utf-8-sig", delimiter=";", lineterminator="\r\n")


def by_r(folder: Path, files: Files, first: list[str]) -> None:
    numbered = {
        name: [[*first, *header]]
        + [[str(number), *(cell or "NA" for cell in row)] for number, row in enumerate(rows, 1)]
        for name, (header, *rows) in files.items()
    }
    write(folder, numbered, quoting=csv.QUOTE_ALL)


def with_rows(*others: Callable[[list[str]], list[str]]) -> Write:
    """Put records in the middle and at the end, made of the header."""

    def written(folder: Path, files: Files) -> None:
        more = {
            name: [*rows[:9], *(each(rows[0]) for each in others), *rows[9:]]
            + [other(rows[0]) for other in others] * 20
            for name, rows in files.items()
        }
        write(folder, more)

    return written


def parquet(folder: Path, files: Files) -> None:
    for name, (header, *rows) in files.items():
        columns = dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))
        table = pa.table({column: pa.array(cells) for column, cells in columns.items()})
        for column in ("id", "vote_count"):
            if column in columns:
                place = table.schema.get_field_index(column)
                table = table.set_column(place, column, table[column].cast(pa.int64()))
        pq.write_table(table, folder / name.replace(".csv", ".parquet"))


def archive(folder: Path, files: Files, name: str = "archive.zip", inner: str = "") -> None:
    with zipfile.ZipFile(folder / name, "w") as opened:
        opened.writestr("__MACOSX/._credits.csv", "")
        for file, rows in files.items():
            opened.writestr(f"{inner}{file}", dump(rows))


def zipped_one_by_one(folder: Path, files: Files) -> None:
    for name, rows in files.items():
        archive(folder, {name: rows}, f"{name}.zip")


def elsewhere(folder: Path, files: Files) -> None:
    (folder / "the-movies-dataset").mkdir()
    write(folder / "the-movies-dataset", files)


def downloaded_again(folder: Path, files: Files) -> None:
    write(folder, {name.replace(".csv", " (1).csv"): rows for name, rows in files.items()})


def gzipped(folder: Path, files: Files) -> None:
    for name, rows in files.items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(dump(rows).encode()))


def by_change(change: Callable[[Files], Files]) -> Write:
    return lambda folder, files: write(folder, change(files))


def booleans(words: dict[str, str]) -> Write:
    return by_change(lambda files: changed(files, lambda _, cell: words.get(cell, cell), "adult"))


SHAPED: dict[str, Write] = {
    "a Spanish spreadsheet": spanish,
    "tabs": partial(write, delimiter="\t"),
    "bars": partial(write, delimiter="|"),
    "a byte order mark": partial(write, encoding="utf-8-sig"),
    "Windows lines": partial(write, lineterminator="\r\n"),
    "all quoted": partial(write, quoting=csv.QUOTE_ALL),
    "backslashes": partial(write, doublequote=False, escapechar="\\"),
    "capitals": lambda folder, files: write(
        folder,
        {
            name: [[column.title().replace("_", " ") for column in header], *rows]
            for name, (header, *rows) in files.items()
        },
    ),
    "R": partial(by_r, first=[""]),
    "R without a name for its rows": partial(by_r, first=[]),
    "pandas' index": partial(by_r, first=["Unnamed: 0"]),
    "0 and 1": booleans({"True": "1", "False": "0"}),
    "TRUE": booleans({"True": "TRUE", "False": "FALSE"}),
    "timestamps": by_change(partial(with_dates, "{year}-{month}-{day} 00:00:00")),
    "ISO 8601": by_change(partial(with_dates, "{year}-{month}-{day}T00:00:00.000Z")),
    "the year first": by_change(partial(with_dates, "{year}/{month}/{day}")),
    "the day first": by_change(partial(with_dates, "{day}/{month}/{year}")),
    "the month first": by_change(partial(with_dates, "{month}/{day}/{year} 0:00")),
    "German dates": by_change(partial(with_dates, "{day}.{month}.{year}")),
    "empty rows": with_rows(lambda header: [""] * len(header), lambda _: ["", ""]),
    "its header again": with_rows(list),
    "parquet": parquet,
    "an archive": archive,
    "a folder in an archive": partial(archive, inner="data/"),
    "archives": zipped_one_by_one,
    "another folder": elsewhere,
    "a second download": downloaded_again,
    "gzip": gzipped,
}


def test_whatever_the_files_went_through_the_catalogue_is_the_same(
    files: Files, read: Read, expected: pa.Table, tmp_path: Path
) -> None:
    for number, (shape, written) in enumerate(SHAPED.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        written(folder, files)

        catalogue, ledger = read(folder)

        assert catalogue.equals(expected), shape
        reasons = {entry.reason for entry in ledger.quarantine}
        assert reasons <= {EMPTY, REPEATED_HEADER}, shape


@pytest.mark.parametrize("marker", ["nan", "NaN", "None", "null", "NULL", "NA", "N/A", "\\N"])
def test_a_missing_value_is_missing_however_it_is_written(
    files: Files, read: Read, expected: pa.Table, tmp_path: Path, marker: str
) -> None:
    write(tmp_path, changed(files, lambda _, cell: cell or marker))

    catalogue, ledger = read(tmp_path)

    assert catalogue.equals(expected)
    assert not ledger.quarantine


def test_what_looks_missing_and_may_be_real_is_real(
    files: Files, read: Read, tmp_path: Path
) -> None:
    header, *rows = files[MOVIES]
    films = [dict(zip(header, row, strict=True)) for row in rows]
    films[0] |= {"title": "Nan", "original_title": "Nan", "original_language": "na"}
    films[1] |= {"title": "NA", "original_title": "NA", "original_language": "NA"}
    films[2] |= {"title": "NA", "original_title": "Some film", "tagline": "NA"}
    write(tmp_path, files | {MOVIES: [header, *([*film.values()] for film in films)]})

    catalogue, _ = read(tmp_path)

    by_id = {str(film["id"]): film for film in catalogue.to_pylist()}
    found = [by_id[film["id"]] for film in films[:3]]
    assert [film["title"] for film in found] == ["Nan", "NA", "Some film"]
    assert [film["original_language"] for film in found[:2]] == ["na", None]
    assert found[2]["tagline"] == ""


def test_false_in_place_of_a_list_or_a_collection_is_none(
    files: Files, read: Read, tmp_path: Path
) -> None:
    columns = ("belongs_to_collection", "genres", "production_companies")
    write(tmp_path, changed(files, lambda *_: "False", *columns))

    catalogue, ledger = read(tmp_path)

    assert not ledger.quarantine
    assert not any(film["genres"] or film["collection"] for film in catalogue.to_pylist())


def test_dates_that_can_be_read_in_two_ways_are_refused_with_both(
    files: Files, read: Read, tmp_path: Path
) -> None:
    write(tmp_path, changed(files, lambda *_: "04/11/1986", "release_date"))

    with pytest.raises(RawInputError, match=r"04/11/1986 is 1986-11-04 or 1986-04-11") as refused:
        read(tmp_path)

    assert "movies_metadata.csv" in str(refused.value)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-le"])
def test_another_encoding_is_named_with_the_option_that_reads_it(
    files: Files, read: Read, tmp_path: Path, encoding: str
) -> None:
    titled = changed(files, lambda *_: "Años más tarde", "title")
    latin = changed(titled, lambda _, cell: cell.encode("cp1252", "replace").decode("cp1252"))
    write(tmp_path, latin, encoding)

    with pytest.raises(RawInputError, match=f"not UTF-8 .* --encoding {encoding} reads"):
        read(tmp_path)

    assert set(read(tmp_path, encoding)[0]["title"].to_pylist()) == {"Años más tarde"}


def test_only_files_that_are_not_utf_8_are_read_in_the_encoding_that_is_given(
    files: Files, read: Read, expected: pa.Table, tmp_path: Path
) -> None:
    write(tmp_path, files)

    assert read(tmp_path, "cp1252")[0].equals(expected)


def test_of_cells_that_a_spreadsheet_cut_the_whole_entries_are_kept_and_the_rest_counted(
    files: Files, read: Read, tmp_path: Path
) -> None:
    cast = str([{"id": n, "name": f"Person {n} {{}}", "order": n} for n in range(1_000)])
    cut = cast[:MAX_SPREADSHEET_CELL]
    write(tmp_path, changed(files, lambda *_: cut, "cast"))

    catalogue, ledger = read(tmp_path)

    whole = cut.count("'order'") - 1
    assert {len(film["cast"]) for film in catalogue.to_pylist()} <= {whole, whole + 1}
    assert ledger.rows[CREDITS]["unused_fields"] == {f"cast: {CUT}": FILMS}


def test_credits_of_films_that_are_not_there_are_counted_and_break_nothing(
    files: Files, read: Read, tmp_path: Path
) -> None:
    write(tmp_path, files | {MOVIES: files[MOVIES][: FILMS // 2 + 1]})

    catalogue, ledger = read(tmp_path)

    assert len(catalogue) == FILMS // 2
    assert ledger.rows[CREDITS]["set_aside"] == {"film is not in the catalogue": FILMS // 2}


def test_credits_for_few_of_the_films_are_worth_a_line(
    files: Files, read: Read, tmp_path: Path
) -> None:
    write(tmp_path, files | {CREDITS: files[CREDITS][:3]})

    (line,) = coverage_lines(find_raw(tmp_path), read(tmp_path)[1].rows)

    assert line.startswith("credits.csv has records of 2 of the 24 films (8%)")


def test_undated_films_are_set_aside_however_many_they_are(
    files: Files, read: Read, tmp_path: Path
) -> None:
    header, first, *rows = files[MOVIES]
    undated = changed({MOVIES: [header, *rows]}, lambda *_: "", "release_date")[MOVIES]
    write(tmp_path, files | {MOVIES: [header, first, *undated[1:]]})

    _, ledger = read(tmp_path)

    assert ledger.rows[MOVIES]["set_aside"] == {"no release date": FILMS - 1}


def test_dates_of_no_known_form_are_refused_with_those_that_are_read(
    files: Files, read: Read, tmp_path: Path
) -> None:
    write(tmp_path, changed(files, lambda *_: "14 nov 86", "release_date"))

    with pytest.raises(ContractError, match="Dates are read as 1986-11-14, 14/11/1986 or"):
        read(tmp_path)


@pytest.mark.parametrize("form", [", ".join, ",".join, "|".join, repr])
def test_lists_of_names_alone_are_lists(
    files: Files, read: Read, expected: pa.Table, tmp_path: Path, form: Callable[[Any], str]
) -> None:
    def names(_: str, cell: str) -> str:
        found = re.findall(r"'name': '([^']*)'", cell)
        return form(found) if found else ""

    write(tmp_path, changed(files, names, "genres", "production_countries"))

    catalogue, ledger = read(tmp_path)

    assert not ledger.quarantine
    for column in ("genres", "production_countries"):
        assert [
            [entry["name"] for entry in entries] for entries in catalogue[column].to_pylist()
        ] == [[entry["name"] for entry in entries] for entries in expected[column].to_pylist()]


def test_a_comma_before_the_form_of_a_company_does_not_part_its_name(
    files: Files, read: Read, tmp_path: Path
) -> None:
    cell = "Monogram Pictures, Inc., [adult swim], Warner Bros. Pictures"
    write(tmp_path, changed(files, lambda *_: cell, "production_companies"))

    catalogue, _ = read(tmp_path)

    (companies,) = {
        tuple(entry["name"] for entry in entries)
        for entries in catalogue["production_companies"].to_pylist()
    }
    assert companies == ("Monogram Pictures, Inc.", "[adult swim]", "Warner Bros. Pictures")


@pytest.mark.parametrize(("shape", "lacks"), [("full", 4), ("tmdb_5000", 1)])
def test_other_data_sets_are_known_by_their_columns_and_what_they_lack_is_said(
    raw_sample: Path, read: Read, tmp_path: Path, shape: str, lacks: int
) -> None:
    write_embedded(tmp_path, open_writer=SHAPES[shape].open)

    described = describe_data_set(find_raw(tmp_path, RAW_ROLES))
    (own, _), (ours, _) = read(tmp_path), read(raw_sample)

    assert described["name"] == SHAPES[shape].data_set
    assert len(described["empty_groups"]) == lacks
    assert f"{lacks} of 12 feature groups are empty" in " ".join(described["notes"])
    genres, keywords = (
        {
            name: {film["id"]: {each["name"] for each in film[name]} for film in films.to_pylist()}
            for name in ("genres", "keywords")
        }
        for films in (own, ours)
    )
    alike = [
        film for film in genres["genres"] if genres["genres"][film] == keywords["genres"].get(film)
    ]
    assert len(alike) > 0.9 * len(ours)


def test_columns_that_are_not_there_are_unknown_and_only_three_must_be(
    files: Files, read: Read, tmp_path: Path
) -> None:
    kept = ("id", "title", "release_date")
    header, *rows = files[MOVIES]
    few = [[row[header.index(column)] for column in kept] for row in [header, *rows]]
    write(tmp_path, {MOVIES: few})

    described = describe_data_set(find_raw(tmp_path, RAW_ROLES))
    catalogue, _ = read(tmp_path)

    assert len(catalogue) == FILMS
    assert {"cast", "genres", "overview"} <= set(described["lacks"])
    assert "there are no credits beside movies_metadata.csv" in described["notes"]
    write(tmp_path, {MOVIES: [row[:2] for row in few]})
    with pytest.raises(RawInputError, match=r"no column release_date: its first line, .* names id"):
        read(tmp_path)


def test_two_data_sets_in_one_folder_are_refused_and_of_two_files_one_is_said_to_be_taken(
    files: Files, tmp_path: Path
) -> None:
    write(tmp_path, files)
    gzipped(tmp_path, files)
    notes = find_raw(tmp_path).notes
    assert "movies_metadata.csv.gz is not read, because movies_metadata.csv is" in notes

    (tmp_path / "tmdb_5000_movies.csv").touch()
    with pytest.raises(RawInputError, match="films of several data sets: movies_metadata"):
        find_raw(tmp_path)


def test_what_is_no_archive_or_no_text_or_holds_no_films_is_one_clear_line(tmp_path: Path) -> None:
    archive(tmp_path, {"notes.csv": []})
    with pytest.raises(RawInputError, match=r"holds no films: there is archive\.zip/notes\.csv"):
        find_raw(tmp_path)

    for beginning, kind in ((b"PK\3\4", "workbook"), (b"\x1f\x8b", "gzipped"), (b"<html>", "page")):
        (tmp_path / MOVIES).write_bytes(beginning)
        with pytest.raises(RawInputError, match=f"movies_metadata.csv is .*{kind}.*: rename it"):
            describe_data_set(find_raw(tmp_path, RAW_ROLES))
    (tmp_path / MOVIES).unlink()

    (tmp_path / "archive.zip").write_bytes(b"none")
    with pytest.raises(RawInputError, match=r"archive\.zip cannot be read: File is not a zip file"):
        find_raw(tmp_path)
