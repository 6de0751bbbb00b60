"""The job's command line: `python -m etl`."""

from __future__ import annotations

import functools
import importlib
import os
import sys
import warnings
from contextlib import contextmanager, nullcontext
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click
from click_default_group import DefaultGroup
from rich.console import Console
from rich.markup import escape

from cartelera.contract.ranking import MOST_RECOMMENDED, USUALLY_RECOMMENDED
from cartelera.contract.release_format import CATALOG, RELEASES_VARIABLE, REPORT
from etl.errors import JobError
from etl.progress import Stages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from obstore.store import ObjectStore

    from etl.engines.job import Options, Outcome

_CORES = os.cpu_count() or 1
_RAW_HELP = (
    "Where movies_metadata.csv (or movies_dataset.csv), credits.csv and, if there is one, "
    "keywords.csv lie, each also as .gz: a folder or s3://bucket/prefix."
)

# No default: what is published answers everybody, and the sample's films are invented.
_raw = click.option("--raw", required=True, help=_RAW_HELP)

_releases = click.option(
    "--releases",
    envvar=RELEASES_VARIABLE,
    show_envvar=True,
    required=True,
    help="Where releases lie: s3://bucket/prefix or file:///folder. For S3, region, "
    "credentials and endpoint come from the usual AWS_… variables.",
)

_workers = click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=_CORES,
    show_default="one a core",
    help="Processes that read the nested cells. What comes of it is the same with any number.",
)


_engine_option = click.option(
    "--engine",
    type=click.Choice(["pandas", "spark"]),
    default="pandas",
    show_default=True,
    help="pandas: on this machine, in memory. spark: in parts, on this machine with little memory, "
    "or under spark-submit on many. What comes of it is the same.",
)
_work_option = click.option(
    "--work",
    help="For spark on many machines: a place that all of them reach, s3://bucket/prefix, for "
    "what lies between the stages; it stays there.",
)


def _on_engine(command: Callable[..., None]) -> Callable[..., None]:
    return _engine_option(_work_option(command))


def _console(*, stderr: bool = False) -> Console:
    # Names are shown as they are: `:cat:` is no picture.
    return Console(stderr=stderr, highlight=False, emoji=False)


def _stages() -> Stages:
    """Return stages shown on the error stream, or those that the caller gave as click's `obj`."""
    given: Stages | None = click.get_current_context().obj
    return given or Stages(_console(stderr=True))


def _explained(command: Callable[..., None]) -> Callable[..., None]:
    """Let what stops a command be its last line, and its exit code say which kind it was."""

    @functools.wraps(command)
    def run(*arguments: object, **options: object) -> None:
        try:
            command(*arguments, **options)
        except JobError as error:
            _console(stderr=True).print(f"[red]error:[/] {escape(str(error))}", soft_wrap=True)
            sys.exit(error.exit_code)

    return run


@click.group(cls=DefaultGroup, default="run", default_if_no_args=True)
def main() -> None:
    """Make a catalogue of raw films, publish it as a release, and look after the releases.

    Without a command it runs the job: `python -m etl --raw FOLDER` is `python -m etl run …`.

    \b
    Exit codes:
      0  done
      1  failed, and nothing has changed: the message says why
      2  wrong usage
      3  refused: the data break the contract, or the release its golden questions
      4  overtaken: another job has published meanwhile
    """  # noqa: D301 (click's mark for lines to leave as they are)


@main.command()
@_raw
@_releases
@_workers
@click.option(
    "--tolerance",
    type=click.FloatRange(0, 1),
    default=0.01,
    show_default=True,
    help="Share of a file's records that may break any one rule before the job stops; ten may in "
    "the smallest file.",
)
@click.option(
    "--force", is_flag=True, help="Publish even if the release hardly resembles the last one."
)
@click.option(
    "--report/--no-report",
    default=True,
    show_default=True,
    help="Draw the exploration report, a third of the work, that /eda shows; or leave it out.",
)
@_on_engine
@_explained
def run(  # noqa: PLR0913 (each an option of the command)
    *,
    raw: str,
    releases: str,
    workers: int,
    tolerance: float,
    engine: str,
    work: str | None,
    force: bool,
    report: bool,
) -> None:
    """Clean the raw films and publish them as a release that the API answers from."""
    # Here and not above: the other commands do without pandas and scikit-learn, and start at once.
    from etl.engines.job import Options  # noqa: PLC0415
    from etl.entrypoints.console import print_summary  # noqa: PLC0415
    from etl.extract.download import raw_folder  # noqa: PLC0415
    from etl.release.publish import open_place  # noqa: PLC0415

    stages = _stages()
    options = Options(workers, tolerance, compare=not force, report=report)
    store = open_place(releases)
    with raw_folder(raw, stages) as folder:
        outcome = _engine(engine, work)(folder, store, stages, options)
    print_summary(outcome, releases, _console())


@main.command()
@click.argument("event")
@click.option(
    "--result",
    required=True,
    help="Where to write what came of it, as JSON: s3://bucket/key or file:///path.",
)
@_workers
@_on_engine
@_explained
def batch(event: str, result: str, workers: int, engine: str, work: str | None) -> None:
    """Publish the batch that EVENT names, as the Lambda function does when called with it.

    For machines that run the image where nobody reads what a command prints.
    """
    from etl.engines.job import Options  # noqa: PLC0415
    from etl.entrypoints.task import run_task  # noqa: PLC0415

    run_task(event, result, Options(workers), _engine(engine, work))


@main.command()
@_raw
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder to write to; it is made, and what has the same name in it is replaced.",
)
@_workers
@_explained
def explore(raw: str, folder: Path, workers: int) -> None:
    """Write the report of what there is in the raw films, and its charts; publish nothing."""
    from etl.engines.job import Options, explore_raw  # noqa: PLC0415
    from etl.extract.download import raw_folder  # noqa: PLC0415

    stages = _stages()
    try:
        # Before the work: a folder that is none would be noticed only after it.
        folder.mkdir(parents=True, exist_ok=True)
        with raw_folder(raw, stages) as place:
            files = explore_raw(place, stages, Options(workers))
        for path, data in files.items():
            (folder / PurePosixPath(path).name).write_bytes(data)
    except OSError as error:
        raise JobError(f"the report cannot be written: {error}") from error
    report = folder / PurePosixPath(REPORT).name
    click.echo(f"{report}: open it in a browser; beside it {len(files) - 1} charts as PNG")


@main.command(name="releases")
@_releases
@_explained
def list_releases(releases: str) -> None:
    """List the releases: id, format, age, films, size, and which one of each format answers."""
    from etl.entrypoints.console import print_releases  # noqa: PLC0415
    from etl.release.publish import open_place  # noqa: PLC0415
    from etl.release.releases import list_releases as found  # noqa: PLC0415

    print_releases(found(open_place(releases)), releases, _console())


@main.command()
@click.argument("release")
@_releases
@_explained
def rollback(release: str, releases: str) -> None:
    """Let RELEASE answer, after verifying it. Functions of its format follow within a minute."""
    from etl.release.publish import open_place  # noqa: PLC0415
    from etl.release.releases import roll_back  # noqa: PLC0415

    with _verifying(release) as advance:
        manifest = roll_back(open_place(releases), release, advance)
    click.echo(
        f"{manifest['films']:,} films in release {release} answer now for functions of format "
        f"{manifest['format']}"
    )


@main.command()
@click.argument("release")
@_releases
@_explained
def verify(release: str, releases: str) -> None:
    """Check every byte of RELEASE, and open it as the functions do."""
    from etl.release.publish import open_place  # noqa: PLC0415
    from etl.release.releases import open_release  # noqa: PLC0415

    with _verifying(release) as advance:
        manifest = open_release(open_place(releases), release, advance).manifest
    size = sum(entry["bytes"] for entry in manifest["files"].values())
    click.echo(
        f"release {release} is sound: format {manifest['format']}, {len(manifest['files'])} files, "
        f"{size / 1e6:,.1f} MB, {manifest['films']:,} films"
    )


@main.command()
@click.option(
    "--keep", type=click.IntRange(1), required=True, help="How many of the newest to keep."
)
@_releases
@_explained
def prune(keep: int, releases: str) -> None:
    """Remove old releases, never one that answers, and what killed jobs left a day ago.

    Each format that has a pointer keeps its own newest ones.
    """
    from etl.release.publish import open_place  # noqa: PLC0415
    from etl.release.releases import prune as remove_old  # noqa: PLC0415

    gone = remove_old(open_place(releases), keep)
    for release in gone:
        click.echo(f"removed {release.id}, {release.size / 1e6:,.1f} MB")
    if not gone:
        click.echo("nothing to remove")


@main.command()
@click.argument("release_format", metavar="FORMAT", type=click.IntRange(1))
@_releases
@_explained
def retire(release_format: int, releases: str) -> None:
    """Remove the pointer of FORMAT once no function of it runs any more; prune does the rest."""
    from etl.release.publish import open_place  # noqa: PLC0415
    from etl.release.releases import retire as remove_pointers  # noqa: PLC0415

    for path in remove_pointers(open_place(releases), release_format):
        click.echo(f"removed {path}: nothing answers functions of format {release_format} now")


@main.command()
@click.argument("film")
@click.option("--raw", help=f"{_RAW_HELP} Without it, no raw lines.")
@click.option("--release", help="The release to look into; without it, the one that answers.")
@_releases
@_explained
def inspect(film: str, raw: str | None, release: str | None, releases: str) -> None:
    """Show FILM, an id or a title, from its raw lines to its features."""
    from etl.entrypoints.console import print_film  # noqa: PLC0415
    from etl.extract.download import raw_folder  # noqa: PLC0415
    from etl.release.inspection import inspect as inspect_film  # noqa: PLC0415
    from etl.release.publish import open_place  # noqa: PLC0415
    from etl.release.releases import answering, open_release  # noqa: PLC0415

    store = open_place(releases)
    release = release or answering(store, releases)
    stages = _stages()
    with stages.stage(f"Verifying {release}") as advance:
        opened = open_release(store, release, advance)
    with nullcontext() if raw is None else raw_folder(raw, stages) as folder:
        print_film(inspect_film(store, opened, film, folder), _console())


@main.command()
@click.option(
    "--to",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The parquet file to write; one that is there is replaced when the new one is whole.",
)
@click.option(
    "--k",
    "count",
    type=click.IntRange(1, MOST_RECOMMENDED),
    default=USUALLY_RECOMMENDED,
    show_default=True,
    help="How many films beside each.",
)
@click.option("--release", help="The release to take; without it, the one that answers.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=_CORES,
    show_default="one a core",
    help="Threads that multiply. The file is the same with any number.",
)
@_releases
@_on_engine
@_explained
def neighbours(  # noqa: PLR0913 (each an option of the command)
    *,
    file: Path,
    count: int,
    release: str | None,
    workers: int,
    releases: str,
    engine: str,
    work: str | None,
) -> None:
    """Write the films that the API recommends beside every film, as parquet."""
    from etl.features.neighbours import find_neighbours, write_neighbours  # noqa: PLC0415
    from etl.release.publish import open_place  # noqa: PLC0415
    from etl.release.releases import answering, open_release, read_table  # noqa: PLC0415

    store = open_place(releases)
    release = release or answering(store, releases)
    stages = _stages()
    with stages.stage(f"Verifying {release}") as advance:
        opened = open_release(store, release, advance)
    films = read_table(store, release, CATALOG, ["id", "title"])
    if engine == "pandas":
        found = find_neighbours(opened.model, count, workers)
    else:
        spark = _spark()
        setting = spark.Setting(work)
        found = spark.find_neighbours_on_spark(
            releases, release, films=len(films), count=count, cores=workers, setting=setting
        )
    with stages.stage("Finding the neighbours", len(films)) as advance:
        pairs = write_neighbours(found, films, file, advance)
    click.echo(f"{file}: {pairs:,} films beside the {len(films):,} of release {release}")


def _engine(name: str, work: str | None) -> Callable[[Path, ObjectStore, Stages, Options], Outcome]:
    if name == "pandas":
        from etl.engines.job import run as run_job  # noqa: PLC0415

        return run_job
    spark = _spark()
    return functools.partial(spark.run_on_spark, setting=spark.Setting(work))


def _spark() -> ModuleType:
    try:
        with warnings.catch_warnings():
            # Of pandas frames, which are not handed to it: all goes by Arrow.
            warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
            return importlib.import_module("etl.engines.spark")
    except ModuleNotFoundError as error:
        raise JobError(
            f"{error.name} is not installed here: make spark sets it up, and runs the job on it"
        ) from error


@contextmanager
def _verifying(release: str) -> Iterator[Callable[[int], None]]:
    with _stages().stage(f"Verifying {release}") as advance:
        yield advance


if __name__ == "__main__":
    main()
