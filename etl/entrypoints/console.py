"""What a person reads when a command is done."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from rich.table import Column, Table

from etl.progress import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from cartelera.contract.release_format import RowCounts
    from etl.engines.data_set import Checked
    from etl.engines.job import Outcome
    from etl.inspection.comparison import ComparedFilm, Comparison
    from etl.inspection.film import Inspection
    from etl.release.listing import ReleaseInfo


_MAX_FIELD_LENGTH = 160
_MAX_FEATURES = 25
_number_column = partial(Column, justify="right")
_plain_table = partial(Table, box=None, pad_edge=False, padding=(0, 2))
_AGES = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def print_summary(outcome: Outcome, releases: str, console: Console) -> None:
    """Print what was read, kept, set aside and written.

    Parameters
    ----------
    outcome
        What the job has done.
    releases
        The URL of the place that it published in.
    console
        Where to print.
    """
    manifest = outcome.manifest
    _print_rows(manifest["rows"], console)
    if data_set := manifest.get("data_set"):
        _print_notes(data_set["notes"], console)
    written = _plain_table("written", _number_column("rows"), _number_column("KB"))
    for path, entry in manifest["files"].items():
        written.add_row(path, f"{entry['rows']:,}", f"{entry['bytes'] / 1000:,.0f}")
    console.print()
    console.print(written)
    size = sum(entry["bytes"] for entry in manifest["files"].values())
    console.print(
        f"\n[bold]{manifest['films']:,} films[/] in release [bold]{manifest['release']}[/] "
        f"({size / 1e6:,.1f} MB, format {manifest['format']}) at {printable(releases)}, "
        f"{outcome.seconds:.1f} s",
        soft_wrap=True,
    )


def print_check(checked: Checked, console: Console) -> None:
    """Print what raw files are taken for, and what would be set aside.

    Parameters
    ----------
    checked
        What was found.
    console
        Where to print it.
    """
    for file, meaning in checked.files.items():
        console.print(f"{printable(file)}: {printable(meaning)}", soft_wrap=True)
    _print_notes(checked.data_set["notes"], console)
    _print_rows(checked.rows, console)


def _print_rows(rows: Mapping[str, RowCounts], console: Console) -> None:
    for file, counts in rows.items():
        aside = sum(counts["set_aside"].values())
        console.print(
            f"\n[bold]{printable(file)}[/]: {counts['read']:,} records read = "
            f"{counts['kept']:,} kept + {aside:,} set aside"
        )
        _print_reasons("set aside", counts["set_aside"], console)
        _print_reasons("fields not used", counts["unused_fields"], console)


def _print_notes(notes: Sequence[str], console: Console) -> None:
    for line in ("", *notes) if notes else ():
        console.print(printable(line), soft_wrap=True)


def _print_reasons(title: str, counts: dict[str, int], console: Console) -> None:
    if counts:
        console.print(f"  {title}:")
    for reason, count in sorted(counts.items(), key=lambda item: -item[1]):
        console.print(f"  {count:>9,}  {printable(reason)}")


def print_releases(releases: Sequence[ReleaseInfo], place: str, console: Console) -> None:
    """Print the releases of a place, a line each.

    Parameters
    ----------
    releases
        The releases, in the order of the lines.
    place
        The URL of the place.
    console
        Where to print.
    """
    if not releases:
        console.print(f"no releases at {printable(place)}", soft_wrap=True)
        return
    table = _plain_table("release", *map(_number_column, ("format", "age", "films", "MB")), "")
    now = datetime.now(UTC)
    for release in releases:
        header = release.header
        table.add_row(
            printable(release.id),
            f"{release.format or ''}",
            _age(now - release.created_at),
            f"{header['films']:,}" if header else "",
            f"{release.size / 1e6:,.1f}",
            "current" if release.current else "" if header else "incomplete",
        )
    console.print(table)


def print_film(inspected: Inspection, console: Console) -> None:
    """Print a film from its raw lines to its features.

    Parameters
    ----------
    inspected
        What is known of the film.
    console
        Where to print.
    """
    for record in inspected.raw:
        console.print(f"\n[bold]{printable(record.file)}, line {record.line:,}[/]")
        for name, value in record.fields.items():
            _print_field(name, value, console)
    for entry in inspected.set_aside:
        what = entry["field"] or "the record"
        console.print(
            f"\n[yellow]set aside[/] {printable(entry['file'])}, line {entry['line']:,}: "
            f"{printable(what)}, {printable(entry['reason'])} ({printable(entry['detail'])})",
            soft_wrap=True,
        )
    console.print("\n[bold]In the catalogue[/]")
    for name, value in inspected.film.items():
        _print_field(name, value, console)
    console.print(f"\n[bold]{len(inspected.features)} features[/], the heaviest first")
    for feature in inspected.features[:_MAX_FEATURES]:
        console.print(f"  {feature.weight:.4f}  {feature.group}: {printable(feature.name)}")


def print_comparison(comparison: Comparison, console: Console, count: int) -> None:
    """Print what differs between two releases.

    Parameters
    ----------
    comparison
        What was found.
    console
        Where to print.
    count
        How many films of each kind are named.
    """
    for name in ("came", "went", "changed"):
        _print_films(name, getattr(comparison, name), console, count)
    for which, names in (("before", comparison.only_before), ("after", comparison.only_after)):
        if names:
            console.print(f"columns of the release {which} alone: {', '.join(names)}")
    if comparison.columns:
        table = _plain_table("column", _number_column("films that differ"))
        for name, films in comparison.columns.items():
            table.add_row(name, f"{films:,}")
        console.print(table)
    if not comparison.tables:
        console.print("no table's rows differ")
        return
    kinds = ("rows before", "after", "came", "went", "changed")
    table = _plain_table("table", *map(_number_column, kinds))
    for route, *rows in comparison.tables:
        table.add_row(route, *(f"{number:,}" for number in rows))
    console.print(table)


def _print_films(what: str, films: Sequence[ComparedFilm], console: Console, count: int) -> None:
    console.print(f"[bold]{len(films):,} films {what}[/]")
    for film in films[:count]:
        columns = f": {', '.join(film.differs)}" if film.differs else ""
        line = f"{film.title} ({film.year}), id {film.id}{columns}"
        console.print(f"  {printable(line)}", soft_wrap=True)
    if len(films) > count:
        console.print(f"  and {len(films) - count:,} more")


def _print_field(name: str, value: object, console: Console) -> None:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if len(text) > _MAX_FIELD_LENGTH:
        text = f"{text[:_MAX_FIELD_LENGTH]}… ({len(text):,} characters)"
    console.print(f"  [dim]{printable(name):<22}[/] {printable(text)}", soft_wrap=True)


def _age(age: timedelta) -> str:
    for seconds, unit in _AGES:
        if age.total_seconds() >= seconds:
            return f"{age.total_seconds() // seconds:.0f} {unit}"
    return "now"
