"""The format of files that are searched in place: a header, and sections of numbers and texts.

The length of the header, the header in JSON, and then the sections that it lists: UTF-8 text and
little-endian numbers, in no order but the header's. Opening a file costs reading the header;
nothing is unpacked.
"""

from __future__ import annotations

import json
import struct
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Literal

from cartelera.contract.release_format import UnsoundReleaseError

if TYPE_CHECKING:
    from collections.abc import Mapping

# The type of a section's items as `memoryview.cast` and NumPy call it.
type ItemType = Literal["B", "h", "i", "q", "d"]

_HEADER_LENGTH = struct.Struct("<I")


def pack_sections(sections: Mapping[str, bytes]) -> bytes:
    """Return the file of some sections."""
    header = json.dumps({name: len(section) for name, section in sections.items()}).encode()
    return b"".join([_HEADER_LENGTH.pack(len(header)), header, *sections.values()])


def open_sections(
    path: str, data: bytes, types: Mapping[str, ItemType]
) -> dict[str, memoryview[Any]]:
    """Return the sections of a file's bytes, which they share.

    Parameters
    ----------
    path
        The file's path, for messages.
    data
        Its bytes.
    types
        The sections that it must have, and the type of each one's items.

    Raises
    ------
    UnsoundReleaseError
        When it has others, or cannot be read.
    """
    try:
        (length,) = _HEADER_LENGTH.unpack_from(data)
        start = _HEADER_LENGTH.size + length
        sizes = json.loads(data[_HEADER_LENGTH.size : start])
        ends = pairwise(accumulate(sizes.values(), initial=start))
        view = memoryview(data)
        sections: dict[str, memoryview[Any]] = {
            name: view[first:last].cast(types[name])
            for name, (first, last) in zip(sizes, ends, strict=True)
        }
    except (struct.error, ValueError, TypeError, AttributeError, KeyError) as error:
        raise UnsoundReleaseError(f"{path} cannot be read: {error!r:.200}") from error
    if sections.keys() != types.keys() or start + sum(sizes.values()) != len(data):
        raise UnsoundReleaseError(f"{path} does not hold {', '.join(types)}")
    return sections
