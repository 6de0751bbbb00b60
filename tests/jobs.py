"""The job as most tests run it: without the report, which costs more than all else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cartelera.contract.release_format import POINTER
from etl.engines.job import Outcome, run
from etl.engines.options import Options

if TYPE_CHECKING:
    from pathlib import Path

    from obstore.store import ObjectStore

    from etl.progress import Stages


def run_without_report(raw: Path, store: ObjectStore, stages: Stages, **options: Any) -> Outcome:
    """Run the job with `options`, those of `Options`."""
    return run(raw, store, stages, Options(**options, report=False))


def write_first_film(raw: Path, folder: Path) -> Path:
    """Write the first film of some raw files to a folder, and return that."""
    for name in ("movies_metadata.csv", "credits.csv"):
        header, first, *_ = (raw / name).read_text().split("\n")
        (folder / name).write_text(f"{header}\n{first}\n")
    return folder


def copy_release(place: Path, store: ObjectStore) -> None:
    """Publish the release that answers in a folder once more, in place of what is in `store`."""
    for file in place.glob("releases/**/*.*"):
        store.put(str(file.relative_to(place)), file)
    store.put(POINTER, place / POINTER)
