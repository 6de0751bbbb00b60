"""The report is served in every way of calling, as the job drew it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartelera import IMDB_ATTRIBUTION

if TYPE_CHECKING:
    from tests.callers import Caller


def test_the_report_is_a_page_of_the_release_that_answers(get: Caller) -> None:
    page = get("/eda")

    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.raw.startswith(b"<!doctype html>")
    assert page.raw.rstrip().endswith(b"</html>")
    assert page.headers["x-release"] == get("/salud").body["publicacion"]["id"]
    # The sample has a file of other titles.
    assert page.raw.decode().count(IMDB_ATTRIBUTION) == 1


def test_the_report_may_run_its_own_script_alone_and_fetch_nothing(get: Caller) -> None:
    page = get("/eda")
    policy = page.headers["content-security-policy"].split("; ")
    # Both apply: of scripts in the page, the one whose hash the page's own policy has.
    own = re.findall(r"script-src &#39;sha256-[^&]+&#39;; ", page.raw.decode())

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'unsafe-inline'" in policy
    assert len(own) == page.raw.count(b"<script") == 1
    assert "img-src data:" in policy
    assert not any(each.startswith(("connect-src", "font-src", "frame-src")) for each in policy)


def test_a_report_that_is_known_is_a_304(get: Caller) -> None:
    page = get("/eda")

    again = get("/eda", headers={"If-None-Match": page.headers["etag"]})

    assert page.headers["cache-control"] == "public, max-age=60"
    assert (again.status, again.raw) == (304, b"")


def test_the_report_is_not_written_to(get: Caller) -> None:
    answer = get("/eda", "POST", body=b"{}")

    assert answer.status == answer.body["status"] == 405
