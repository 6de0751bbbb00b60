"""One film of the sample, from its raw lines to its features."""

from __future__ import annotations

import csv
import gzip
from typing import TYPE_CHECKING, Any

import pytest
from obstore.store import LocalStore

from cartelera.contract.feature_groups import FEATURE_GROUPS
from cartelera.contract.release_format import FEATURES, release_path
from cartelera.contract.tables import RECOMENDACION
from etl.errors import JobError, PublishError, RawInputError
from etl.inspection.film import inspect
from etl.release.verification import open_release
from tests.jobs import run_without_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cartelera.contract.release_format import Manifest
    from etl.inspection.film import Inspection
    from etl.progress import Stages
    from etl.release.verification import VerifiedRelease

TOY_STORY = 862
# Stands in the films' file twice, with 21 votes and with 23.
COUNTED_TWICE = 9_500_010
# Has the path of a picture for a budget.
COST_A_PICTURE = 9_500_016


@pytest.fixture
def store(sample_place: Path) -> LocalStore:
    return LocalStore(sample_place)


@pytest.fixture
def release(store: LocalStore, sample_manifest: Manifest) -> VerifiedRelease:
    return open_release(store, sample_manifest["release"])


@pytest.fixture
def look(store: LocalStore, release: VerifiedRelease) -> Callable[..., Inspection]:
    """Inspect a film of the sample."""

    def inspect_film(film: object, raw: Path | None = None) -> Inspection:
        return inspect(store, release, str(film), raw)

    return inspect_film


def lines_of(path: Path, film: int) -> Iterator[int]:
    """Return the lines where the records of a film begin, found the plain way."""
    with path.open(newline="") as stream:
        reader = csv.DictReader(stream)
        assert reader.fieldnames
        line = reader.reader.line_num + 1
        for record in reader:
            if record["id"] == str(film):
                yield line
            line = reader.line_num + 1


@pytest.mark.parametrize("film", [TOY_STORY, "Toy Story", "toy  STORY!", "toystory"])
def test_a_film_is_found_by_its_id_and_by_its_title(
    look: Callable[..., Inspection], film: object
) -> None:
    assert look(film).film["id"] == TOY_STORY


def test_every_film_is_found_by_its_id(
    look: Callable[..., Inspection], release: VerifiedRelease
) -> None:
    ids = [
        int(str(release.table(RECOMENDACION).value("id", row)))
        for row in range(release.model.films)
    ]

    assert len(ids) == 188
    assert [look(film).film["id"] for film in ids] == ids


def test_of_films_with_one_title_the_best_known_is_shown(look: Callable[..., Inspection]) -> None:
    assert look("The Shared Title").film["vote_count"] == 21


def test_the_row_of_the_catalogue_is_shown_with_its_lists(look: Callable[..., Inspection]) -> None:
    film = look(TOY_STORY).film

    assert film["title"] == "Toy Story"
    assert str(film["release_date"]) == "1995-10-30"
    assert film["collection"] == "Toy Story Collection"
    assert film["directors"] == [{"id": film["directors"][0]["id"], "name": "John Lasseter"}]
    assert film["cast"][0]["character"] == "Woody (voice)"


def test_the_features_are_the_models_own_the_heaviest_first(
    look: Callable[..., Inspection],
) -> None:
    features = look(TOY_STORY).features

    weights = [feature.weight for feature in features]
    assert weights == sorted(weights, reverse=True)
    assert sum(weight**2 for weight in weights) == pytest.approx(1, abs=0.001)
    named = {(feature.group, feature.name) for feature in features}
    assert len(named) == len(features)
    assert {
        ("collection", "Toy Story Collection"),
        ("directors", "John Lasseter"),
        ("cast", "Tom Hanks"),
        ("keywords", "toy"),
        ("genres", "Animación"),
        ("title", "toy"),
        ("production_companies", "Pixar Animation Studios"),
        ("production_countries", "Estados Unidos"),
        ("original_language", "inglés"),
        ("period", "1992"),
    } < named
    assert {block for block, _ in named} == set(FEATURE_GROUPS)


def test_films_that_share_a_feature_are_alike_in_the_model(
    look: Callable[..., Inspection], release: VerifiedRelease
) -> None:
    films = release.table(RECOMENDACION)
    (row,) = films.positions("Toy Story")
    one = {(f.group, f.name): f.weight for f in look("Toy Story").features}
    other = {(f.group, f.name): f.weight for f in look("Toy Story 3").features}

    similarities = release.model.similarities(row)

    shared = sum(one[feature] * other[feature] for feature in one.keys() & other.keys())
    assert similarities[films.positions("Toy Story 3")[0]] == pytest.approx(shared, abs=0.001)


def test_without_raw_files_no_raw_lines_are_shown(look: Callable[..., Inspection]) -> None:
    inspected = look(COST_A_PICTURE)

    assert inspected.raw == []
    assert inspected.set_aside == []


def test_the_raw_records_are_shown_as_they_stand(
    look: Callable[..., Inspection], raw_sample: Path
) -> None:
    records = look(TOY_STORY, raw_sample).raw

    assert [record.file for record in records] == [
        "movies_metadata.csv",
        "credits.csv",
        "keywords.csv",
    ]
    for record in records:
        with (raw_sample / record.file).open(newline="") as stream:
            stand = next(row for row in csv.DictReader(stream) if row["id"] == str(TOY_STORY))
        assert record.fields == stand
        assert [record.line] == list(lines_of(raw_sample / record.file, TOY_STORY))


def test_every_record_of_a_repeated_id_is_shown_and_which_was_set_aside(
    look: Callable[..., Inspection], raw_sample: Path
) -> None:
    inspected = look(COUNTED_TWICE, raw_sample)

    films = [record for record in inspected.raw if record.file == "movies_metadata.csv"]
    lines = list(lines_of(raw_sample / "movies_metadata.csv", COUNTED_TWICE))
    assert [record.fields["vote_count"] for record in films] == ["21", "23"]
    assert [record.line for record in films] == lines
    assert inspected.film["vote_count"] == 23
    (entry,) = inspected.set_aside
    assert (entry["file"], entry["line"]) == ("movies_metadata.csv", lines[0])
    assert (entry["field"], entry["reason"]) == (None, "repeated id")


def test_a_value_that_was_set_aside_is_shown(
    look: Callable[..., Inspection], raw_sample: Path
) -> None:
    inspected = look(COST_A_PICTURE, raw_sample)

    (entry,) = inspected.set_aside
    assert (entry["field"], entry["value"]) == ("budget", "/cartelera.jpg")
    assert inspected.film["budget"] == 0


def test_what_was_set_aside_of_other_films_is_not_shown(
    look: Callable[..., Inspection], raw_sample: Path
) -> None:
    assert look(TOY_STORY, raw_sample).set_aside == []


def test_ids_are_read_as_the_job_reads_them_and_files_may_be_gzipped(
    write_raw: Callable[..., Path], stages: Stages, tmp_path: Path
) -> None:
    raw = write_raw({"id": " 7.0 ", "title": "Film"}, {"id": "8", "title": "Film"})
    plain = raw / "movies_metadata.csv"
    (raw / "movies_metadata.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    store = LocalStore(tmp_path / "releases", mkdir=True)
    release = run_without_report(raw, store, stages).manifest["release"]

    (record,) = inspect(store, open_release(store, release), "7", raw).raw

    assert (record.file, record.line) == ("movies_metadata.csv.gz", 2)
    assert record.fields["id"] == " 7.0 "


def test_a_film_that_shares_nothing_has_its_period_and_its_language_alone(
    write_raw: Callable[..., Path], stages: Stages, tmp_path: Path
) -> None:
    raw = write_raw({"title": "A Film"}, {"title": "Another Film"}, {"title": "Lonely"})
    store = LocalStore(tmp_path / "releases", mkdir=True)
    opened = open_release(store, run_without_report(raw, store, stages).manifest["release"])

    one, other = (
        {(f.group, f.name) for f in inspect(store, opened, title, None).features}
        for title in ("Lonely", "A Film")
    )
    assert one == {("period", "2008"), ("period", "2016"), ("original_language", "inglés")}
    assert other == {*one, ("title", "film")}


@pytest.mark.parametrize(
    ("film", "nearest"),
    [("Toy Stori", "Toy Story, "), ("862000", "none"), ("", "none"), ("99" * 40, "none")],
)
def test_a_film_that_is_not_there_is_answered_with_the_nearest_titles(
    look: Callable[..., Inspection], sample_manifest: Manifest, film: str, nearest: str
) -> None:
    with pytest.raises(
        JobError, match=f"^no film «{film}» in release {sample_manifest['release']}; nearest: "
    ) as error:
        look(film)

    assert f"nearest: {nearest}" in str(error.value)


def test_raw_files_that_are_not_there_are_named(
    look: Callable[..., Inspection], tmp_path: Path
) -> None:
    with pytest.raises(RawInputError, match="holds no films"):
        look(TOY_STORY, tmp_path)


def test_a_file_that_is_gone_since_the_release_was_opened_is_named(
    write_raw: Callable[..., Path], stages: Stages, tmp_path: Path
) -> None:
    store = LocalStore(tmp_path / "releases", mkdir=True)
    raw = write_raw({"title": "A Film"}, {"title": "Another Film"})
    opened = open_release(store, run_without_report(raw, store, stages).manifest["release"])
    store.delete(release_path(opened.manifest["release"], FEATURES))

    with pytest.raises(PublishError, match=f"^{FEATURES} of release .* has gone"):
        inspect(store, opened, "A Film", None)


def test_what_is_shown_belongs_to_the_release_that_is_looked_into(
    write_raw: Callable[..., Path], stages: Stages, tmp_path: Path
) -> None:
    store = LocalStore(tmp_path / "releases", mkdir=True)
    films: list[dict[str, Any]] = [{"title": "A Film"}, {"title": "Another Film"}]
    old = run_without_report(write_raw(*films), store, stages).manifest["release"]
    films[0]["vote_count"] = "77"
    new = run_without_report(write_raw(*films), store, stages).manifest["release"]

    votes = {
        release: inspect(store, open_release(store, release), "A Film", None).film["vote_count"]
        for release in (old, new)
    }

    assert votes == {old: 10, new: 77}
