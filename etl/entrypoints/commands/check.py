"""`python -m etl check`: what raw files are taken for, and what the job would set aside."""

from __future__ import annotations

import click

from etl.engines.data_set import check_raw
from etl.engines.options import Options
from etl.entrypoints import options
from etl.entrypoints.console import print_check
from etl.errors import ContractError
from etl.extract.download import raw_folder


@click.command()
@click.argument("raw", metavar="FOLDER", callback=options.note_endpoint)
@options.encoding
@options.workers()
def check(raw: str, encoding: str | None, workers: int) -> None:
    """Read the raw films in FOLDER, say what they are taken for and what would be set aside.

    FOLDER may be s3://bucket/prefix, too. Nothing is published. Exit code 3: the job would refuse
    them.
    """
    stages = options.current_stages()
    with raw_folder(raw, stages) as folder:
        checked = check_raw(folder, stages, Options(workers, encoding=encoding))
    print_check(checked, options.open_console())
    if checked.refusals:
        raise ContractError("\n".join(checked.refusals))
