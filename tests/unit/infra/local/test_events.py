from __future__ import annotations

import base64

import pytest

from infra.local.events import HttpRequest, match_route, proxy_event, read_proxy_response
from infra.local.template import Route

ROUTES = [
    Route("/a/{name+}", "GET", "Greedy"),
    Route("/a", "GET", "Plain"),
    Route("/b/{one}/c", "ANY", "Inner"),
    Route("/b/known/c", "GET", "Literal"),
]


def matched(path: str, method: str = "GET") -> tuple[str, dict[str, str]] | None:
    found = match_route(ROUTES, HttpRequest(method, path))
    return found and (found[0].function, found[1])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a", ("Plain", {})),
        ("/a/x", ("Greedy", {"name": "x"})),
        ("/a/x/y//z", ("Greedy", {"name": "x/y//z"})),
        ("/a//x", ("Greedy", {"name": "/x"})),
        ("/a/Face%2FOff", ("Greedy", {"name": "Face%2FOff"})),
        ("/b/x/c", ("Inner", {"one": "x"})),
        ("/b/known/c", ("Literal", {})),
        ("/b/x/y/c", None),
        # As API Gateway has it.
        ("/a/", ("Plain", {})),
        ("/a//", ("Greedy", {"name": "/"})),
        ("/ab", None),
        ("/", None),
    ],
)
def test_a_path_leads_to_the_route_the_template_declares(
    path: str, expected: tuple[str, dict[str, str]] | None
) -> None:
    assert matched(path) == expected


def test_a_method_that_is_not_declared_leads_nowhere() -> None:
    assert matched("/a", "POST") is None
    assert matched("/b/x/c", "POST") == ("Inner", {"one": "x"})


def test_the_event_has_the_path_encoded_and_the_query_decoded() -> None:
    request = HttpRequest(
        "GET", "/a/Face%2FOff", "q=a%2Fb&q=c&empty=", [("Accept", "x"), ("Accept", "y")]
    )

    event = proxy_event(ROUTES[0], {"name": "Face%2FOff"}, request)

    assert event["resource"] == "/a/{name+}"
    assert event["path"] == "/a/Face%2FOff"
    assert event["pathParameters"] == {"name": "Face%2FOff"}
    assert event["queryStringParameters"] == {"q": "c", "empty": ""}
    assert event["multiValueQueryStringParameters"] == {"q": ["a/b", "c"], "empty": [""]}
    assert event["multiValueHeaders"] == {"Accept": ["x", "y"]}
    assert event["requestContext"]["path"] == "/local/a/Face%2FOff"


def test_what_a_request_lacks_is_null() -> None:
    event = proxy_event(ROUTES[1], {}, HttpRequest("GET", "/a"))

    assert event["pathParameters"] is None
    assert event["queryStringParameters"] is None
    assert (event["body"], event["isBase64Encoded"]) == (None, False)


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b"{}", ("{}", False)), (b"\xff", (base64.b64encode(b"\xff").decode(), True))],
)
def test_a_body_is_text_or_else_base64(body: bytes, expected: tuple[str, bool]) -> None:
    event = proxy_event(ROUTES[1], {}, HttpRequest("POST", "/a", body=body))

    assert (event["body"], event["isBase64Encoded"]) == expected


def test_a_response_has_its_headers_and_bytes() -> None:
    response = read_proxy_response(
        {
            "statusCode": 200,
            "headers": {"A": "1"},
            "multiValueHeaders": {"B": ["2", "3"]},
            "body": base64.b64encode(b"\xff").decode(),
            "isBase64Encoded": True,
        }
    )

    assert response.headers == [("A", "1"), ("B", "2"), ("B", "3")]
    assert (response.status, response.body) == (200, b"\xff")


@pytest.mark.parametrize("result", [None, "text", {}, {"statusCode": "200"}])
def test_another_result_is_no_response(result: object) -> None:
    with pytest.raises(TypeError, match="not a proxy response"):
        read_proxy_response(result)
