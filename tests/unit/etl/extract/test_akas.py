"""Which titles are taken from IMDb's file of them, and what becomes of its other lines."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pytest

from etl.errors import RawInputError
from etl.extract.akas import (
    DEFAULT_CHOICE,
    NO_FILM,
    NO_TITLE,
    OTHER_LANGUAGE,
    WORKING,
    AkaChoice,
    Akas,
    read_akas,
)
from etl.extract.raw_files import BROKEN, RawFile

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "titleId\tordering\ttitle\tregion\tlanguage\ttypes\tattributes\tisOriginalTitle\n"
# In the order of the catalogue.
FILMS = pd.Series(["tt0000002", None, "tt0000001"], dtype="str")


def line(
    title: str,
    region: str = "ES",
    language: str = "\\N",
    types: str = "imdbDisplay",
    film: str = "tt0000001",
) -> str:
    return f"{film}\t1\t{title}\t{region}\t{language}\t{types}\t\\N\t{int(types == 'original')}\n"


def read(folder: Path, *lines: str, choice: AkaChoice = DEFAULT_CHOICE) -> Akas:
    path = folder / "title.akas.tsv"
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return read_akas(RawFile(path), FILMS, choice)


def test_the_spanish_titles_of_the_films_of_the_catalogue_are_taken(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        line("El padrino"),
        line("El padrí", language="ca"),
        line("Aita", language="eu"),
        line("O padriño", language="gl"),
        line("Padrino mexicano", "MX", "es"),
        line("Padrino en Estados Unidos", "US", "es"),
        line("Padrino del mundo", "XWW", "es"),
        line("Der Pate", "DE"),
        line("The Godfather", "\\N", types="original"),
        line("Sin región ni idioma", "\\N"),
        line("Otra película", film="tt0000002"),
        line("De nadie", film="tt0000003"),
        line("Ni de la que no tiene id", film="\\N"),
    )

    assert list(found.names.itertuples(index=False, name=None)) == [
        (0, "Otra película"),
        (2, "El padrino"),
        (2, "Padrino mexicano"),
        (2, "Padrino en Estados Unidos"),
        (2, "Padrino del mundo"),
        (2, "The Godfather"),
    ]
    assert found.set_aside == {NO_FILM: 2, OTHER_LANGUAGE: 5}
    assert found.read == len(found.names) + sum(found.set_aside.values())


def test_languages_and_regions_are_chosen(tmp_path: Path) -> None:
    lines = line("El padrí", language="ca"), line("Der Pate", "DE"), line("El padrino")

    found = read(tmp_path, *lines, choice=AkaChoice(("ca",), ("DE",)))

    assert found.names["name"].tolist() == ["El padrí", "Der Pate"]


def test_working_titles_are_left_out_wherever_they_stand_among_the_types(tmp_path: Path) -> None:
    lines = [line("x", types=types) for types in ("working", "tv\x02working", "working\x02dvd")]

    found = read(tmp_path, *lines, line("Hard working", types="imdbDisplay\x02tv"))

    assert found.names["name"].tolist() == ["Hard working"]
    assert found.set_aside == {WORKING: 3}


def test_quotes_and_commas_are_part_of_a_title_and_invisible_characters_are_not(
    tmp_path: Path,
) -> None:
    titles = ['"Crocodile" Dundee', 'El "otro"', '"Sin cerrar', "Uno, dos", "L'avventura\u200e "]

    found = read(tmp_path, *map(line, titles), line(" "), line("\\N"), line("x" * 501))

    assert found.names["name"].tolist() == [*titles[:4], "L'avventura"]
    assert found.set_aside == {NO_TITLE: 3}


def test_broken_lines_are_set_aside_with_their_numbers(tmp_path: Path) -> None:
    found = read(tmp_path, line("Una"), "tt0000001\t2\tcorta\n", line("Otra"), line("l\targa"))

    assert found.names["name"].tolist() == ["Una", "Otra"]
    assert found.read == 4
    assert [(each.line, each.reason, each.detail) for each in found.broken] == [
        (3, BROKEN, "3 fields instead of 8"),
        (5, BROKEN, "9 fields instead of 8"),
    ]


def test_a_gzipped_file_is_read_as_it_is_and_described_with_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "title.akas.tsv.gz"
    path.write_bytes(gzip.compress((HEADER + line("El padrino")).encode()))
    file, advanced = RawFile(path), list[int]()

    found = read_akas(file, FILMS, DEFAULT_CHOICE, advanced.append)

    assert found.names["name"].tolist() == ["El padrino"]
    assert file.source is not None
    assert (file.source["name"], file.source["bytes"]) == (path.name, path.stat().st_size)
    assert sum(advanced) == path.stat().st_size


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"titleId\ttitle\n",
        HEADER.encode() + line("El ni\xf1o").encode("latin-1"),
        gzip.compress((HEADER + line("El padrino") * 9).encode())[:-9],
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / ("title.akas.tsv.gz" if content[:2] == b"\x1f\x8b" else "title.akas.tsv")
    path.write_bytes(content)

    with pytest.raises(RawInputError, match=rf"{path.name} cannot be read: (?!None)\w"):
        read_akas(RawFile(path), FILMS, DEFAULT_CHOICE)


def test_no_more_of_the_file_is_in_memory_than_a_block(tmp_path: Path) -> None:
    path = tmp_path / "title.akas.tsv"
    others = line("Una película que no está", film="tt9999999") * 1_000
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for _ in range(200):
            file.write(others)
        file.write(line("El padrino"))
    peak: list[int] = []

    def watch(_: int) -> None:
        peak.append(pa.total_allocated_bytes())

    found = read_akas(RawFile(path), FILMS, DEFAULT_CHOICE, watch, block_bytes=1 << 18)

    assert found.names["name"].tolist() == ["El padrino"]
    assert found.read == 200_001
    assert max(peak) < path.stat().st_size / 4
