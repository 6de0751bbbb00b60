"""What a new release must answer, and how much it may differ from the last one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from typing import TYPE_CHECKING, Any, override

import numpy as np
import pyarrow as pa
import pytest
from obstore.exceptions import GenericError
from obstore.store import LocalStore, MemoryStore
from rich.console import Console

from cartelera.contract.release_format import (
    CATALOG,
    MODEL,
    POINTER,
    QUARANTINE,
    release_path,
    rows_of,
)
from cartelera.contract.tables import (
    LOOK_UPS,
    PELICULAS_IDIOMA,
    RECOMENDACION,
    VOTES,
)
from cartelera.films.facts import FilmFacts
from cartelera.films.lists import FilmLists
from cartelera.lookup.search import NameIndex
from cartelera.lookup.table import WholeTable
from cartelera.release import Releases
from etl.engines.job import publish
from etl.errors import ContractError, GoldenError, PublishError
from etl.progress import Stages
from etl.release.files import ReleaseFile, Spool, table_file
from etl.release.golden import ask_golden_questions
from etl.release.listing import list_releases
from etl.release.pointers import read_current
from etl.release.publish import make_manifest
from etl.release.table_files import decode_table
from etl.release.verification import VerifiedRelease, open_release
from tests.jobs import run_without_report
from tests.models import make_model, pickled
from tests.name_indexes import Name, index_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cartelera.contract.release_format import Manifest
    from cartelera.contract.tables import TableSchema
    from cartelera.lookup.table import Table
    from cartelera.recommend.model import Model
    from cartelera.recommend.neighbours import Neighbours

FILMS = 188


@pytest.fixture
def sample(sample_place: Path, sample_manifest: Manifest) -> VerifiedRelease:
    """The sample's release, opened."""
    return open_release(LocalStore(sample_place), sample_manifest["release"])


class ChangedRelease(VerifiedRelease):
    """A release with another manifest, model or table than its own."""

    def __init__(
        self,
        release: VerifiedRelease,
        manifest: Manifest | None = None,
        model: Model | None = None,
        table: WholeTable[Any] | None = None,
        name_index: NameIndex | None = None,
    ) -> None:
        self.manifest = manifest or release.manifest
        self._release, self._model, self._changed = release, model, table
        self._name_index = name_index

    @property
    @override
    def name_index(self) -> NameIndex:
        return self._name_index or self._release.name_index

    @property
    @override
    def model(self) -> Model:
        return self._model or self._release.model

    @property
    @override
    def film_facts(self) -> FilmFacts:
        return self._release.film_facts

    @property
    @override
    def neighbours(self) -> Neighbours | None:
        return self._release.neighbours

    @property
    @override
    def film_lists(self) -> FilmLists:
        return self._release.film_lists

    @override
    def table(self, schema: TableSchema[Any]) -> Table[Any]:
        if self._changed and self._changed.schema is schema:
            return self._changed
        return self._release.table(schema)


@pytest.fixture
def change_table(sample: VerifiedRelease, sample_place: Path) -> Callable[..., VerifiedRelease]:
    """Return the sample's release with another table, made of the columns of one of its own."""

    def change(
        schema: TableSchema[Any], of: Callable[[dict[str, list[Any]], int], object]
    ) -> VerifiedRelease:
        path = sample_place / release_path(sample.manifest["release"], schema.path)
        table = decode_table(path.read_bytes())
        columns = table.to_pydict()
        of(columns, int(np.argmax(columns[VOTES])))
        changed = table_file(pa.table(columns, schema=table.schema))
        return ChangedRelease(sample, table=WholeTable(schema, changed.data))

    return change


def with_rows(opened: VerifiedRelease, rows: dict[str, int]) -> VerifiedRelease:
    """Return a release whose manifest tells other numbers of rows."""
    files = dict(opened.manifest["files"])
    for path, count in rows.items():
        files[path] = {**files[path], "rows": count}
    return ChangedRelease(opened, manifest={**opened.manifest, "files": files})


def films(count: int, start: int = 0) -> list[dict[str, Any]]:
    """Make raw films, the best known first."""
    return [
        {"id": number + 1, "title": f"Film {number}", "vote_count": 1000 - number}
        for number in range(start, count)
    ]


def findings(error: pytest.ExceptionInfo[GoldenError]) -> list[str]:
    return [line[2:] for line in str(error.value).splitlines() if line.startswith("  ")]


def test_a_sound_release_passes_by_itself_and_beside_itself(sample: VerifiedRelease) -> None:
    ask_golden_questions(sample, None)
    ask_golden_questions(sample, sample)


@pytest.mark.parametrize("count", [2, 3, 7])
def test_the_smallest_catalogue_passes(
    write_raw: Callable[..., Path], stages: Stages, count: int
) -> None:
    store = MemoryStore()

    manifest = run_without_report(write_raw(*films(count)), store, stages).manifest

    assert read_current(store).release == manifest["release"]


@pytest.mark.parametrize("schema", LOOK_UPS, ids=lambda schema: schema.route)
def test_a_table_whose_best_known_name_does_not_find_itself_is_refused(
    change_table: Callable[..., VerifiedRelease], schema: TableSchema[Any]
) -> None:
    lost: list[str] = []

    def lose(columns: dict[str, list[Any]], best: int) -> None:
        names = columns[schema.name]
        lost.append(names[best])
        for row, name in enumerate(names):
            # Under each of its keys.
            columns["key"][row] = "zzz" if name == lost[0] else columns["key"][row]

    with pytest.raises(GoldenError) as error:
        ask_golden_questions(change_table(schema, lose), None)

    assert findings(error) == [f"/{schema.route} does not find «{lost[0]}»"]


def test_a_table_that_answers_with_another_name_is_refused(
    change_table: Callable[..., VerifiedRelease],
) -> None:
    def swap(columns: dict[str, list[Any]], best: int) -> None:
        names = columns["idioma"]
        other = names.index("fr")
        names[best], names[other] = names[other], names[best]

    with pytest.raises(GoldenError) as error:
        ask_golden_questions(change_table(PELICULAS_IDIOMA, swap), None)

    assert findings(error) == ["/peliculas_idioma finds «en» for «fr»"]


def test_a_search_that_does_not_find_what_it_knows_best_is_refused(
    sample: VerifiedRelease,
) -> None:
    index = NameIndex(index_of(Name("Here", 9, name_key="there"), Name("Up", 1)))

    with pytest.raises(GoldenError) as error:
        ask_golden_questions(ChangedRelease(sample, name_index=index), None)

    assert findings(error) == ["/buscar does not find the pelicula «Here»"]


def test_a_film_called_like_what_the_search_knows_best_is_no_hindrance(
    write_raw: Callable[..., Path], stages: Stages
) -> None:
    store = MemoryStore()

    manifest = run_without_report(
        write_raw({"title": "Inglés"}, *films(3, 1)), store, stages
    ).manifest

    assert read_current(store).release == manifest["release"]


def test_a_release_of_namesakes_that_nobody_voted_for_passes(
    write_raw: Callable[..., Path], stages: Stages
) -> None:
    store = MemoryStore()
    namesakes = [{"id": number, "title": "Up", "vote_count": 0} for number in range(1, 31)]

    manifest = run_without_report(write_raw(*namesakes), store, stages).manifest

    assert read_current(store).release == manifest["release"]


def test_a_model_of_another_number_of_films_is_refused(sample: VerifiedRelease) -> None:
    small = make_model(np.eye(3), votes=[3, 2, 1])

    with pytest.raises(GoldenError) as error:
        ask_golden_questions(ChangedRelease(sample, model=small), None)

    assert findings(error) == ["188 films are in the table, 3 in the model and 188 in the manifest"]


def test_a_manifest_of_another_number_of_films_is_refused(sample: VerifiedRelease) -> None:
    manifest: Manifest = {**sample.manifest, "films": 1234}

    with pytest.raises(GoldenError) as error:
        ask_golden_questions(ChangedRelease(sample, manifest=manifest), None)

    assert findings(error) == [
        "188 films are in the table, 188 in the model and 1,234 in the manifest"
    ]


def test_a_model_that_cannot_tell_what_is_near_is_refused(sample: VerifiedRelease) -> None:
    numb = replace(sample.model, film_weights=np.full_like(sample.model.film_weights, np.nan))

    with pytest.raises(GoldenError) as error:
        ask_golden_questions(ChangedRelease(sample, model=numb), None)

    (finding,) = findings(error)
    assert finding.startswith("the films nearest to «")


@pytest.mark.parametrize(
    ("path", "rows", "before"),
    [
        # 188 are at least 90 % of 214, less five, and at most twice 92, and five.
        (CATALOG, FILMS, 214),
        (CATALOG, FILMS, 92),
        (MODEL, FILMS, 92),
        (RECOMENDACION.path, FILMS, 214),
        # Of next to nothing next to nothing may be left, or five come of none.
        (PELICULAS_IDIOMA.path, 0, 5),
        (PELICULAS_IDIOMA.path, 5, 0),
        # What is set aside is for the tolerance to judge.
        (QUARANTINE, 10_000, 0),
        (QUARANTINE, 0, 10_000),
    ],
)
def test_a_little_more_or_less_than_in_the_last_release_passes(
    sample: VerifiedRelease, path: str, rows: int, before: int
) -> None:
    ask_golden_questions(with_rows(sample, {path: rows}), with_rows(sample, {path: before}))


@pytest.mark.parametrize(
    ("path", "rows", "before"),
    [
        (CATALOG, FILMS, 215),
        (CATALOG, FILMS, 91),
        (MODEL, FILMS, 91),
        (RECOMENDACION.path, FILMS, 215),
        (PELICULAS_IDIOMA.path, 0, 6),
        (PELICULAS_IDIOMA.path, 6, 0),
    ],
)
def test_much_more_or_less_than_in_the_last_release_is_refused(
    sample: VerifiedRelease, path: str, rows: int, before: int
) -> None:
    with pytest.raises(GoldenError) as error:
        ask_golden_questions(with_rows(sample, {path: rows}), with_rows(sample, {path: before}))

    assert findings(error) == [
        f"{path} has {rows} rows, the last release {before}; expected 90% to 200% of them"
    ]


def test_a_file_that_the_last_release_did_not_have_is_compared_with_nothing(
    sample: VerifiedRelease,
) -> None:
    files = {path: entry for path, entry in sample.manifest["files"].items() if path != CATALOG}
    last = ChangedRelease(sample, manifest={**sample.manifest, "files": files})

    ask_golden_questions(with_rows(sample, {CATALOG: 10_000}), last)


def test_every_finding_is_told(sample: VerifiedRelease) -> None:
    before = dict.fromkeys(sample.manifest["files"], 10_000)

    with pytest.raises(GoldenError) as error:
        ask_golden_questions(sample, with_rows(sample, before))

    assert isinstance(error.value, ContractError)
    assert sample.manifest["release"] in str(error.value).splitlines()[0]
    assert [finding.split()[0] for finding in findings(error)] == [
        path for path in rows_of(sample.manifest) if path != QUARANTINE
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (40, 20, f"{CATALOG} has 20 rows, the last release 40; expected 90% to 200% of them"),
        (10, 40, f"{CATALOG} has 40 rows, the last release 10; expected 90% to 200% of them"),
    ],
    ids=["shrunk", "grown"],
)
def test_a_release_that_shrank_or_grew_too_much_is_there_and_does_not_answer(
    write_raw: Callable[..., Path], stages: Stages, before: int, after: int, told: str
) -> None:
    store = MemoryStore()
    last = run_without_report(write_raw(*films(before)), store, stages).manifest["release"]
    pointer = read_current(store)

    with pytest.raises(GoldenError) as error:
        run_without_report(write_raw(*films(after)), store, stages)

    assert told in findings(error)
    assert read_current(store) == pointer
    assert Releases(store).current().id == last
    (refused,) = {release.id for release in list_releases(store)} - {last}
    assert refused in str(error.value)
    assert open_release(store, refused).manifest["films"] == after


def test_a_release_without_one_of_the_best_known_films_is_refused(
    write_raw: Callable[..., Path], stages: Stages
) -> None:
    store = MemoryStore()
    last = run_without_report(write_raw(*films(30)), store, stages).manifest["release"]
    without_two = films(30)
    del without_two[19], without_two[3]

    with pytest.raises(GoldenError) as error:
        run_without_report(write_raw(*without_two), store, stages)

    assert findings(error) == [
        "Film 3 (2009, id 4) is gone, one of the best known films",
        "Film 19 (2009, id 20) is gone, one of the best known films",
    ]
    assert read_current(store).release == last


def test_films_that_few_know_may_go_and_any_film_may_change_its_title(
    write_raw: Callable[..., Path], stages: Stages
) -> None:
    store = MemoryStore()
    run_without_report(write_raw(*films(30)), store, stages)
    changed = films(28)
    del changed[20]
    changed[0]["title"] = "A Film by Another Name"

    manifest = run_without_report(write_raw(*changed), store, stages).manifest

    assert read_current(store).release == manifest["release"]


def test_what_is_not_compared_is_published_however_little_is_left(
    write_raw: Callable[..., Path], stages: Stages
) -> None:
    store = MemoryStore()
    run_without_report(write_raw(*films(40)), store, stages)

    manifest = run_without_report(write_raw(*films(20)), store, stages, compare=False).manifest

    assert read_current(store).release == manifest["release"]
    assert manifest["films"] == 20


def test_what_is_not_compared_must_answer_its_own_questions_all_the_same(
    write_raw: Callable[..., Path], stages: Stages, tmp_path: Path
) -> None:
    raw = write_raw(*films(2))
    made = MemoryStore()
    manifest = run_without_report(raw, made, stages).manifest
    files = {
        path: ReleaseFile(
            bytes(made.get(release_path(manifest["release"], path)).bytes()), entry["rows"]
        )
        for path, entry in manifest["files"].items()
    }
    files[MODEL] = ReleaseFile(pickled(make_model(np.eye(3), votes=[3, 2, 1])), 3)
    spool = Spool(tmp_path)
    spool.add(files.items())
    wrong = make_manifest(
        spool.files, manifest["films"], manifest["rows"], manifest["sources"], datetime.now(UTC)
    )
    store = MemoryStore()

    with pytest.raises(GoldenError, match="2 films are in the table, 3 in the model"):
        publish(store, read_current(store), wrong, spool.files, stages, compare=False)

    assert read_current(store).stored is None


@pytest.mark.parametrize("path", [CATALOG, MODEL, RECOMENDACION.path, "manifest.json"])
def test_a_damaged_last_release_is_replaced_with_a_note(
    write_raw: Callable[..., Path], path: str
) -> None:
    store = MemoryStore()
    shown = StringIO()
    stages = Stages(Console(file=shown, width=80))
    last = run_without_report(write_raw(*films(40)), store, stages).manifest["release"]
    store.put(release_path(last, path), b"junk")

    manifest = run_without_report(write_raw(*films(20)), store, stages).manifest

    assert read_current(store).release == manifest["release"] != last
    assert f"not compared with the last release: release {last} is not sound" in shown.getvalue()


def test_a_last_release_that_storage_does_not_hand_out_is_not_passed_over(
    write_raw: Callable[..., Path], stages: Stages
) -> None:
    class Busy(MemoryStore):
        """Storage that is too busy to answer for one path."""

        at: str | None = None

        def get(self, path: str, **how: Any) -> Any:
            if path == self.at:
                raise GenericError("slow down")
            return super().get(path, **how)

    store = Busy()
    last = run_without_report(write_raw(*films(40)), store, stages).manifest["release"]
    store.at = release_path(last, CATALOG)

    with pytest.raises(PublishError, match="slow down"):
        run_without_report(write_raw(*films(20)), store, stages)

    assert read_current(store).release == last


def test_a_damaged_pointer_is_replaced(write_raw: Callable[..., Path], stages: Stages) -> None:
    store = MemoryStore()
    run_without_report(write_raw(*films(40)), store, stages)
    store.put(POINTER, b"junk")

    manifest = run_without_report(write_raw(*films(20)), store, stages).manifest

    assert Releases(store).current().id == manifest["release"]


def test_nothing_is_noted_where_the_last_release_is_sound(
    write_raw: Callable[..., Path],
) -> None:
    store = MemoryStore()
    shown = StringIO()
    stages = Stages(Console(file=shown, width=80))

    for _ in range(2):
        run_without_report(write_raw(*films(3)), store, stages)

    assert shown.getvalue().count("Moving the pointer") == 2
    assert "not compared" not in shown.getvalue()


def test_neighbours_that_are_not_those_of_the_model_are_refused(sample: VerifiedRelease) -> None:
    """They were computed with another model."""
    flat = replace(sample.model, prior=np.ones_like(sample.model.prior))

    with pytest.raises(GoldenError) as error:
        ask_golden_questions(ChangedRelease(sample, model=flat), None)

    (finding,) = findings(error)
    assert "are not the model's" in finding
