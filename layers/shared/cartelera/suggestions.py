"""What a mistyped name may have meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMIT = 5
# One typo is forgiven for every so many characters of what was asked.
_CHARACTERS_PER_TYPO = 3
_MOST_TYPOS = 5

_PREFIX, _WORDS, _TYPOS = range(3)


def nearest(asked: str, keys: Sequence[str], votes: Sequence[int], limit: int = LIMIT) -> list[int]:
    """Return the positions of the keys nearest to `asked`, best first, `limit` at most.

    Keys that begin with what was asked come first, then those that hold all its words, then
    those within a number of typos that grows with its length (optimal string alignment
    distance: insertions, deletions, substitutions and swaps of neighbours), the nearest
    first. Among equals the one with most votes leads; each key is given once.
    """
    # Here and not above: most calls never miss, and none should wait for it at a cold start.
    from rapidfuzz.distance import OSA  # noqa: PLC0415
    from rapidfuzz.process import extract  # noqa: PLC0415

    if not asked:
        return []
    words = set(asked.split())
    longest = max(words, key=len)
    candidates = [
        (_TYPOS, int(distance), -votes[position], position)
        for _, distance, position in extract(
            asked,
            keys,
            scorer=OSA.distance,
            score_cutoff=min(max(1, len(asked) // _CHARACTERS_PER_TYPO), _MOST_TYPOS),
            limit=None,
        )
    ]
    for position, name_key in enumerate(keys):
        if name_key.startswith(asked):
            candidates.append((_PREFIX, 0, -votes[position], position))
        elif longest in name_key and words <= set(name_key.split()):
            candidates.append((_WORDS, 0, -votes[position], position))
    best: dict[str, int] = {}
    for *_, position in sorted(candidates):
        best.setdefault(keys[position], position)
        if len(best) == limit:
            break
    return list(best.values())
