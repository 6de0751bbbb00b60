"""The report as a function serves it: the release's own, verified and kept, or a 503."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from obstore.store import LocalStore

from cartelera.contract.release_format import POINTER, REPORT, release_path, to_json
from cartelera.errors import InvalidParameterError
from cartelera.http.report_page import ReportPage
from cartelera.release import Releases, releases
from etl.release.pointers import pointer_to
from infra.local.functions import LocalContext

if TYPE_CHECKING:
    from pathlib import Path

    from cartelera.contract.release_format import Manifest

EVENT = {"httpMethod": "GET", "path": "/eda", "requestContext": {}}


def ask(event: Any = EVENT) -> Any:
    return ReportPage("/eda")(event, LocalContext("EdaFunction", 512))  # type: ignore[arg-type]


@pytest.mark.usefixtures("released")
def test_the_page_is_the_file_of_the_release(sample_place: Path, sample_manifest: Manifest) -> None:
    path = sample_place / release_path(sample_manifest["release"], REPORT)

    answer = ask()

    assert (answer["statusCode"], answer["body"]) == (200, path.read_text())


def test_the_file_is_read_once_and_kept(sample_place: Path) -> None:
    release = Releases(LocalStore(sample_place)).current()

    assert release.report() is release.report()


@pytest.mark.usefixtures("released")
def test_a_direct_invocation_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match="HTTP"):
        ask({})


def test_without_a_release_there_is_a_problem_body(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARTELERA_RELEASES", tmp_path.as_uri())
    releases.cache_clear()

    answer = ask()

    releases.cache_clear()
    assert answer["statusCode"] == json.loads(answer["body"])["status"] == 503


@pytest.mark.parametrize("damage", [b"", b"<!doctype html>another"])
def test_a_report_that_is_not_what_was_published_is_not_served(
    sample_place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes
) -> None:
    place = tmp_path / "releases"
    shutil.copytree(sample_place, place)
    (report,) = place.glob(f"releases/*/{REPORT}")
    report.write_bytes(damage)
    monkeypatch.setenv("CARTELERA_RELEASES", place.as_uri())
    releases.cache_clear()

    answer = ask()

    releases.cache_clear()
    assert answer["statusCode"] == 503


@pytest.fixture
def without_report(sample_place: Path, tmp_path: Path) -> Path:
    """The sample's release as the job leaves it with `--no-report`."""
    place = tmp_path / "releases-without"
    shutil.copytree(sample_place, place)
    (path,) = place.glob("releases/*/manifest.json")
    manifest = json.loads(path.read_text())
    manifest["files"] = {
        file: entry for file, entry in manifest["files"].items() if not file.startswith("eda/")
    }
    path.write_bytes(to_json(manifest))
    (place / POINTER).write_bytes(to_json(pointer_to(manifest["release"], path.read_bytes())))
    return place


def test_a_release_that_was_made_without_a_report_says_so(
    without_report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARTELERA_RELEASES", without_report.as_uri())
    releases.cache_clear()

    answer = ask()

    releases.cache_clear()
    assert answer["statusCode"] == 404
    assert "sin informe" in json.loads(answer["body"])["detail"]


def test_it_takes_over_from_one_whose_report_is_open(
    sample_place: Path, without_report: Path
) -> None:
    last = Releases(LocalStore(sample_place)).current()
    last.report()
    following = Releases(LocalStore(without_report)).current()

    following.open_same_files(last)

    assert last.has_report
    assert not following.has_report
