"""What a person reads when the job is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console

    from etl.job import Outcome


def print_summary(outcome: Outcome, releases: str, console: Console) -> None:
    """Print what was read, kept, set aside and written."""
    manifest = outcome.manifest
    for file, counts in manifest["rows"].items():
        aside = sum(counts["set_aside"].values())
        console.print(
            f"\n[bold]{escape(file)}[/]: {counts['read']:,} records read = "
            f"{counts['kept']:,} kept + {aside:,} set aside"
        )
        _print_reasons("set aside", counts["set_aside"], console)
        _print_reasons("fields not used", counts["unused_fields"], console)
    written = Table(box=None, pad_edge=False, padding=(0, 2))
    written.add_column("written")
    written.add_column("rows", justify="right")
    written.add_column("KB", justify="right")
    for path, entry in manifest["files"].items():
        written.add_row(path, f"{entry['rows']:,}", f"{entry['bytes'] / 1000:,.0f}")
    console.print()
    console.print(written)
    size = sum(entry["bytes"] for entry in manifest["files"].values())
    console.print(
        f"\n[bold]{manifest['films']:,} films[/] in release [bold]{manifest['release']}[/] "
        f"({size / 1e6:,.1f} MB) at {escape(releases)}, {outcome.seconds:.1f} s",
        soft_wrap=True,
    )


def _print_reasons(title: str, counts: dict[str, int], console: Console) -> None:
    if counts:
        console.print(f"  {title}:")
    for reason, count in sorted(counts.items(), key=lambda item: -item[1]):
        console.print(f"  {count:>9,}  {escape(reason)}")
