"""How every route behaves, whatever it is asked."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartelera.http.handler import ORIGINS_VARIABLE
from cartelera.http.question import MAX_BODY_BYTES, RELEASE_HEADER
from tests.examples import EXAMPLES

if TYPE_CHECKING:
    from tests.callers import Caller

pytestmark = pytest.mark.skipif("RAW" in os.environ, reason="asks for films of the sample")

# The questions about a name, each with one that it knows.
KNOWN = {
    each.route: each.path
    for each in reversed(EXAMPLES)
    if each.status == 200 and each.path.startswith(f"/{each.route}/")
}
ROUTES = sorted(KNOWN)
# Those that also answer a POST.
POSTED = sorted({each.route for each in EXAMPLES if each.method == "POST"})
# An answer of every kind: what there is, what is not, what cannot be asked or done, and pages.
EVERY_KIND = (
    ("/peliculas_duracion/Alien", "GET"),
    ("/peliculas_duracion/Alien", "HEAD"),
    ("/peliculas_duracion/nada%20de%20nada", "GET"),
    ("/peliculas_duracion", "GET"),
    ("/peliculas_duracion/Alien", "OPTIONS"),
    ("/peliculas_duracion/Alien", "DELETE"),
    ("/recomendacion", "POST"),
    ("/salud", "GET"),
    ("/eda", "GET"),
    ("/", "GET"),
    ("/docs", "GET"),
    ("/docs/nada", "GET"),
    ("/openapi.json", "GET"),
)
# Every status that the API documents.
DOCUMENTED = {200, 204, 304, 400, 404, 405, 413, 503}


def test_an_answer_may_be_kept_for_as_long_as_it_takes_to_see_a_new_release(get: Caller) -> None:
    headers = get("/peliculas_duracion/Alien").headers

    assert headers["cache-control"] == "public, max-age=60"
    assert headers["etag"].startswith('W/"')


@pytest.mark.parametrize("known", ["{}", 'W/"other", {}', '"other",{}'])
def test_an_answer_that_is_known_is_a_304_without_a_body(get: Caller, known: str) -> None:
    tag = get("/peliculas_duracion/Alien").headers["etag"]

    again = get("/peliculas_duracion/Alien", headers={"If-None-Match": known.format(tag)})

    assert (again.status, again.body) == (304, None)
    assert again.headers["etag"] == tag
    assert again.headers["x-release"]


def test_another_answer_has_another_tag(get: Caller) -> None:
    tag = get("/peliculas_duracion/Alien").headers["etag"]

    other = get("/peliculas_duracion/Aliens", headers={"If-None-Match": tag})

    assert other.status == 200
    assert other.headers["etag"] != tag


@pytest.mark.parametrize("path", ["/peliculas_duracion/nada%20de%20nada", "/recomendacion?n=x"])
def test_a_problem_is_not_kept(get: Caller, path: str) -> None:
    headers = get(path).headers

    assert headers["cache-control"] == "no-store"
    assert "etag" not in headers


def test_a_long_answer_is_compressed_for_those_who_ask(get: Caller) -> None:
    path = "/recomendacion/Alien?n=50"

    compressed = get(path, headers={"Accept-Encoding": "gzip"})

    # Over HTTP there is a gateway, which does it; a function by itself never does.
    over_http = "server" in compressed.headers
    assert ("content-encoding" in compressed.headers) == over_http
    assert compressed.body == get(path).body


@pytest.mark.parametrize("route", ROUTES)
def test_head_is_get_without_a_body(get: Caller, route: str) -> None:
    head, whole = get(KNOWN[route], "HEAD"), get(KNOWN[route])

    assert (head.status, head.raw) == (200, b"")
    length = "content-length"
    for name in {"etag", "content-type", length} & whole.headers.keys():
        # A question about the age of the release grows older.
        assert head.headers[name] == whole.headers[name] or (name != length and "salud" in route)


@pytest.mark.parametrize("route", ROUTES)
def test_whoever_tries_to_write_is_told_what_is_allowed(get: Caller, route: str) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = get(f"/{route}/x", method)

        assert answer.status == answer.body["status"] == 405
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
        assert method in answer.body["detail"]


@pytest.mark.parametrize("route", ROUTES)
def test_options_tells_what_is_allowed(get: Caller, route: str) -> None:
    answer = get(f"/{route}/x", "OPTIONS")

    assert (answer.status, answer.body) == (204, None)
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("route", ROUTES)
def test_only_a_route_that_takes_posts_says_so(get: Caller, route: str) -> None:
    allowed = "GET, HEAD, POST, OPTIONS" if route in POSTED else "GET, HEAD, OPTIONS"

    for method in ("OPTIONS", "PUT"):
        assert get(f"/{route}", method).headers["allow"] == allowed


@pytest.mark.parametrize("route", POSTED)
def test_an_answer_to_a_post_is_not_kept(get: Caller, route: str) -> None:
    answer = get(f"/{route}", "POST", {"If-None-Match": "*"}, b"{}")

    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-release"]
    assert "etag" not in answer.headers


@pytest.mark.parametrize("route", POSTED)
@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ("", b"", 400),
        ("", b"[]", 400),
        ("", b"\xff", 400),
        ("", b"[" * MAX_BODY_BYTES, 400),
        ("?n=1", b"{}", 400),
        ("", b"{}".ljust(MAX_BODY_BYTES), 200),
        ("", b"{}".ljust(MAX_BODY_BYTES + 1), 413),
    ],
    ids=["nothing", "list", "bytes", "deep", "query", "longest", "too long"],
)
def test_a_post_is_an_object_that_is_not_too_long(
    get: Caller, route: str, query: str, body: bytes, status: int
) -> None:
    answer = get(f"/{route}{query}", "POST", body=body)

    assert answer.status == answer.body.get("status", 200) == status


@pytest.mark.parametrize(("path", "method"), EVERY_KIND)
def test_every_answer_tells_browsers_to_be_careful(get: Caller, path: str, method: str) -> None:
    headers = get(path, method).headers

    assert headers["strict-transport-security"] == "max-age=63072000"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    policy = set(headers["content-security-policy"].split("; "))
    assert {"default-src 'none'", "frame-ancestors 'none'"} <= policy


@pytest.fixture
def _for_any_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the template's parameter says when nobody says anything else."""
    monkeypatch.setenv(ORIGINS_VARIABLE, "*")


@pytest.mark.usefixtures("_for_any_origin")
@pytest.mark.parametrize(("path", "method"), EVERY_KIND)
def test_pages_of_any_origin_may_read_every_answer(get: Caller, path: str, method: str) -> None:
    headers = get(path, method, {"Origin": "https://cine.example"}).headers

    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers


@pytest.mark.usefixtures("_for_any_origin")
def test_pages_may_see_what_an_answer_says_of_itself(get: Caller) -> None:
    found, missed = get("/salud"), get("/salud", "PUT")

    exposed = found.headers["access-control-expose-headers"].split(", ")
    assert {"ETag", RELEASE_HEADER, "Allow", "Retry-After"} == set(exposed)
    assert missed.headers["access-control-expose-headers"].split(", ") == exposed


@pytest.mark.usefixtures("_for_any_origin")
@pytest.mark.parametrize("route", ROUTES)
def test_a_browser_that_asks_first_is_told_what_a_page_may_send(get: Caller, route: str) -> None:
    asked = {
        "Origin": "https://cine.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }

    answer = get(f"/{route}", "OPTIONS", asked)

    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == answer.headers["allow"]
    sendable = answer.headers["access-control-allow-headers"].lower().split(", ")
    assert {"content-type", "if-none-match", "x-api-key"} == set(sendable)
    assert int(answer.headers["access-control-max-age"]) > 0


@pytest.mark.parametrize("name", ["%00", "Toy%00Story", "%1B[31m", "%7F", "x" * 501])
def test_a_name_that_none_can_have_is_a_400(get: Caller, name: str) -> None:
    assert get(f"/peliculas_duracion/{name}").status == 400


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
names = texts | st.sampled_from(
    ["Alien", "en", "France", "K%2FW", "../..", "%", "%zz", "{}", "'--"]
)
values = st.one_of(texts, st.integers().map(str), st.just("862"))
queries = st.lists(
    st.tuples(
        st.sampled_from(
            ["n", "anio", "id", "titulo", "pelicula", "nombre", "limite", "pagina", "x"]
        )
        | texts,
        values,
    ),
    max_size=4,
)


methods = st.sampled_from(["GET", "GET", "GET", "HEAD", "OPTIONS", "POST", "POST", "DELETE"])
# What may be posted, and what may not; to a GET it is nothing.
members = st.sampled_from(["gustos", "n", "anio", "x"]) | texts
films = st.lists(st.fixed_dictionaries({}, optional={"titulo": names, "id": values}), max_size=3)
bodies = st.one_of(
    st.just(b""),
    st.binary(max_size=40),
    st.dictionaries(members, values | st.none() | st.booleans() | films, max_size=4).map(
        lambda content: json.dumps(content).encode()
    ),
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    route=st.sampled_from(ROUTES),
    name=names,
    query=queries,
    sent=st.tuples(methods, bodies),
)
def test_whatever_is_asked_the_answer_is_a_documented_one(
    get: Caller, route: str, name: str, query: list[tuple[str, str]], sent: tuple[str, bytes]
) -> None:
    method, body = sent
    path = f"/{route}" + (f"/{quote(name, safe='')}" if name else "")
    asked = "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in query)

    answer = get(f"{path}?{asked}" if asked else path, method, body=body)

    assert answer.status in DOCUMENTED - {503}
    if answer.status >= 400 and method != "HEAD":
        assert answer.body["status"] == answer.status
        assert answer.body["title"]
        assert answer.body["detail"]
        assert answer.headers["content-type"].startswith("application/problem+json")
