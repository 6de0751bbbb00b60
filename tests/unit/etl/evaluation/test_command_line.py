"""`python -m etl.evaluation` on the sample's release and ratings made for the test."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from click.testing import CliRunner

from cartelera.contract.release_format import CATALOG, RELEASES_VARIABLE
from etl.evaluation.__main__ import main
from etl.release.table_files import decode_table

if TYPE_CHECKING:
    from pathlib import Path

KINDS = {"Cartelera", "the catalogue alone", "other people's ratings", "chance"}
METHODS = {
    "Cartelera, similarity",
    "Cartelera, content",
    "Cartelera, ratings",
    "Cartelera, mixture",
    "Cartelera, as served",
    "the same without ratings",
    "keywords",
    "genres",
    "nine numbers, scaled",
    "nine numbers, raw",
    "popularity",
    "ItemKNN",
    "ItemKNN, shrunk",
    "RP3beta",
    "SLIM",
    "EASE",
    "EASE, pairs of five",
    "random",
}
FIGURES = {
    "NDCG@10",
    "HR@10",
    "recall@10",
    "coverage@10",
    "most@10",
    "diversity@10",
    "novelty@10",
    "cold NDCG@10",
    "precision@5",
}
USERS = 60
RATED = 34
LINKED = 40


class Ended(NamedTuple):
    """How the command ended, and what it printed."""

    code: int
    out: str
    err: str


class MovieLens(NamedTuple):
    """Files of links and ratings."""

    links: Path
    ratings: Path


def call(place: Path, files: MovieLens, out: Path) -> Ended:
    """Call the command in this process; anything but an exit comes through."""
    arguments = [
        f"--releases={place.as_uri()}",
        f"--ratings={files.ratings}",
        f"--links={files.links}",
        f"--out={out}",
    ]
    result = CliRunner(catch_exceptions=False).invoke(main, arguments)
    return Ended(result.exit_code, result.stdout, result.stderr)


@pytest.fixture(scope="session")
def movielens(sample_place: Path, tmp_path_factory: pytest.TempPathFactory) -> MovieLens:
    """Links to films of the sample and one that it lacks, and ratings of most by everyone."""
    folder = tmp_path_factory.mktemp("movielens")
    (catalogue,) = sample_place.glob(f"releases/*/{CATALOG}")
    ids = decode_table(catalogue.read_bytes(), ["id"])["id"].to_pylist()
    links = [f"{number},1,{film}" for number, film in enumerate(ids[:LINKED], 1)]
    (folder / "links.csv").write_text(
        "\n".join(["movieId,imdbId,tmdbId", *links, f"{LINKED + 1},1,", ""])
    )
    generator = np.random.default_rng(6)
    ratings = [
        f"{user},{movie},{generator.integers(1, 11) / 2},{second}"
        for user in range(USERS)
        for second, movie in enumerate(generator.permutation(LINKED)[:RATED] + 1)
    ]
    (folder / "ratings.csv").write_text(
        "\n".join(["userId,movieId,rating,timestamp", *ratings, ""])
    )
    return MovieLens(folder / "links.csv", folder / "ratings.csv")


@pytest.fixture(scope="session")
def ended(
    sample_place: Path, movielens: MovieLens, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Ended, Path]:
    """One whole run, and the folder it wrote to."""
    folder = tmp_path_factory.mktemp("reports") / "new"
    return call(sample_place, movielens, folder), folder


def test_the_table_has_every_method_and_figure(ended: tuple[Ended, Path]) -> None:
    result, _ = ended

    assert result.code == 0
    for text in METHODS | FIGURES:
        assert text in result.out
    assert f"{USERS} people, {LINKED + 1} films ({LINKED} in the catalogue)" in result.out


def test_it_says_how_far_it_is_and_where_the_results_are(ended: tuple[Ended, Path]) -> None:
    result, folder = ended

    assert "Asking the scorers" in result.err
    assert f"written to {folder}: evaluation.json" in result.err


def test_the_json_has_every_figure_with_its_interval(ended: tuple[Ended, Path]) -> None:
    _, folder = ended

    document: dict[str, Any] = json.loads((folder / "evaluation.json").read_text())

    assert document["size"] == {
        "users": USERS,
        "ratings": USERS * RATED,
        "films": LINKED + 1,
        "in_catalogue": LINKED,
        "compared": document["size"]["compared"],
        "ties": 0,
    }
    assert document["size"]["compared"] > 20
    assert document["methods"].keys() == METHODS
    for name, method in document["methods"].items():
        assert method["kind"] in KINDS
        assert method["figures"].keys() == FIGURES
        assert 0 < method["figures"]["coverage@10"] <= 1
        precision = method["figures"]["precision@5"]
        assert (precision is None) == (name == "ItemKNN")
        assert len(method["ndcg_over_shuffles"]) == 2
        assert method["ndcg_beyond"].keys() == {"EASE", "Cartelera, content"} - {name}
        for figure in method["figures"].values():
            if isinstance(figure, dict):
                assert figure["low"] <= figure["mean"] <= figure["high"]


def test_it_says_what_the_lists_of_all_films_are_like(ended: tuple[Ended, Path]) -> None:
    result, folder = ended

    lists = json.loads((folder / "evaluation.json").read_text())["lists"]["content"]

    # Five places beside each of the sample's films.
    assert lists["hubness"]["most"] >= 5
    assert lists["hubness"]["top_100"] > 100 / 188
    assert sum(lists["first_reasons"].values()) == pytest.approx(1)
    assert 0 < lists["precision@5"]["mean"] < 1
    assert f"the film in most is in {lists['hubness']['most']} (" in result.out
    assert "First reasons: " in result.out


def test_methods_come_by_their_ndcg(ended: tuple[Ended, Path]) -> None:
    _, folder = ended

    document: dict[str, Any] = json.loads((folder / "evaluation.json").read_text())

    means = [method["figures"]["NDCG@10"]["mean"] for method in document["methods"].values()]
    assert means == sorted(means, reverse=True)


def test_the_same_files_give_the_same_figures(
    ended: tuple[Ended, Path], sample_place: Path, movielens: MovieLens, tmp_path: Path
) -> None:
    _, folder = ended

    call(sample_place, movielens, tmp_path)

    first, second = (path / "evaluation.json" for path in (folder, tmp_path))
    assert first.read_text() == second.read_text()


def test_the_place_of_releases_may_come_from_the_environment(
    sample_place: Path, movielens: MovieLens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RELEASES_VARIABLE, sample_place.as_uri())
    arguments = [f"--ratings={movielens.ratings}", f"--links={movielens.links}"]

    result = CliRunner(catch_exceptions=False).invoke(main, [*arguments, f"--out={tmp_path}"])

    assert result.exit_code == 0
    assert (tmp_path / "evaluation.json").is_file()


def test_few_ratings_leave_out_what_they_cannot_say(
    sample_place: Path, movielens: MovieLens, tmp_path: Path
) -> None:
    few = tmp_path / "few.csv"
    few.write_text("\n".join(movielens.ratings.read_text().splitlines()[: 2 * RATED + 1]))

    result = call(sample_place, movielens._replace(ratings=few), tmp_path)

    assert result.code == 0
    assert "precision@5 is of 0 films" in result.out
    document: dict[str, Any] = json.loads((tmp_path / "evaluation.json").read_text())
    assert {
        method["figures"]["precision@5"] is None for method in document["methods"].values()
    } == {True}
    assert document["lists"]["content"]["precision@5"] is None


def test_a_missing_file_is_a_message_and_nothing_is_written(
    sample_place: Path, movielens: MovieLens, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    result = call(sample_place, movielens._replace(ratings=tmp_path / "no.csv"), out)

    assert result.code == 1
    assert "no.csv cannot be read: No such file" in result.err
    assert not out.exists()


def test_a_place_without_a_release_says_how_to_make_one(
    movielens: MovieLens, tmp_path: Path
) -> None:
    result = call(tmp_path, movielens, tmp_path / "out")

    assert result.code == 1
    assert "no release of format" in result.err
    assert "publish one first, python -m etl" in result.err


def test_a_release_of_other_films_is_a_message(
    sample_place: Path, movielens: MovieLens, tmp_path: Path
) -> None:
    other = tmp_path / "links.csv"
    other.write_text(
        "\n".join(["movieId,imdbId,tmdbId", *(f"{n},1,{10**9 + n}" for n in range(1, LINKED))])
    )

    result = call(sample_place, movielens._replace(links=other), tmp_path / "out")

    assert result.code == 1
    assert "has no film of" in result.err
    assert "make etl RAW=folder" in result.err


@pytest.mark.parametrize("missing", ["--ratings", "--links", "--out"])
def test_what_must_be_given_is_named(missing: str, tmp_path: Path) -> None:
    given = {"--ratings": "a.csv", "--links": "b.csv", "--out": "c"}
    arguments = [f"{name}={value}" for name, value in given.items() if name != missing]

    result = CliRunner().invoke(main, [f"--releases={tmp_path.as_uri()}", *arguments])

    assert result.exit_code == 2
    assert f"Missing option '{missing}'" in result.stderr
