"""The format of the index of all names, which `/buscar` searches in place.

One file: the length of its header, the header in JSON, and then the sections that it lists: UTF-8
text and little-endian integers, in no order but the header's. Opening it costs reading the header;
nothing is unpacked.

What can be found is an *entry*: a film, somebody who acts, a company. Entries are in order of how
well known they are among their own kind, so that the better known of two is the lower number.

kinds, ids, years
    Of each entry its place in `KINDS`; the id of a film or a person, and a film's year, else 0.
names, name_starts
    What each entry is called.
forms, form_starts, form_entries
    Every name of every entry as it is compared: its key without spaces, and again without its
    leading article; sorted, with the entry of each.
words, word_starts, posting_starts, postings
    The words of all names, sorted; and the entries with each word, in order. Initials count as
    one word, too: "E.T." has the words "e", "t" and "et".

Behind each text is a line feed. Starts are one more than what starts: the last is the end.
"""

from __future__ import annotations

import json
import struct
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Literal

from cartelera.contract.release_format import UnsoundReleaseError

if TYPE_CHECKING:
    from collections.abc import Mapping

# The route that searches it.
SEARCH_ROUTE = "buscar"
NAME_INDEX = f"tables/{SEARCH_ROUTE}.index"
# The sections, and the type of their items as `memoryview.cast` and NumPy call it.
SECTIONS: dict[str, Literal["B", "h", "i"]] = {
    "kinds": "B",
    "ids": "i",
    "years": "h",
    "names": "B",
    "name_starts": "i",
    "forms": "B",
    "form_starts": "i",
    "form_entries": "i",
    "words": "B",
    "word_starts": "i",
    "posting_starts": "i",
    "postings": "i",
}
_HEADER_LENGTH = struct.Struct("<I")


def pack_sections(sections: Mapping[str, bytes]) -> bytes:
    """Return the file of some sections."""
    header = json.dumps({name: len(section) for name, section in sections.items()}).encode()
    return b"".join([_HEADER_LENGTH.pack(len(header)), header, *sections.values()])


def open_sections(data: bytes) -> dict[str, memoryview]:
    """Return the sections of a file's bytes, which they share.

    Raises
    ------
    UnsoundReleaseError
        When they are not `SECTIONS`.
    """
    try:
        (length,) = _HEADER_LENGTH.unpack_from(data)
        start = _HEADER_LENGTH.size + length
        sizes = json.loads(data[_HEADER_LENGTH.size : start])
        ends = pairwise(accumulate(sizes.values(), initial=start))
        view = memoryview(data)
        sections = {
            name: view[first:last].cast(SECTIONS[name])
            for name, (first, last) in zip(sizes, ends, strict=True)
        }
    except (struct.error, ValueError, TypeError, AttributeError, KeyError) as error:
        raise UnsoundReleaseError(f"{NAME_INDEX} cannot be read: {error!r:.200}") from error
    if sections.keys() != SECTIONS.keys() or start + sum(sizes.values()) != len(data):
        raise UnsoundReleaseError(f"{NAME_INDEX} does not hold {', '.join(SECTIONS)}")
    return sections
