"""The format of the index of all names, which `/buscar` searches in place.

One file of sections: see `cartelera.contract.sections`.

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

from typing import TYPE_CHECKING

from cartelera.contract import sections

if TYPE_CHECKING:
    from cartelera.contract.sections import ItemType

# The route that searches it.
SEARCH_ROUTE = "buscar"
NAME_INDEX = f"tables/{SEARCH_ROUTE}.index"
# The sections, and the type of their items.
SECTIONS: dict[str, ItemType] = {
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


def open_sections(data: bytes) -> dict[str, memoryview]:
    """Return the sections of the index's bytes, which they share.

    Raises
    ------
    UnsoundReleaseError
        When they are not `SECTIONS`.
    """
    return sections.open_sections(NAME_INDEX, data, SECTIONS)
