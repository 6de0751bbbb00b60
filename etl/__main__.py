"""The job's command line: `python -m etl`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from cartelera.layout import RELEASES_VARIABLE
from etl.errors import JobError
from etl.job import run
from etl.progress import Stages
from etl.publish import open_place
from etl.sample.embedded import write_embedded
from etl.summary import print_summary

_JOB_FAILED = 1


@click.command()
@click.option(
    "--raw",
    type=click.Path(path_type=Path),
    help="Folder with movies_metadata.csv (or movies_dataset.csv), credits.csv and, if there "
    "is one, keywords.csv; each also as .gz. Without it: the sample that comes along.",
)
@click.option(
    "--releases",
    envvar=RELEASES_VARIABLE,
    show_envvar=True,
    required=True,
    help="Where to publish: s3://bucket/prefix or file:///folder. For S3, region, "
    "credentials and endpoint come from the usual AWS_… variables.",
)
def main(raw: Path | None, releases: str) -> None:
    """Clean the raw films and publish them as a release that the API answers from.

    Exit codes: 0 published; 1 nothing was published, and why is the last line; 2 wrong usage.
    """
    console = Console(stderr=True, highlight=False)
    try:
        store = open_place(releases)
        with tempfile.TemporaryDirectory() as folder:
            if raw is None:
                raw = Path(folder)
                write_embedded(raw)
            outcome = run(raw, store, Stages(console))
    except JobError as error:
        console.print(f"[red]error:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(_JOB_FAILED)
    print_summary(outcome, releases, Console(highlight=False))


if __name__ == "__main__":
    main()
