"""The results of a comparison: as a table, JSON, and a chart."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd
from rich.table import Table

from etl.evaluation.comparison import CATALOGUE, CHANCE, KINDS, NDCG, OURS, PRECISION, RATINGS
from etl.evaluation.metrics import Estimate

if TYPE_CHECKING:
    from pathlib import Path

    from etl.evaluation.comparison import Result, Size

_MISSING = "n/a"
_CHART_WIDTH = 300
_COLOURS = {OURS: "#2f6fb3", CATALOGUE: "#8fa77a", RATINGS: "#c8553d", CHANCE: "#9aa0a6"}
# The metrics of the chart, with the titles of their axes.
_PANELS = {NDCG: "what a user rates next, NDCG@10", PRECISION: "films beside a film, precision@5"}


@dataclass(frozen=True, slots=True)
class Report:
    """A comparison on one release; the results in any order."""

    release: str
    size: Size
    results: list[Result]

    @property
    def ranked(self) -> list[Result]:
        """The results, the highest NDCG first."""
        return sorted(self.results, key=lambda result: -result.ndcg)

    @property
    def _subject(self) -> str:
        size = self.size
        return (
            f"{size.users:,} people, {size.films:,} films ({size.in_catalogue:,} in the "
            f"catalogue), {size.ratings:,} ratings; release {self.release}"
        )

    def table(self) -> Table:
        """Return a row a scorer, each metric over its 95 % interval."""
        table = Table(
            title=self._subject,
            caption=(
                "To each person the ten best of the films not rated yet, after the first 80 % of "
                "the ratings; beside each film the five best.\n"
                f"precision@5 is of {self.size.compared:,} films that at least 20 people rated, "
                f"and their 20 nearest by those ratings; {_MISSING}: it cannot be asked.\n"
                "Diversity is by genres, novelty in bits; below a figure its 95 % interval."
            ),
            title_justify="left",
            caption_justify="left",
        )
        table.add_column("method")
        for heading in self.results[0].metrics:
            table.add_column(heading, justify="right", no_wrap=True)
        for result in self.ranked:
            name = f"[bold]{result.name}[/]" if result.kind == OURS else result.name
            table.add_row(f"{name}\n[dim]{result.kind}[/]", *map(_cell, result.metrics.values()))
        return table

    def write(self, folder: Path) -> None:
        """Write `evaluation.json` and `evaluation.svg`."""
        folder.mkdir(parents=True, exist_ok=True)
        document = {
            "release": self.release,
            "size": self.size._asdict(),
            "methods": {
                result.name: {
                    "kind": result.kind,
                    "figures": {
                        heading: value._asdict() if isinstance(value, Estimate) else value
                        for heading, value in result.metrics.items()
                    },
                }
                for result in self.ranked
            },
        }
        text = json.dumps(document, ensure_ascii=False, indent=2)
        (folder / "evaluation.json").write_text(f"{text}\n")
        self.chart().save(folder / "evaluation.svg")

    def chart(self) -> alt.HConcatChart:
        """Draw the main metric of each task, with its interval."""
        rows = pd.DataFrame(
            [
                {"method": result.name, "kind": result.kind, "figure": heading} | value._asdict()
                for result in self.ranked
                for heading in _PANELS
                if isinstance(value := result.metrics[heading], Estimate)
            ]
        )
        order = [result.name for result in self.ranked]
        return alt.hconcat(
            *(
                _panel(rows[rows["figure"] == heading], title, order)
                for heading, title in _PANELS.items()
            ),
            title=alt.Title(
                "How good recommendations are; a line is the 95 % interval",
                subtitle=self._subject,
                anchor="start",
            ),
        )


def _cell(value: Estimate | float | None) -> str:
    if isinstance(value, Estimate):
        return f"{value.mean:.3f}\n[dim]{value.low:.3f}–{value.high:.3f}[/]"
    return _MISSING if value is None else f"{value:.3f}"


def _panel(rows: pd.DataFrame, title: str, order: list[str]) -> alt.LayerChart | alt.FacetChart:
    base = alt.Chart(rows, width=_CHART_WIDTH).encode(
        y=alt.Y("method:N", sort=order, scale=alt.Scale(domain=order), title=None)
    )
    colours = alt.Scale(domain=list(KINDS), range=[_COLOURS[kind] for kind in KINDS])
    bars = base.mark_bar().encode(
        x=alt.X("mean:Q", title=title), color=alt.Color("kind:N", title="goes by", scale=colours)
    )
    intervals = base.mark_rule(color="black").encode(x="low:Q", x2="high:Q")
    return alt.layer(bars, intervals)
