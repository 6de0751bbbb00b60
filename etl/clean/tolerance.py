"""How much of a raw file may be unusable before the job stops."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from etl.clean.records import NO_SUCH_FILM, REPEATED_WORD_FOR_WORD
from etl.clean.schemas import BAD_DATE, UNDATED
from etl.clean.unnest import CUT
from etl.errors import ContractError
from etl.extract.raw_files import EMPTY, REPEATED_HEADER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from etl.quarantine import Quarantine, Rejection

_LEAST = 10
# What a file may have any number of: nothing is lost with it, or no more than is counted.
_TOLERATED = frozenset({REPEATED_WORD_FOR_WORD, NO_SUCH_FILM, UNDATED, CUT, EMPTY, REPEATED_HEADER})
_HINTS = {BAD_DATE: "Dates are read as 1986-11-14, 14/11/1986 or 11/14/1986. "}
_EXAMPLES = 5
_MAX_EXAMPLE_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The share of a file's records, from 0 to 1, that may break one rule; ten may in any file.

    Attributes
    ----------
    share
        Of any rule.
    of_rules
        Of some rules another, by the rule's name or, whatever the field, by its reason.
    """

    share: float = 0.01
    of_rules: Mapping[str, float] = field(default_factory=dict)

    def of(self, broken: Rejection) -> float:
        """Return the share of the rule that a rejection is about."""
        by_reason = self.of_rules.get(broken.reason, self.share)
        return self.of_rules.get(broken.rule, by_reason)


DEFAULT_TOLERANCE = Tolerance()


def check_tolerance(quarantine: Quarantine, file: str, read: int, tolerance: Tolerance) -> None:
    """Stop the job when too many of a file's records break one rule.

    Undated films, records of films that are not there, and what is repeated or empty do not count.

    Parameters
    ----------
    quarantine
        What was set aside.
    file
        The file's name.
    read
        How many records it has.
    tolerance
        The share of them that may break a rule.

    Raises
    ------
    ContractError
        When more do; the message names the rule most broken, and shows five examples.
    """
    broken: dict[str, dict[int, Rejection]] = defaultdict(dict)
    for entry in quarantine:
        if entry.file == file and entry.reason not in _TOLERATED:
            broken[entry.rule].setdefault(entry.line, entry)
    shares = {rule: tolerance.of(next(iter(records.values()))) for rule, records in broken.items()}
    beyond = {
        rule: records
        for rule, records in sorted(broken.items(), key=lambda item: -len(item[1]))
        if len(records) > max(_LEAST, round(shares[rule] * read, 9))
    }
    if not beyond:
        return
    rule, records = next(iter(beyond.items()))
    examples = [
        f"  line {line}: {entry.detail}; {entry.value[:_MAX_EXAMPLE_LENGTH]!r}"
        for line, entry in sorted(records.items())[:_EXAMPLES]
    ]
    # Rounded up, so that what the message offers is enough.
    offered = [
        f'--tolerance "{rule}={math.ceil(len(records) / read * 100) / 100}"'
        for rule, records in beyond.items()
    ]
    raise ContractError(
        f"{file} breaks the rule «{rule}» in {len(records):,} of {read:,} records "
        f"({len(records) / read:.1%}; tolerated: {shares[rule]:.1%}), so nothing is published:\n"
        + "\n".join(examples)
        + f"\n{_HINTS.get(rule, '')}Correct the file, or let what breaks too often go: "
        + " ".join(offered)
    )
