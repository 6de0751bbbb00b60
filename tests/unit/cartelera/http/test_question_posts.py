"""What `Question` answers to a POST, with two questions made up for the purpose."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.errors import InvalidParameterError, Message, NotInCatalogueError
from cartelera.http.question import MAX_BODY_BYTES, PostedQuestion, Question
from cartelera.parameters import Integer, Tastes, Text
from infra.local.events import HttpRequest, HttpResponse, match_route, proxy_event
from infra.local.events import read_proxy_response as read
from infra.local.functions import LocalContext
from infra.local.template import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartelera.parameters import Taste
    from cartelera.release import Release

    type Handle = Callable[[object], Any]
    type Send = Callable[..., HttpResponse]

ROUTES = [Route("/eco/{nombre+}", "ANY", "Eco"), Route("/eco", "ANY", "Eco")]
N = Integer("n", 1, 9, default=1)
ALLOWED = "GET, HEAD, POST, OPTIONS"


def eco(_: Release, nombre: tuple[str, ...], n: int) -> dict[str, object]:
    return {"nombre": nombre[0], "n": n}


def ecos(_: Release, textos: list[Taste], n: int) -> dict[str, object]:
    titles = [taste.titulo and taste.titulo[0] for taste in textos]
    match titles:
        case ["nadie"]:
            raise NotInCatalogueError(Message("No está.", "Is not there."), ["nadia"])
        case ["roto"]:
            raise UnsoundReleaseError("model.pkl: broken")
        case ["error"]:
            raise ZeroDivisionError("of all things")
    return {"textos": titles, "n": n}


POSTED = PostedQuestion(ecos, (Tastes("textos"), N))


def called(handler: Question) -> Handle:
    return lambda event: handler(event, LocalContext("Eco", 128))  # type: ignore[arg-type]


@pytest.fixture
def handle(released: None) -> Handle:
    return called(Question("/eco", eco, Text("nombre"), N, posted=POSTED))


@pytest.fixture
def without_posts(released: None) -> Handle:
    return called(Question("/eco", eco, Text("nombre"), N))


@pytest.fixture
def send(handle: Handle) -> Send:
    def send(body: object = None, path: str = "/eco", /, **changes: Any) -> HttpResponse:
        return answer(handle, "POST", path, body, **changes)

    return send


def answer(
    handle: Handle, method: str, path: str, body: object = None, /, **changes: Any
) -> HttpResponse:
    path, _, query = path.partition("?")
    text = body if isinstance(body, str) else json.dumps(body)
    request = HttpRequest(method, path, query, body=b"" if body is None else text.encode())
    matched = match_route(ROUTES, request)
    assert matched
    return read(handle({**proxy_event(*matched, request), **changes}))


def problem(response: HttpResponse) -> Any:
    headers = dict(response.headers)
    assert headers["Content-Type"] == "application/problem+json; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    content = json.loads(response.body)
    assert content["status"] == response.status
    return content


def test_a_post_asks_the_posted_question_with_the_members_of_its_body(
    send: Send, sample_manifest: Any
) -> None:
    response = send({"textos": [{"titulo": "ñandú"}], "n": 2})

    assert response.status == 200
    assert json.loads(response.body) == {"textos": ["ñandú"], "n": 2}
    headers = dict(response.headers)
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["X-Release"] == sample_manifest["release"]


def test_an_answer_to_a_post_is_not_kept(send: Send) -> None:
    headers = dict(send({}).headers)

    assert headers["Cache-Control"] == "no-store"
    assert "ETag" not in headers


def test_a_post_is_answered_whatever_the_client_has(send: Send) -> None:
    response = send({}, headers={"If-None-Match": "*"})

    assert (response.status, json.loads(response.body)) == (200, {"textos": [], "n": 1})


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_is_read_whatever_it_is_called(send: Send, content_type: str | None) -> None:
    headers = {"Content-Type": content_type} if content_type else {}

    assert send({"n": 3}, headers=headers).status == 200


def test_a_body_may_come_in_base64(send: Send) -> None:
    encoded = base64.b64encode('{"textos": [{"titulo": "ñ"}]}'.encode()).decode()

    response = send(encoded, isBase64Encoded=True)

    assert json.loads(response.body)["textos"] == ["ñ"]


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        " ",
        "n=3",
        "null",
        "3",
        '"n"',
        "[]",
        '[{"n": 3}]',
        '{"n": 3',
        '{"n": 3} {}',
        "{'n': 3}",
        '\ufeff{"n": 3}',
        '{"n": NaN}',
        '{"n": -Infinity}',
        '{"n": 3, "n": 4}',
        '{"textos": [{"id": 1, "id": 2}]}',
        '{"textos": [{"titulo": "\\ud800"}]}',
        '{"\\udc00": 1}',
        pytest.param('{"n": ' + "9" * 5000 + "}", id="endless number"),
        pytest.param("[" * MAX_BODY_BYTES, id="deep list"),
        pytest.param('{"n":' * 10_000 + "1" + "}" * 10_000, id="deep object"),
    ],
)
def test_a_body_that_is_no_plain_object_is_a_400_that_says_what_to_send(
    send: Send, body: str | None
) -> None:
    response = send(body)

    content = problem(response)
    assert response.status == 400
    assert content["parametro"] == "cuerpo"
    assert "objeto JSON" in content["detail"]
    assert "`textos`, `n`" in content["detail"]


@pytest.mark.parametrize("encoded", ["no base64", base64.b64encode(b"\xff{}").decode()])
def test_a_body_that_is_no_text_in_base64_is_a_400(send: Send, encoded: str) -> None:
    assert problem(send(encoded, isBase64Encoded=True))["parametro"] == "cuerpo"


@pytest.mark.parametrize("body", [{"n": 3}, 3, ["n"]])
def test_an_event_written_by_hand_has_its_body_as_text_too(send: Send, body: object) -> None:
    assert problem(send({}, body=body))["parametro"] == "cuerpo"


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"n": 0}, "n"),
        ({"n": []}, "n"),
        ({"nombre": "a"}, "nombre"),
        ({"textos": {}}, "textos"),
        ({"textos": [{"id": 1}, {}]}, "textos[1]"),
        ({"textos": [{"titulo": "a", "anio": 1}]}, "textos[0].anio"),
    ],
)
def test_an_unusable_member_is_a_400_that_names_it(
    send: Send, body: dict[str, object], parameter: str
) -> None:
    response = send(body)

    content = problem(response)
    assert response.status == 400
    assert content["parametro"] == parameter
    assert f"`{parameter}`" in content["detail"]


def test_a_member_that_is_null_is_not_given(send: Send) -> None:
    assert json.loads(send({"textos": None, "n": None}).body) == {"textos": [], "n": 1}


@pytest.mark.parametrize("query", ["n=3", "x=", "nombre=a&n=1"])
def test_a_post_with_a_query_is_told_that_parameters_go_in_the_body(send: Send, query: str) -> None:
    content = problem(send({"n": 3}, f"/eco?{query}"))

    assert content["status"] == 400
    assert content["parametro"] == query.partition("=")[0]
    assert "en el cuerpo" in content["detail"]


@pytest.mark.parametrize("is_encoded", [False, True])
def test_the_longest_body_is_read_and_one_byte_more_is_a_413(send: Send, is_encoded: bool) -> None:  # noqa: FBT001
    longest = '{"n": 3}'.ljust(MAX_BODY_BYTES)
    longer = longest + " "
    bodies = [base64.b64encode(each.encode()).decode() for each in (longest, longer)]

    taken, refused = (
        send(each, isBase64Encoded=is_encoded)
        for each in (bodies if is_encoded else (longest, longer))
    )

    assert taken.status == 200
    assert problem(refused) == {
        "type": "urn:cartelera:PayloadTooLargeError",
        "title": "Cuerpo demasiado grande",
        "status": 413,
        "detail": "El cuerpo tiene 65537 bytes; máximo 65536.",
    }


def test_a_body_is_measured_in_bytes(send: Send) -> None:
    assert send('{"n": 3}'.ljust(MAX_BODY_BYTES - 2, "ñ")).status == 413


@pytest.mark.parametrize(("title", "status"), [("nadie", 404), ("error", 500), ("roto", 503)])
def test_what_goes_wrong_is_a_problem_as_with_get(send: Send, title: str, status: int) -> None:
    assert problem(send({"textos": [{"titulo": title}]}))["status"] == status


def test_a_get_asks_what_it_always_did(handle: Handle, without_posts: Handle) -> None:
    for path in ("/eco/ñandú", "/eco?nombre=a&n=3", "/eco?textos=a", "/eco"):
        for method in ("GET", "HEAD"):
            with_posts = answer(handle, method, path)
            assert with_posts == answer(without_posts, method, path)


def test_a_body_is_nothing_to_a_get(handle: Handle) -> None:
    assert answer(handle, "GET", "/eco/a", {"n": 3}) == answer(handle, "GET", "/eco/a")


def test_the_route_tells_that_it_takes_posts(handle: Handle) -> None:
    options, put = (answer(handle, method, "/eco") for method in ("OPTIONS", "PUT"))

    assert (options.status, dict(options.headers)["Allow"]) == (204, ALLOWED)
    assert (put.status, dict(put.headers)["Allow"]) == (405, ALLOWED)
    assert ALLOWED in problem(put)["detail"]


def test_a_path_with_a_name_takes_no_post(handle: Handle) -> None:
    post, options = (answer(handle, method, "/eco/a", {}) for method in ("POST", "OPTIONS"))

    assert problem(post)["status"] == 405
    for response in (post, options):
        assert dict(response.headers)["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["/eco", "/eco/a"])
def test_a_handler_without_a_posted_question_takes_no_post(
    without_posts: Handle, path: str
) -> None:
    post, options = (answer(without_posts, method, path, {}) for method in ("POST", "OPTIONS"))

    assert problem(post)["detail"] == "Aquí no se puede POST; se admiten GET, HEAD, OPTIONS."
    for response in (post, options):
        assert dict(response.headers)["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"nombre": "a"}, {"nombre": "a", "n": 1}),
        ({"nombre": "a", "n": 3}, {"nombre": "a", "n": 3}),
        ({"textos": []}, {"textos": [], "n": 1}),
        ({"textos": [{"titulo": "a"}], "n": "3"}, {"textos": ["a"], "n": 3}),
    ],
)
def test_a_direct_invocation_asks_the_question_that_its_parameters_are_of(
    handle: Handle, event: dict[str, object], expected: dict[str, object]
) -> None:
    assert handle(event) == expected


@pytest.mark.parametrize(
    ("event", "parameter"),
    # What both questions have, or neither, is for the one that GET asks.
    [
        ({}, "nombre"),
        ({"n": 3}, "nombre"),
        ({"x": 1}, "x"),
        ({"textos": [], "nombre": ""}, "nombre"),
    ],
)
def test_a_direct_invocation_of_neither_question_raises(
    handle: Handle, event: dict[str, object], parameter: str
) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        handle(event)

    assert caught.value.parameter == parameter


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
finite = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
films = st.fixed_dictionaries(
    {}, optional={"titulo": texts, "anio": json_values, "id": json_values, "peso": json_values}
)
members = st.fixed_dictionaries(
    {}, optional={"textos": st.lists(films, max_size=3), "n": st.integers()}
)
shared = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])


@shared
@given(body=(json_values | members).map(json.dumps) | texts)
def test_whatever_is_sent_the_answer_is_a_200_a_400_or_a_404(send: Send, body: str) -> None:
    response = send(body)

    assert response.status in (200, 400, 404)
    assert response.status == 200 or problem(response)["detail"]


@shared
@given(body=members)
def test_a_post_is_answered_as_a_direct_invocation_is(
    send: Send, handle: Handle, body: dict[str, object]
) -> None:
    response = send(body)
    # With this member it is the posted question that is asked.
    asked = {"textos": None, **body}

    if response.status == 200:
        assert handle(asked) == json.loads(response.body)
    else:
        with pytest.raises(InvalidParameterError) as caught:
            handle(asked)
        assert caught.value.detail == problem(response)["detail"]
