from __future__ import annotations

import json
import zlib
from array import array
from itertools import batched
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartelera.contract.formats.name_index import (
    BLOCK_TEXTS,
    NAME_INDEX,
    Entry,
    Sections,
    open_index,
    pack_index,
)
from cartelera.contract.release_format import UnsoundReleaseError

if TYPE_CHECKING:
    from collections.abc import Iterable

NUMBERS = ("form_entries", "posting_starts", "postings")
# Some fill blocks, and some do not.
COUNTS = (0, 1, BLOCK_TEXTS - 1, BLOCK_TEXTS, BLOCK_TEXTS + 1, 3 * BLOCK_TEXTS)


def blocks(texts: Iterable[str]) -> list[bytes]:
    return ["\n".join(block).encode() for block in batched(texts, BLOCK_TEXTS, strict=False)]


def packed(words: list[str], entries: list[str] | None = None, largest: int = 0) -> bytes:
    """Return an index with some words, of which each has one posting."""
    entries = [] if entries is None else entries
    postings = [largest] * len(words)
    return pack_index(
        bytes(len(entries)),
        {"entries": blocks(entries), "forms": [], "words": blocks(words)},
        {"form_entries": [], "posting_starts": range(len(words) + 1), "postings": postings},
    )


def opened(words: list[str], entries: list[str] | None = None, largest: int = 0) -> Sections:
    return open_index(packed(words, entries, largest))


def test_texts_are_read_one_by_one_and_in_runs() -> None:
    for count in COUNTS:
        texts = [f"film {place % 7} {place}" for place in range(count)]

        entries = opened([], texts).entries

        assert [entries[place] for place in range(count)] == texts
        for run in (range(count), range(count // 2), range(count // 3, count), range(1, 1)):
            assert entries.run(run) == texts[run.start : run.stop]


@given(
    st.lists(st.text("ab\u00e9\u5343\U0001d54f", min_size=1, max_size=3), max_size=150),
    st.text("ab\u00e9\u5343\U0001d54f", max_size=3),
)
@settings(max_examples=50)
def test_sorted_texts_are_found_by_themselves_and_by_what_they_start_with(
    texts: list[str], asked: str
) -> None:
    texts.sort()
    words = opened(texts).words

    assert [texts[place] for place in words.equal(asked)] == [
        text for text in texts if text == asked
    ]
    assert [texts[place] for place in words.starting_with(asked)] == [
        text for text in texts if text.startswith(asked)
    ]


def test_numbers_take_as_many_bytes_as_the_largest_needs() -> None:
    for largest, planes in ((0, 1), (255, 1), (256, 2), (65_536, 3), (2**32 - 1, 4)):
        numbers = [*range(200), largest]
        data = pack_index(
            b"",
            {"entries": [], "forms": [], "words": blocks(["up"])},
            {"form_entries": [], "posting_starts": [0, len(numbers)], "postings": numbers},
        )
        postings = open_index(data).postings

        assert len(json_header(data)["postings"]) == planes
        assert [postings[place] for place in range(len(postings))] == numbers
        assert postings.run(range(1, 201)).tolist() == numbers[1:]
        assert postings.run(range(3, 3)).tolist() == []


def test_a_part_is_deflated_where_that_makes_it_less_than_half_as_large() -> None:
    # The lowest bytes are all the same; the others have no pattern.
    numbers = (np.random.default_rng(1).integers(2**16, size=9_000) << 8).tolist()
    data = pack_index(
        b"",
        {"entries": [], "forms": [], "words": blocks(["up"])},
        {"form_entries": [], "posting_starts": [0, len(numbers)], "postings": numbers},
    )
    postings = open_index(data).postings

    (lowest, *others) = json_header(data)["postings"]
    assert 2 * lowest[0] < lowest[1]
    assert others == [[len(numbers), len(numbers)]] * 2
    assert postings.run(range(len(numbers))).tolist() == numbers


def test_an_entry_is_read_with_its_other_names() -> None:
    for text, entry in {
        "Up\t14160\t2009\tLà-haut\tOben": Entry("Up", 14160, 2009, ("Là-haut", "Oben")),
        "Japón\t\t": Entry("Japón", 0, 0, ()),
        "7\t1\t\tSiete": Entry("7", 1, 0, ("Siete",)),
    }.items():
        assert Entry.of_text(text) == entry


def json_header(data: bytes) -> dict[str, Any]:
    (length,) = array("I", data[:4])
    header: dict[str, Any] = json.loads(data[4 : 4 + length])
    return header


def with_header(data: bytes, header: dict[str, Any]) -> bytes:
    """Return a file with another header."""
    (length,) = array("I", data[:4])
    written = json.dumps(header).encode()
    return array("I", [len(written)]).tobytes() + written + data[4 + length :]


def test_what_is_no_index_is_refused() -> None:
    sound = packed(["up"], ["Up\t1\t2009"])
    header = json_header(sound)
    unsound = [
        *(b"", b"junk", b"\xff" * 99, sound[:-1], sound + b"\0", sound[:4] + b"x" + sound[5:]),
        with_header(b"\0\0\0\0", {}),
        with_header(sound, header | {"more": [[0, 0]]}),
        *(with_header(sound, {k: v for k, v in header.items() if k != name}) for name in header),
        *(
            with_header(sound, header | {name: [[stored + 1, size + 1], *more]})
            for name, [[stored, size], *more] in header.items()
        ),
        *(with_header(sound, header | {name: [[1, 99]]}) for name in header),
    ]

    for data in unsound:
        with pytest.raises(UnsoundReleaseError, match=NAME_INDEX):
            open_index(data)


def test_sections_that_do_not_belong_together_are_refused() -> None:
    texts = {name: blocks(["up"]) for name in ("entries", "forms", "words")}
    numbers = {"form_entries": [0], "posting_starts": [0, 1], "postings": [0]}
    open_index(pack_index(b"\0", texts, numbers))

    changes: list[tuple[bytes, dict[str, list[bytes]], dict[str, list[int]]]] = [
        (b"\0" * 99, {}, {}),
        (b"\0", {"forms": blocks(["up"] * 99)}, {}),
        (b"\0", {}, {"form_entries": [0] * 99}),
        (b"\0", {}, {"posting_starts": []}),
        (b"\0", {}, {"postings": [0, 0]}),
    ]
    for kinds, changed_texts, changed_numbers in changes:
        data = pack_index(kinds, texts | changed_texts, numbers | changed_numbers)
        with pytest.raises(UnsoundReleaseError, match=NAME_INDEX):
            open_index(data)


def test_a_block_that_cannot_be_read_is_the_releases_fault() -> None:
    text = "".join(map(chr, range(200, 400)))
    sound = packed([], [text])
    block = zlib.compress(text.encode(), 9, -zlib.MAX_WBITS)

    broken = open_index(sound.replace(block, b"\xff" * len(block)))

    with pytest.raises(UnsoundReleaseError, match=NAME_INDEX):
        broken.entries[0]
