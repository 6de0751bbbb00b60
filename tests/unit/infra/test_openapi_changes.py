"""Which changes of the OpenAPI document break clients, and what is made of them."""

from __future__ import annotations

import json
import shutil
import subprocess
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from infra.openapi.changes import (
    NothingToCompareError,
    breaking_changes,
    main,
    may_break,
    released,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    type Document = dict[str, Any]
    type Change = Callable[[Document], object]

FILM = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "length": {"type": ["integer", "null"]},
        "others": {"type": "array", "items": {"$ref": "#/components/schemas/Film"}},
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
        "note": {"type": "string"},
    },
    "required": ["id", "kind", "length"],
}
PAGE = {
    "type": "object",
    "properties": {"total": {"type": "integer", "minimum": 0}},
    "required": ["total"],
}
LIKED = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "maxLength": 9},
        "id": {"type": "integer"},
        "weight": {"type": "number", "exclusiveMinimum": 0, "maximum": 10, "default": 1},
    },
    "required": [],
    "additionalProperties": False,
    "anyOf": [{"required": ["title"]}, {"required": ["id"]}],
}
BODY = {
    "type": "object",
    "properties": {
        "films": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/Liked"},
            "maxItems": 500,
        },
        "variety": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.3},
        "alone": {"type": "boolean", "default": False},
    },
    "required": ["films"],
    "additionalProperties": False,
}
DOCUMENT: Document = {
    "info": {"version": "0.1.0"},
    "paths": {
        "/film": {
            "get": {
                "operationId": "film",
                "parameters": [
                    {"$ref": "#/components/parameters/n"},
                    {"name": "q", "in": "query", "schema": {"type": "string", "maxLength": 9}},
                    {"name": "k", "in": "query", "schema": {"type": "string", "enum": ["a", "b"]}},
                ],
                "responses": {
                    "200": {
                        "headers": {"ETag": {"schema": {"type": "string"}}},
                        "content": {
                            "application/json": {
                                "schema": {
                                    "anyOf": [
                                        {"$ref": "#/components/schemas/Film"},
                                        {"$ref": "#/components/schemas/Page"},
                                    ]
                                }
                            }
                        },
                    },
                    "404": {"description": "No such film."},
                },
            },
            "post": {
                "operationId": "liked",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": BODY}},
                },
                "responses": {"200": {"description": "Films."}},
            },
            "head": {"responses": {"200": {"description": "As GET."}}},
        }
    },
    "components": {
        "schemas": {"Film": FILM, "Liked": LIKED, "Page": PAGE},
        "parameters": {
            "n": {
                "name": "n",
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": 50, "default": 5},
            }
        },
    },
}


def get(document: Document) -> Any:
    return document["paths"]["/film"]["get"]


def sent(document: Document) -> Any:
    return document["paths"]["/film"]["post"]["requestBody"]


def body(document: Document) -> Any:
    return sent(document)["content"]["application/json"]["schema"]


def member(document: Document, name: str) -> Any:
    return body(document)["properties"][name]


def liked(document: Document) -> Any:
    return document["components"]["schemas"]["Liked"]


def n(document: Document) -> Any:
    return document["components"]["parameters"]["n"]


def film(document: Document) -> Any:
    return document["components"]["schemas"]["Film"]


def field(document: Document, name: str) -> Any:
    return film(document)["properties"][name]


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda d: d["paths"].clear(), "removed"),
        (lambda d: get(d).update(operationId="pelicula"), "operationId changed"),
        (lambda d: get(d)["responses"].pop("404"), "404 removed"),
        (lambda d: get(d)["responses"]["200"]["headers"].clear(), "200 header ETag removed"),
        (lambda d: get(d)["responses"]["200"]["content"].clear(), "200 application/json removed"),
        (lambda d: get(d)["parameters"].pop(0), "query parameter n removed"),
        (lambda d: n(d).update(required=True), "query parameter n newly required"),
        (
            lambda d: get(d)["parameters"].append(
                {"name": "x", "in": "query", "required": True, "schema": {"type": "string"}}
            ),
            "query parameter x newly required",
        ),
        (lambda d: n(d)["schema"].update(default=6), "query parameter n has another default"),
        (
            lambda d: n(d)["schema"].update(maximum=49),
            "query parameter n no longer takes more than 49",
        ),
        (
            lambda d: n(d)["schema"].update(minimum=2),
            "query parameter n no longer takes less than 2",
        ),
        (
            lambda d: n(d)["schema"].update(type="string"),
            "query parameter n no longer takes integer",
        ),
        (
            lambda d: get(d)["parameters"][1]["schema"].update(maxLength=8),
            "query parameter q no longer takes longer than 8",
        ),
        (
            lambda d: get(d)["parameters"][1]["schema"].update(pattern="^a$"),
            "query parameter q no longer takes other than ^a$",
        ),
        (
            lambda d: get(d)["parameters"][1]["schema"].update(enum=["a"]),
            "query parameter q no longer takes anything",
        ),
        (
            lambda d: get(d)["parameters"][2]["schema"].update(enum=["a"]),
            "query parameter k no longer takes 'b'",
        ),
        (lambda d: film(d)["properties"].pop("id"), "200 .id may be missing"),
        (lambda d: film(d)["properties"].pop("note"), "200 .note may be missing"),
        (lambda d: film(d)["required"].remove("id"), "200 .id may be missing"),
        (lambda d: field(d, "id").update(type="string"), "200 .id may be string"),
        (lambda d: field(d, "id").update(type="number"), "200 .id may be number"),
        (lambda d: field(d, "id").update(type=["integer", "null"]), "200 .id may be null"),
        (lambda d: field(d, "kind").update(enum=["a", "b", "c"]), "200 .kind may be 'c'"),
        (lambda d: field(d, "kind").pop("enum"), "200 .kind may be anything"),
        (
            lambda d: field(d, "others").update(items={"type": "string"}),
            "200 .others[] may be string",
        ),
        (
            lambda d: field(d, "counts")["additionalProperties"].update(type="number"),
            "200 .counts.* may be number",
        ),
        (
            lambda d: d["components"]["schemas"]["Page"]["properties"]["total"].pop("minimum"),
            "200 .total may be less than 0",
        ),
    ],
)
def test_what_breaks_a_client_is_named(change: Change, finding: str) -> None:
    after = deepcopy(DOCUMENT)
    change(after)

    assert f"GET /film: {finding}" in list(breaking_changes(DOCUMENT, after))


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda d: d["paths"]["/film"].pop("post"), "removed"),
        (
            lambda d: sent(d)["content"].update({"text/plain": sent(d)["content"].popitem()[1]}),
            "body application/json removed",
        ),
        (lambda d: body(d)["required"].append("alone"), "body member alone newly required"),
        (
            lambda d: body(d).update(
                properties=body(d)["properties"] | {"new": {"type": "string"}},
                required=["films", "new"],
            ),
            "body member new newly required",
        ),
        (lambda d: body(d)["properties"].pop("variety"), "body member variety removed"),
        (
            lambda d: member(d, "variety").update(default=0.5),
            "body member variety has another default",
        ),
        (
            lambda d: member(d, "variety").update(maximum=0.5),
            "body member variety no longer takes more than 0.5",
        ),
        (
            lambda d: member(d, "alone").update(type="string"),
            "body member alone no longer takes boolean",
        ),
        (
            lambda d: member(d, "films").update(maxItems=499),
            "body member films no longer takes more than 499",
        ),
        (
            lambda d: member(d, "films").update(minItems=1),
            "body member films no longer takes fewer than 1",
        ),
        (
            lambda d: liked(d)["properties"]["weight"].update(exclusiveMinimum=0.5),
            "body member films[].weight no longer takes at most 0.5",
        ),
        (
            lambda d: liked(d)["properties"]["weight"].update(default=2),
            "body member films[].weight no longer takes 1 by default",
        ),
        (
            lambda d: liked(d)["properties"]["title"].update(maxLength=8),
            "body member films[].title no longer takes longer than 8",
        ),
        (
            lambda d: liked(d)["properties"].pop("weight"),
            "body member films[] no longer takes one with weight",
        ),
        (
            lambda d: liked(d).update(required=["weight"]),
            "body member films[] no longer takes one without weight",
        ),
        (
            lambda d: liked(d)["anyOf"].pop(),
            "body member films[] no longer takes one without title",
        ),
    ],
)
def test_what_breaks_a_client_that_posts_is_named(change: Change, finding: str) -> None:
    after = deepcopy(DOCUMENT)
    change(after)

    assert f"POST /film: {finding}" in list(breaking_changes(DOCUMENT, after))


@pytest.mark.parametrize("before", [None, {"content": {}}])
def test_a_body_that_must_be_sent_now_breaks_clients(before: Document | None) -> None:
    old = deepcopy(DOCUMENT)
    old["paths"]["/film"]["post"].pop("requestBody")
    if before:
        old["paths"]["/film"]["post"]["requestBody"] = before

    assert "POST /film: body newly required" in list(breaking_changes(old, DOCUMENT))


@pytest.mark.parametrize(
    "change",
    [
        lambda _: None,
        lambda d: d["paths"].update({"/other": {"get": {"responses": {}}}}),
        lambda d: get(d)["responses"].update({"503": {"description": "Later."}}),
        lambda d: n(d)["schema"].update(minimum=0, maximum=99),
        lambda d: get(d)["parameters"].append(
            {"name": "x", "in": "query", "schema": {"type": "string"}}
        ),
        lambda d: get(d)["parameters"][1]["schema"].pop("maxLength"),
        lambda d: get(d)["parameters"][2]["schema"].update(enum=["a", "b", "c"]),
        lambda d: film(d)["properties"].update(new={"type": "string"}),
        lambda d: film(d)["required"].append("note"),
        lambda d: field(d, "length").update(type="integer"),
        lambda d: field(d, "kind").update(enum=["a"]),
        lambda d: field(d, "kind").update(description="What it is."),
        lambda d: sent(d).update(required=False),
        lambda d: body(d)["required"].clear(),
        lambda d: body(d)["properties"].update(new={"type": "string"}),
        lambda d: member(d, "films").update(maxItems=501),
        lambda d: member(d, "variety").update(maximum=2),
        lambda d: member(d, "films").update(description="Films that somebody likes."),
        lambda d: liked(d)["properties"].update(new={"type": "string"}),
        lambda d: liked(d)["properties"]["weight"].pop("maximum"),
        lambda d: liked(d).pop("anyOf"),
    ],
)
def test_what_clients_get_over_is_no_finding(change: Change) -> None:
    after = deepcopy(DOCUMENT)
    change(after)

    assert list(breaking_changes(DOCUMENT, after)) == []


def test_a_type_with_another_name_and_the_same_content_is_the_same() -> None:
    after = json.loads(json.dumps(DOCUMENT).replace("Film", "Movie"))

    assert list(breaking_changes(DOCUMENT, after)) == []


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        ("0.1.0", "0.1.9", False),
        ("0.1.0", "0.2.0", True),
        ("0.9.0", "1.0.0", True),
        ("1.0.0", "1.9.0", False),
        ("1.9.0", "2.0.0", True),
        ("2.0.0", "1.0.0", False),
    ],
)
def test_a_version_says_whether_it_may_break_clients(before: str, after: str, may: bool) -> None:  # noqa: FBT001
    assert may_break(before, after) is may


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with the document committed."""
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "x")
    (tmp_path / "docs").mkdir()
    write(tmp_path, DOCUMENT)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "First")
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True)  # noqa: S603, S607


def write(folder: Path, document: Document) -> None:
    document_in(folder).write_text(json.dumps(document))


def document_in(folder: Path) -> Path:
    return folder / "docs" / "openapi.json"


def look(repository: Path) -> Result:
    return CliRunner().invoke(main, ["--document", str(document_in(repository))])


def test_a_breaking_change_since_the_last_tag_fails(repository: Path) -> None:
    git(repository, "tag", "v0.1.0")
    after = deepcopy(DOCUMENT)
    n(after)["schema"]["maximum"] = 49
    write(repository, after)

    result = look(repository)

    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "GET /film: query parameter n no longer takes more than 49",
        "clients of v0.1.0 would break: raise the version",
    ]


def test_a_higher_version_may_break_clients(repository: Path) -> None:
    git(repository, "tag", "v0.1.0")
    after = deepcopy(DOCUMENT)
    after["info"]["version"] = "0.2.0"
    n(after)["schema"]["maximum"] = 49
    write(repository, after)

    result = look(repository)

    assert result.exit_code == 0
    assert result.output == "GET /film: query parameter n no longer takes more than 49\n"


def test_an_unchanged_document_passes_without_a_word(repository: Path) -> None:
    git(repository, "tag", "v0.1.0")

    result = look(repository)

    assert (result.exit_code, result.output) == (0, "")


def test_without_a_tag_there_is_nothing_to_compare_with(repository: Path) -> None:
    result = look(repository)

    assert result.exit_code == 0
    assert len(result.output.splitlines()) == 1
    assert "nothing to compare with" in result.output
    assert repository.exists()


def test_a_tag_from_before_the_document_is_nothing_to_compare_with(repository: Path) -> None:
    git(repository, "tag", "v0.1.0")

    with pytest.raises(NothingToCompareError, match=r"other\.json"):
        released(repository, "docs/other.json")


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_outside_a_repository_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    with pytest.raises(NothingToCompareError, match="not a git repository"):
        released(tmp_path, "openapi.json")


def test_without_git_there_is_nothing_to_compare_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NothingToCompareError, match="git is not installed"):
        released(tmp_path, "openapi.json")
