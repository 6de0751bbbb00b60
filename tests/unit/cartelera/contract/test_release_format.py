from __future__ import annotations

import json

import pytest

from cartelera.contract.names import NAMES_VERSION
from cartelera.contract.release_format import (
    FORMAT,
    POINTER,
    Manifest,
    Pointer,
    UnsoundReleaseError,
    check_names,
    is_pointer,
    read_manifest,
    read_pointer,
    sha256,
    to_json,
)

MANIFEST: Manifest = {
    "format": FORMAT,
    "release": "one",
    "created_at": "2026-01-01T00:00:00+00:00",
    "films": 1,
    "rows": {},
    "sources": [],
    "files": {},
}


def pointer_to(manifest: bytes, release: str = "one") -> Pointer:
    return {"format": FORMAT, "release": release, "manifest_sha256": sha256(manifest)}


def test_a_manifest_is_read_as_it_was_written() -> None:
    data = to_json(MANIFEST)

    assert read_manifest(data, pointer_to(data)) == MANIFEST


@pytest.mark.parametrize("names", [{}, {"names": NAMES_VERSION}])
def test_a_release_in_order_by_the_same_names_is_accepted(names: dict[str, int]) -> None:
    """Releases older than the field are in order by the first version."""
    data = json.dumps(MANIFEST | names).encode()

    check_names(read_manifest(data, pointer_to(data)))


def test_a_release_in_order_by_other_names_is_refused_and_the_message_says_what_to_do() -> None:
    other: Manifest = {**MANIFEST, "names": NAMES_VERSION + 1}

    with pytest.raises(UnsoundReleaseError, match=r"version 2 of the normal.*publish with the job"):
        check_names(other)


def test_a_pointer_is_read_as_it_was_written() -> None:
    pointer = pointer_to(b"")

    assert read_pointer(to_json(pointer)) == pointer


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 200_000])
def test_what_is_no_json_object_is_refused(data: bytes) -> None:
    with pytest.raises(UnsoundReleaseError, match=POINTER):
        read_pointer(data)


@pytest.mark.parametrize("release", ["../../x", "a\0b", "", "a/b", 5, None, "x" * 101])
def test_an_id_that_is_no_part_of_a_path_is_refused(release: object) -> None:
    data = json.dumps(dict(pointer_to(b"")) | {"release": release}).encode()

    with pytest.raises(UnsoundReleaseError, match=f"{POINTER} names no release"):
        read_pointer(data)


def test_another_format_is_refused_and_says_what_to_do() -> None:
    data = json.dumps(pointer_to(b"") | {"format": FORMAT + 1}).encode()

    with pytest.raises(
        UnsoundReleaseError, match=rf"format {FORMAT + 1}, .* format {FORMAT}.*publish"
    ):
        read_pointer(data)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (POINTER, True),
        ("current.json", True),
        ("current.17.json", True),
        ("current.06.json", False),
        ("current.٦.json", False),
        ("current..json", False),
        ("current.6.json.bak", False),
        (".current.6.json.lock", False),
        ("releases/current.6.json", False),
    ],
)
def test_a_pointer_is_known_by_its_path(path: str, *, expected: bool) -> None:
    assert is_pointer(path) == expected


def test_a_pointer_of_another_format_is_read_by_who_asks_for_it() -> None:
    pointer = pointer_to(b"") | {"format": FORMAT + 1}

    assert read_pointer(to_json(pointer), FORMAT + 1) == pointer
    with pytest.raises(UnsoundReleaseError, match=rf"^there has format {FORMAT}, .* {FORMAT + 1}:"):
        read_pointer(to_json(pointer_to(b"")), FORMAT + 1, "there")


def test_a_document_that_lacks_something_is_refused_by_name() -> None:
    data = json.dumps({"format": FORMAT, "release": "one"}).encode()

    with pytest.raises(UnsoundReleaseError, match="lacks manifest_sha256"):
        read_pointer(data)


def test_a_manifest_other_than_the_one_pointed_at_is_refused() -> None:
    data = to_json(MANIFEST)

    with pytest.raises(UnsoundReleaseError, match=r"manifest\.json: SHA-256"):
        read_manifest(data + b" ", pointer_to(data))


def test_a_manifest_of_another_release_is_refused() -> None:
    data = to_json(MANIFEST)

    with pytest.raises(UnsoundReleaseError, match="belongs to 'one', not 'two'"):
        read_manifest(data, pointer_to(data, release="two"))
