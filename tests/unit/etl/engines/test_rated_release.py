"""A release of films and of what people rated."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from obstore.store import LocalStore

from cartelera import MOVIELENS_ATTRIBUTION
from cartelera.contract.formats.neighbours import NEIGHBOURS_FOLDER
from cartelera.contract.release_format import ITEM_WEIGHTS, MANIFEST, sha256
from cartelera.recommend.model_file import read_item_weights
from cartelera.release import Releases, override_releases
from infra.sample.embedded import read_films
from infra.sample.generator.ratings import RatedFilm, write_ratings
from tests.jobs import run_without_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from etl.progress import Stages
    from tests.conftest import MakeOnce

    type Ask = Callable[[str, dict[str, Any]], Any]

RATINGS = 4_000
# Numbers of people that no other number of a release can be.
FIRST_PERSON = 910_000_000


def with_ratings(raw: Path, folder: Path) -> Path:
    """Copy the sample's raw files, and write ratings by people of large numbers beside them."""
    shutil.copytree(raw, folder, dirs_exist_ok=True)
    films = [RatedFilm(str(film.id), film.imdb_id, film.vote_count) for film in read_films()]
    write_ratings(folder, films, RATINGS, seed=1)
    header, *lines = (folder / "ratings.csv").read_text().splitlines()
    numbered = (line.partition(",") for line in lines)
    rows = [f"{FIRST_PERSON + int(person)},{rest}" for person, _, rest in numbered]
    (folder / "ratings_small.csv").write_text("\n".join([header, *rows, ""]))
    (folder / "ratings.csv").unlink()
    (folder / "links.csv").rename(folder / "links_small.csv")
    return folder


@pytest.fixture(scope="module")
def rated(
    raw_sample: Path, stages: Stages, make_once: MakeOnce, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A place with a release of the sample and ratings."""
    raw = with_ratings(raw_sample, tmp_path_factory.mktemp("rated"))
    return make_once("rated", lambda folder: run_without_report(raw, LocalStore(folder), stages))


@pytest.fixture(scope="module")
def files(rated: Path) -> dict[str, bytes]:
    (manifest,) = rated.glob(f"releases/*/{MANIFEST}")
    return {
        str(file.relative_to(manifest.parent)): file.read_bytes()
        for file in manifest.parent.rglob("*")
        if file.is_file()
    }


@pytest.fixture
def ask(rated: Path, load_handler: Callable[[str], Callable[[Any], Any]]) -> Iterator[Ask]:
    """Ask a function directly."""
    with override_releases(Releases(LocalStore(rated))):
        yield lambda function, values: load_handler(function)(values)


def test_no_number_of_a_person_is_in_a_release(files: dict[str, bytes]) -> None:
    for path, data in files.items():
        assert not re.search(rb"91000\d{4}", data), path
        for number in range(FIRST_PERSON, FIRST_PERSON + 200):
            for size in (4, 8):
                assert number.to_bytes(size, "little") not in data, path


def test_all_but_the_ratings_own_file_is_as_without_ratings(
    files: dict[str, bytes], raw_sample: Path, stages: Stages, tmp_path: Path
) -> None:
    manifest = run_without_report(raw_sample, LocalStore(tmp_path), stages).manifest

    without = {path: entry["sha256"] for path, entry in manifest["files"].items()}
    others = {path: sha256(data) for path, data in files.items() if path != MANIFEST}
    assert others.keys() - without.keys() == {ITEM_WEIGHTS}
    differing = {path for path in without if others[path] != without[path]}
    # What is recommended goes by the ratings, and nothing else does.
    assert {path.rpartition("/")[0] for path in differing} == {NEIGHBOURS_FOLDER}
    assert "ratings" not in manifest


def test_a_manifest_says_what_ratings_it_was_made_of(files: dict[str, bytes]) -> None:
    manifest = json.loads(files[MANIFEST])
    weights = read_item_weights(files[ITEM_WEIGHTS])

    rows = manifest["rows"]["ratings_small.csv"]
    assert manifest["ratings"] == {
        "people": manifest["ratings"]["people"],
        "ratings": rows["kept"],
        "films": int((weights.confidence > 0).sum()),
    }
    assert rows["read"] == RATINGS == rows["kept"] + sum(rows["set_aside"].values())
    sources = [source["name"] for source in manifest["sources"]]
    assert sources[-2:] == ["ratings_small.csv", "links_small.csv"]
    assert any("for research" in note for note in manifest["data_set"]["notes"])


def test_salud_says_whose_ratings_they_are_and_how_many(ask: Ask) -> None:
    answer = ask("salud", {})

    assert answer["publico"].keys() == {"personas", "valoraciones", "peliculas"}
    assert answer["publico"]["peliculas"] > 50
    assert MOVIELENS_ATTRIBUTION in answer["atribucion"]


def test_what_the_public_of_a_film_liked_is_a_reason_in_answers(ask: Ask) -> None:
    alien = ask("recomendacion", {"titulo": "Alien", "n": 20})
    public = ask("recomendacion", {"titulo": "Alien", "n": 20, "modelo": "publico"})
    content = ask("recomendacion", {"titulo": "Alien", "n": 20, "modelo": "contenido"})

    said = [reason for film in alien["recomendaciones"] for reason in film["motivos"]]
    assert "público: a quienes gustó Alien" in said
    for film in public["recomendaciones"]:
        assert film["motivos"] == ["público: a quienes gustó Alien"]
    assert not any("público" in str(film["motivos"]) for film in content["recomendaciones"])
    likeness = {film["id"]: film["similitud"] for film in content["recomendaciones"]}
    for film in alien["recomendaciones"] + public["recomendaciones"]:
        assert film["similitud"] == likeness.get(film["id"], film["similitud"])


def test_a_person_s_films_come_from_likes_whose_public_liked_them(ask: Ask) -> None:
    likes = [{"titulo": "Alien"}, {"titulo": "The Matrix"}]

    answer = ask("recomendacion", {"gustos": likes, "n": 10})

    reasons = [reason for film in answer["recomendaciones"] for reason in film["motivos"]]
    assert any(reason.startswith("público: a quienes gustó ") for reason in reasons)
    for film in answer["recomendaciones"]:
        assert sum(each["parte"] for each in film["por"]) == pytest.approx(1, abs=1e-3)
