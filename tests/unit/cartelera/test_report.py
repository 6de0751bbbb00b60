"""The report as a function serves it: the release's own, verified and kept, or a 503."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from obstore.store import LocalStore

from cartelera.errors import InvalidParameterError
from cartelera.layout import REPORT, release_path
from cartelera.release import Releases, releases
from cartelera.report import Report
from infra.local.lambdas import LocalContext

if TYPE_CHECKING:
    from pathlib import Path

    from cartelera.layout import Manifest

EVENT = {"httpMethod": "GET", "path": "/eda", "requestContext": {}}


def ask(event: Any = EVENT) -> Any:
    return Report("/eda")(event, LocalContext("EdaFunction", 512))  # type: ignore[arg-type]


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
