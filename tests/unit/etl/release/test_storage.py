"""Storage by URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from obstore.exceptions import GenericError
from obstore.store import MemoryStore

from cartelera.contract.release_format import (
    POINTER,
    to_json,
)
from etl.errors import PublishError
from etl.release.pointers import move_pointer, pointer_to
from etl.release.storage import open_existing, open_storage, place_of, read_object

if TYPE_CHECKING:
    from pathlib import Path

    from cartelera.contract.release_format import Pointer


def pointer_of(name: str) -> Pointer:
    return pointer_to(name, name.encode())


def test_what_cannot_be_read_is_named() -> None:
    class Unreadable(MemoryStore):
        def get(self, *_: Any, **__: Any) -> Any:
            raise GenericError("no answer\nmore detail")

    with pytest.raises(PublishError, match=f"^{POINTER} cannot be read: no answer$"):
        read_object(Unreadable(), POINTER)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "releases",
        "http://example.org/",
        "s3://",
        "ftp://a/b",
        "file:///a#b",
        "file:///a?b",
        "file:a",
        "s3://a/b?c",
        "s3://a/b#c",
    ],
)
def test_a_place_that_is_none_says_what_to_give(url: str) -> None:
    with pytest.raises(PublishError, match="give s3://bucket/prefix or file:///folder"):
        open_storage(url)


@pytest.mark.parametrize("path", ["a-file", "a-file/below"])
def test_a_place_that_is_a_file_is_named(tmp_path: Path, path: str) -> None:
    (tmp_path / "a-file").touch()

    with pytest.raises(PublishError, match="a-file"):
        open_storage((tmp_path / path).as_uri())


def test_a_folder_is_a_place_whatever_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "with space, 100 %25 & ñ"
    store = open_storage(folder.as_uri())

    move_pointer(store, pointer_of("first"), None)

    assert (folder / POINTER).read_bytes() == to_json(pointer_of("first"))


@pytest.mark.parametrize("url", ["file://folder/x", "file://~/x", "file://./x", "file://x"])
def test_a_folder_with_two_slashes_is_refused_and_the_right_form_shown(url: str) -> None:
    with pytest.raises(PublishError, match=f"three slashes, file:///{url[7:]}$"):
        open_storage(url)


def test_a_folder_that_must_be_there_is_not_made(tmp_path: Path) -> None:
    url = (tmp_path / "typo").as_uri()

    with pytest.raises(PublishError, match=f"^{url} cannot be opened: there is no such folder$"):
        open_existing(url)

    assert list(tmp_path.iterdir()) == []
    open_storage(url)
    assert open_existing(url)


@pytest.mark.parametrize("url", ["s3://bucket", "s3://bucket/pre/fix"])
def test_what_opens_a_prefix_again_is_its_url(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")

    again = open_existing(place_of(open_storage(url)) or "")

    assert place_of(again) == place_of(open_storage(url))
    assert (place_of(again) or "").rstrip("/") == url


def test_what_opens_a_folder_again_is_its_url(tmp_path: Path) -> None:
    url = (tmp_path / "a #1 folder").as_uri()

    assert place_of(open_storage(url)) == url


def test_what_is_in_memory_is_opened_by_nobody_else() -> None:
    assert place_of(MemoryStore()) is None
