"""The format of the index of all names, which `/buscar` searches without unpacking it.

What can be found is an *entry*: a film, somebody who acts, a company. Entries are in order of how
well known they are among their own kind, so that the better known of two is the lower number. The
sections:

kinds
    Of each entry its place in `KINDS`, in a byte.
entries
    Of each entry, as texts: see `Entry`.
forms, form_entries
    Every name of every entry as it is compared: its key without spaces, and again without its
    leading article; sorted, with the entry of each.
words, posting_starts, postings
    The words of all names, sorted; and the entries with each word, in order. Initials count as
    one word, too: "E.T." has the words "e", "t" and "et". A start is one more than the words: the
    last is the end.

Texts are deflated in blocks of `BLOCK_TEXTS`, so that one is read without the others. Numbers are
laid out by planes, the lowest bytes of all of them first, with as many planes as the largest of
them needs.

One file: the length of its header, the header in JSON, and the parts of the sections, which the
header lists with their sizes as stored and as used. Those that differ are deflated.
"""

from __future__ import annotations

import json
import struct
import zlib
from array import array
from bisect import bisect_left
from itertools import accumulate, chain
from typing import TYPE_CHECKING, NamedTuple

from cartelera.contract.release_format import UnsoundReleaseError

if TYPE_CHECKING:
    from collections.abc import Buffer, Iterable, Mapping, Sequence

    type _Part = bytes | memoryview

# The route that searches it.
SEARCH_ROUTE = "buscar"
NAME_INDEX = f"tables/{SEARCH_ROUTE}.index"
# Half as many take a twentieth more room, and half the time to read one.
BLOCK_TEXTS = 96

_HEADER_LENGTH = struct.Struct("<I")
_BYTES = 4
# Bytes of a part that show whether it is worth while to deflate it.
_BEGINNING = 4_096
_RAW_DEFLATE = -zlib.MAX_WBITS
# What is sorted has the first text of each block as well, to find the block.
_SORTED = ("forms", "words")
_TEXTS = ("entries", *_SORTED)
_NUMBERS = ("form_entries", "posting_starts", "postings")
# Sorts after every character that a key can hold, and before them.
_LAST, _FIRST = "\U0010ffff", "\0"


class Entry(NamedTuple):
    """What can be found: its name, its id and year, 0 where it has none, and its other names.

    Only films have their other names here, but for those that differ in spelling alone.
    """

    name: str
    id: int
    year: int
    others: tuple[str, ...]

    @classmethod
    def of_text(cls, text: str) -> Entry:
        """Return the entry of a text of the index, in which tabs part its fields and names."""
        name, number, year, *others = text.split("\t")
        return cls(name, int(number or 0), int(year or 0), tuple(others))


class Numbers:
    """Numbers from 0 to 2^32 - 1, by planes."""

    def __init__(self, planes: Sequence[_Part]) -> None:
        self._planes = planes

    def __len__(self) -> int:
        return len(self._planes[0])

    def __getitem__(self, place: int) -> int:
        number = 0
        for plane in reversed(self._planes):
            number = number << 8 | plane[place]
        return number

    def run(self, places: range) -> memoryview:
        """Return the numbers of a run of places."""
        numbers = bytearray(_BYTES * len(places))
        for at, plane in enumerate(self._planes):
            numbers[at::_BYTES] = plane[places.start : places.stop]
        return memoryview(numbers).cast("I")


class Texts:
    """Texts in blocks; those in order are found by bisection."""

    def __init__(
        self, count: int, blocks: _Part, starts: Numbers, firsts: Sequence[str] | None
    ) -> None:
        """Open texts.

        Parameters
        ----------
        count
            How many there are.
        blocks, starts
            The deflated blocks, and where each starts and the last ends.
        firsts
            The first text of each block, where texts are in order; else None.

        Raises
        ------
        ValueError
            When there are not as many blocks.
        """
        number = -(-count // BLOCK_TEXTS)
        if (len(starts), starts[number]) != (number + 1, len(blocks)):
            raise ValueError("there are other blocks than starts")
        if firsts is not None and len(firsts) != number:
            raise ValueError("there are other blocks than first texts")
        self._count = count
        self._blocks = blocks
        self._starts = starts
        self._firsts = firsts or ()
        self._last_block: tuple[int, list[str]] | None = None

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> str:
        return self._block(number // BLOCK_TEXTS)[number % BLOCK_TEXTS]

    def run(self, numbers: range) -> list[str]:
        """Return a run of texts."""
        if not numbers:
            return []
        first = numbers.start // BLOCK_TEXTS
        texts: list[str] = []
        for block in range(first, (numbers.stop - 1) // BLOCK_TEXTS + 1):
            texts += self._block(block)
        start = numbers.start - first * BLOCK_TEXTS
        return texts[start : start + len(numbers)]

    def starting_with(self, prefix: str) -> range:
        """Return the numbers of the texts that start so."""
        return range(self._place(prefix), self._place(prefix + _LAST))

    def equal(self, text: str) -> range:
        """Return the numbers of the texts that are this one."""
        return range(self._place(text), self._place(text + _FIRST))

    def _place(self, text: str) -> int:
        """Return how many texts sort before a text."""
        block = bisect_left(self._firsts, text) - 1
        if block < 0:
            return 0
        return block * BLOCK_TEXTS + bisect_left(self._block(block), text)

    def _block(self, number: int) -> list[str]:
        """Return the texts of a block, most often of the last one."""
        if self._last_block is None or self._last_block[0] != number:
            deflated = self._blocks[self._starts[number] : self._starts[number + 1]]
            self._last_block = number, _inflate_texts(deflated)
        return self._last_block[1]


class Sections(NamedTuple):
    """The sections of an index; see above."""

    kinds: _Part
    entries: Texts
    forms: Texts
    form_entries: Numbers
    words: Texts
    posting_starts: Numbers
    postings: Numbers


def pack_index(
    kinds: bytes, texts: Mapping[str, Iterable[Buffer]], numbers: Mapping[str, Iterable[int]]
) -> bytes:
    """Return the file of an index.

    Parameters
    ----------
    kinds
        The section of this name.
    texts
        The entries, forms and words, in blocks of `BLOCK_TEXTS`: each text's UTF-8, and a line
        feed between two. No text is empty or has line feeds.
    numbers
        The other sections.
    """
    parts = {"kinds": [kinds]}
    for name in _TEXTS:
        parts |= _pack_texts(name, texts[name])
    parts |= {name: _pack_numbers(numbers[name]) for name in _NUMBERS}
    # Blocks are deflated already.
    stored = {
        name: section if name in _TEXTS else [_deflate_if_worth_it(part) for part in section]
        for name, section in parts.items()
    }
    sizes = {
        name: [[len(small), len(part)] for small, part in zip(stored[name], section, strict=True)]
        for name, section in parts.items()
    }
    header = json.dumps(sizes).encode()
    return b"".join([_HEADER_LENGTH.pack(len(header)), header, *chain(*stored.values())])


def open_index(data: bytes) -> Sections:
    """Return the sections of an index's bytes, which they share as far as they are not deflated.

    Raises
    ------
    UnsoundReleaseError
        When they are no index.
    """
    try:
        return _sections(data)
    except (struct.error, zlib.error, ValueError, TypeError, AttributeError, LookupError) as error:
        raise UnsoundReleaseError(f"{NAME_INDEX} cannot be read: {error!r:.200}") from error


def _sections(data: bytes) -> Sections:
    parts = _parts(data)
    kinds, *blocks = (parts.pop(name)[0] for name in ("kinds", *_TEXTS))
    firsts = [
        _split(parts.pop(f"{name}_firsts")[0]) if name in _SORTED else None for name in _TEXTS
    ]
    starts = [Numbers(parts.pop(f"{name}_blocks")) for name in _TEXTS]
    form_entries, posting_starts, postings = (Numbers(parts.pop(name)) for name in _NUMBERS)
    counts = len(kinds), len(form_entries), len(posting_starts) - 1
    entries, forms, words = map(Texts, counts, blocks, starts, firsts)
    if parts or posting_starts[len(words)] != len(postings):
        raise ValueError("there are other sections, or other postings than starts")
    return Sections(kinds, entries, forms, form_entries, words, posting_starts, postings)


def _parts(data: bytes) -> dict[str, list[_Part]]:
    """Return the parts of each section of a file."""
    (length,) = _HEADER_LENGTH.unpack_from(data)
    start = _HEADER_LENGTH.size + length
    view = memoryview(data)
    parts: dict[str, list[_Part]] = {}
    for name, section in json.loads(data[_HEADER_LENGTH.size : start]).items():
        parts[name] = []
        for stored, size in section:
            part: _Part = view[start : start + stored]
            if stored != size:
                part = zlib.decompress(part, _RAW_DEFLATE, size)
            if len(part) != size:
                raise ValueError(f"{name} has {len(part)} bytes, not {size}")
            parts[name].append(part)
            start += stored
        if len({len(plane) for plane in parts[name]}) != 1:
            raise ValueError(f"the parts of {name} are of different sizes")
    if start != len(data):
        raise ValueError(f"it has {len(data)} bytes, not {start}")
    return parts


def _pack_numbers(numbers: Iterable[int]) -> list[bytes]:
    """Return the planes of some numbers."""
    every = array("I", numbers).tobytes()
    planes = [every[plane::_BYTES] for plane in range(_BYTES)]
    while len(planes) > 1 and not planes[-1].strip(b"\0"):
        planes.pop()
    return planes


def _pack_texts(name: str, texts: Iterable[Buffer]) -> dict[str, list[bytes]]:
    """Return the sections of some blocks of texts."""
    blocks: list[bytes] = []
    firsts: list[bytes] = []
    for block in texts:
        blocks.append(_deflate(block))
        firsts.append(bytes(block).partition(b"\n")[0])
    sections = {
        name: [b"".join(blocks)],
        f"{name}_blocks": _pack_numbers(accumulate(map(len, blocks), initial=0)),
    }
    if name in _SORTED:
        sections[f"{name}_firsts"] = [b"\n".join(firsts)]
    return sections


def _deflate(part: Buffer) -> bytes:
    # The best compression takes a fifth more of the job's time, and saves 0.3 %.
    return zlib.compress(part, zlib.Z_DEFAULT_COMPRESSION, _RAW_DEFLATE)


def _deflate_if_worth_it(part: bytes) -> bytes:
    """Return a part deflated if that makes it less than half as large: inflating takes time."""
    beginning = part[:_BEGINNING]
    if 4 * len(_deflate(beginning)) > 3 * len(beginning):
        return part
    deflated = _deflate(part)
    return deflated if 2 * len(deflated) < len(part) else part


def _inflate_texts(block: _Part) -> list[str]:
    try:
        return zlib.decompress(block, _RAW_DEFLATE).decode().split("\n")
    except (zlib.error, UnicodeDecodeError) as error:
        raise UnsoundReleaseError(f"a block of {NAME_INDEX} cannot be read: {error}") from error


def _split(texts: _Part) -> list[str]:
    return str(texts, "utf-8").split("\n") if len(texts) else []
