"""What a chart of the report is: a title, what it measures, how it is drawn, what is read off it.

Each chart is described in one module of `etl.report.charts`; `by_section` finds them all.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from etl.report import charts
from etl.report.texts import TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from etl.report.drawing.svg import Drawing
    from etl.report.numbers import Numbers
    from etl.report.statistics import Statistics
    from etl.report.texts import Bilingual


class Table(NamedTuple):
    """A table below a chart."""

    # What its columns are called, by their keys in `texts.toml`, and the cells of each row.
    heads: Sequence[str]
    rows: Sequence[Sequence[Bilingual]]
    # How many columns hold words, on the left; the others hold figures.
    texts: int = 1
    # What is said below it.
    note: Bilingual | None = None


# Charts of one kind take these as parameters; a chart alone of its kind has them in its class.
@dataclass(frozen=True, kw_only=True, init=False)
class Chart[Facts]:
    """A chart: one file measures it, draws it and says what is read off it.

    Its module imports neither pandas nor NumPy: it calls the methods of the frames it is given.
    """

    # Its own in the report.
    name: str
    title: Bilingual
    # What is read off it. Its fields are attributes of what `measure` returns.
    caption: Bilingual

    def measure(self, catalogue: Statistics) -> Facts | None:
        """Return what the chart shows, in plain values; None where there is nothing to see."""
        raise NotImplementedError

    def draw(self, facts: Facts) -> Drawing | None:  # noqa: ARG002
        """Return the drawing; None for a chart of tables alone."""
        return None

    def caption_of(self, facts: Facts) -> Bilingual:
        """Return what is read off the chart, with its figures."""
        return self.caption.fill(facts)

    def numbers(self, facts: Facts) -> Numbers:
        """Return what the chart shows, for those who want to draw it themselves."""
        raise NotImplementedError

    def tables(self, facts: Facts) -> list[Table]:  # noqa: ARG002
        """Return the tables below the chart."""
        return []


def by_section() -> dict[str, list[Chart[Any]]]:
    """Return all charts by section of the page, in their order.

    Each module of `etl.report.charts` names its `SECTION`, one of `texts.toml`, and its `CHARTS`.
    """
    found: dict[str, list[Chart[Any]]] = {section: [] for section in TEXTS["sections"]}
    for info in pkgutil.iter_modules(charts.__path__):
        module = import_module(f"{charts.__name__}.{info.name}")
        found[module.SECTION].extend(module.CHARTS)
    return found
