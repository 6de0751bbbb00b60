"""What a comparison comes to, and how it is shown: table, JSON, chart."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd
from rich.table import Table

from etl.evaluation.comparison import CATALOGUE, CHANCE, KINDS, OURS, RATINGS
from etl.evaluation.metrics import Estimate

if TYPE_CHECKING:
    from pathlib import Path

    from etl.evaluation.comparison import Measured

NOT_ASKED = "n/a"

_CHART_WIDTH = 300
_COLOURS = {OURS: "#2f6fb3", CATALOGUE: "#8fa77a", RATINGS: "#c8553d", CHANCE: "#9aa0a6"}
# What the chart shows, by heading of the table.
_PANELS = {
    "NDCG@10": "what a user rates next, NDCG@10",
    "precision@5": "films beside a film, precision@5",
}


@dataclass(frozen=True, slots=True)
class Size:
    """How much was looked at.

    Attributes
    ----------
    users, ratings : int
        How many people the methods were asked for, and how many ratings were read.
    films : int
        Those that could be recommended: all of the links.
    in_catalogue : int
        How many of them the release has.
    compared : int
        How many of them enough people rated to say which are like them.
    """

    users: int
    ratings: int
    films: int
    in_catalogue: int
    compared: int


@dataclass(frozen=True, slots=True)
class Report:
    """One comparison, on one release; the methods in any order."""

    release: str
    size: Size
    methods: list[Measured]

    @property
    def ranked(self) -> list[Measured]:
        """The methods, that of the highest NDCG first."""
        return sorted(self.methods, key=lambda measured: -measured.ndcg.mean)

    @property
    def _measured(self) -> str:
        size = self.size
        return (
            f"{size.users:,} people, {size.films:,} films ({size.in_catalogue:,} in the "
            f"catalogue), {size.ratings:,} ratings; release {self.release}"
        )

    def table(self) -> Table:
        """Return a row a method, each figure over the interval that holds it with 95 %."""
        table = Table(
            title=self._measured,
            caption=(
                "To each person the ten best of the films not rated yet, after the first 80 % of "
                "the ratings; beside each film the five best.\n"
                f"precision@5 is of {self.size.compared:,} films that at least 20 people rated, "
                f"and their 20 nearest by those ratings; {NOT_ASKED}: it cannot be asked.\n"
                "Diversity is by genres, novelty in bits; below a figure its 95 % interval."
            ),
            title_justify="left",
            caption_justify="left",
        )
        table.add_column("method")
        for heading in figures(self.methods[0]):
            table.add_column(heading, justify="right", no_wrap=True)
        for measured in self.ranked:
            name = f"[bold]{measured.name}[/]" if measured.kind == OURS else measured.name
            table.add_row(
                f"{name}\n[dim]{measured.kind}[/]", *map(_shown, figures(measured).values())
            )
        return table

    def write(self, folder: Path) -> None:
        """Write `evaluation.json` and `evaluation.svg`."""
        folder.mkdir(parents=True, exist_ok=True)
        document = {
            "release": self.release,
            "size": asdict(self.size),
            "methods": {
                measured.name: {
                    "kind": measured.kind,
                    "figures": {
                        heading: figure._asdict() if isinstance(figure, Estimate) else figure
                        for heading, figure in figures(measured).items()
                    },
                }
                for measured in self.ranked
            },
        }
        text = json.dumps(document, ensure_ascii=False, indent=2)
        (folder / "evaluation.json").write_text(f"{text}\n")
        self.chart().save(folder / "evaluation.svg")

    def chart(self) -> alt.HConcatChart:
        """Draw the figure that matters of each task, with its interval."""
        rows = pd.DataFrame(
            [
                {"method": measured.name, "kind": measured.kind, "figure": heading}
                | figure._asdict()
                for measured in self.ranked
                for heading, figure in figures(measured).items()
                if heading in _PANELS and isinstance(figure, Estimate)
            ]
        )
        order = [measured.name for measured in self.ranked]
        panels = [
            _panel(rows[rows["figure"] == heading], title, order)
            for heading, title in _PANELS.items()
        ]
        return alt.hconcat(
            *panels,
            title=alt.Title(
                "How good recommendations are; a line is the 95 % interval",
                subtitle=self._measured,
                anchor="start",
            ),
        )


def figures(measured: Measured) -> dict[str, Estimate | float | None]:
    """Return what is shown of a method, by heading."""
    return {
        "NDCG@10": measured.ndcg,
        "HR@10": measured.hit_rate,
        "recall@10": measured.recall,
        "coverage@10": measured.coverage,
        "diversity@10": measured.diversity,
        "novelty@10": measured.novelty,
        "precision@5": measured.precision,
    }


def _shown(figure: Estimate | float | None) -> str:
    if isinstance(figure, Estimate):
        return f"{figure.mean:.3f}\n[dim]{figure.low:.3f}–{figure.high:.3f}[/]"
    return NOT_ASKED if figure is None else f"{figure:.3f}"


def _panel(rows: pd.DataFrame, title: str, order: list[str]) -> alt.LayerChart | alt.FacetChart:
    base = alt.Chart(rows, width=_CHART_WIDTH).encode(
        y=alt.Y("method:N", sort=order, scale=alt.Scale(domain=order), title=None)
    )
    bars = base.mark_bar().encode(
        x=alt.X("mean:Q", title=title),
        color=alt.Color(
            "kind:N",
            title="goes by",
            scale=alt.Scale(domain=list(KINDS), range=[_COLOURS[kind] for kind in KINDS]),
        ),
    )
    intervals = base.mark_rule(color="black").encode(x="low:Q", x2="high:Q")
    return alt.layer(bars, intervals)
