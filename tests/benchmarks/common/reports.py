"""How every benchmark shows what it measured: a table, a JSON document, a chart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altair as alt
import click
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

FOLDER = click.Path(file_okay=False, path_type=Path)


def figures_table(title: str, columns: Iterable[str], caption: str | None = None) -> Table:
    """Return a table whose first column holds words, and the others numbers."""
    table = Table(title=title, caption=caption, title_justify="left", caption_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=number > 0)
    return table


def write_json(path: Path, document: object) -> None:
    """Write figures as a person can read them, too; the folder is created if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def save_chart(chart: Any, path: Path) -> None:
    """Save any chart of Altair as an SVG on white, without frames."""
    chart.configure(background="white").configure_view(stroke=None).save(str(path))


def lines_by_films(frame: pd.DataFrame, value: str, series: str, title: str = "") -> alt.Chart:
    """Draw how a value grows with the column `films`, a line a series."""
    lines: alt.Chart = (
        alt.Chart(frame, title=title, width=300, height=220)
        .mark_line(point=True)
        .encode(
            x=alt.X("films:Q", title="films", axis=alt.Axis(format="~s", tickCount=5)),
            y=alt.Y(f"{value}:Q", title=value),
            color=alt.Color(f"{series}:N", title=None),
        )
    )
    return lines
