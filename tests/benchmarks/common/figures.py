"""Numbers with their limits, shown and written alike by every benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Unit(NamedTuple):
    """How a number is shown: the unit, how many make one second or byte, the decimals."""

    name: str
    factor: float
    digits: int


SECONDS = Unit(" s", 1, 3)
MILLISECONDS = Unit(" ms", 1000, 2)
KILOBYTES = Unit(" kB", 1 / 1000, 1)
MEGABYTES = Unit(" MB", 1e-6, 1)
TIMES = Unit("×", 1, 2)
SHARE = Unit(" %", 100, 1)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with the most or the least it may be, in seconds, bytes or times."""

    unit: Unit
    value: float | None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def passes(self) -> bool | None:
        """Whether it keeps its limits; None where there are none."""
        if self.value is None or (self.at_most is None and self.at_least is None):
            return None
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    def __str__(self) -> str:
        if self.value is None:
            return ""
        shown = f"{self.value * self.unit.factor:.{self.unit.digits}f}{self.unit.name}"
        limits = " ".join(
            f"{sign} {limit * self.unit.factor:g}"
            for sign, limit in (("≤", self.at_most), ("≥", self.at_least))
            if limit is not None
        )
        if not limits:
            return shown
        mark = "[green]✓[/]" if self.passes else "[red]✗[/]"
        return f"{shown} {mark} [dim]{limits}[/]"

    def to_json(self) -> dict[str, object]:
        """Return it as plain data."""
        least = {} if self.at_least is None else {"at_least": self.at_least}
        return {"value": self.value, "at_most": self.at_most, **least, "passes": self.passes}
