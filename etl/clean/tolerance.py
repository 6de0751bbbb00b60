"""How much of a raw file may be unusable before the job stops."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from etl.clean.records import NO_SUCH_FILM, REPEATED_WORD_FOR_WORD
from etl.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from etl.quarantine import Quarantine, Rejection

# Nothing that belongs to a film of the catalogue is lost with these.
_HARMLESS = frozenset({NO_SUCH_FILM, REPEATED_WORD_FOR_WORD})
_LEAST = 10
_EXAMPLES = 5
_LONGEST_EXAMPLE = 80


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

    Records repeated word for word do not count, nor those of films that are not in the catalogue:
    nothing is lost with them.

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
        if entry.file == file and entry.reason not in _HARMLESS:
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
        f"  line {line}: {entry.detail}; {entry.value[:_LONGEST_EXAMPLE]!r}"
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
        + f"\nCorrect the file, or let what breaks too often go: {' '.join(offered)}"
    )
