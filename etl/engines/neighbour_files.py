"""Making the files of the films beside each: those that the API recommends by default.

Two rounds of tasks, which any worker may do: candidates are found for all films, the best first,
since the films after them are looked at beside them; then the films beside each are chosen from
candidates, in the order of the files. The tasks read what they need where the release's files wait.
"""

from __future__ import annotations

from functools import lru_cache, partial
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from threadpoolctl import ThreadpoolController

from cartelera.contract.formats.neighbours import NEIGHBOURS_FOLDER
from cartelera.contract.ranking import DEFAULT_N
from cartelera.contract.release_format import CATALOG, FEATURES, ITEM_WEIGHTS, MODEL
from cartelera.recommend.explanations import FeatureNames
from cartelera.recommend.model_file import read_item_weights, read_model
from etl.features.candidates import Candidates, Found
from etl.features.neighbour_records import NeighbourRecords
from etl.features.neighbours import Search
from etl.release.block_writer import PackWriter, encode_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from etl.engines.options import Options
    from etl.engines.runners.workers import Workers
    from etl.progress import Stages
    from etl.release.files import Spool

# In how many rounds candidates are found. In one round films are looked at beside those of rounds
# before, each pair once, and beside each other, each pair twice.
_ROUNDS = 8
# Films of a task.
_FILMS_FOUND = 360
_FILMS_WRITTEN = 1_400


class _Files(NamedTuple):
    """Where the files lie that tasks read; item weights only with ratings."""

    catalog: Path
    features: Path
    model: Path
    item_weights: Path | None


class _Tools(NamedTuple):
    """What tasks of one process share."""

    search: Search
    records: NeighbourRecords
    # Looking for the libraries takes longer than a task.
    libraries: ThreadpoolController


def make_neighbours(spool: Spool, workers: Workers, stages: Stages, options: Options) -> None:
    """Leave the films beside each in a spool.

    Parameters
    ----------
    spool
        It has the catalogue, the model, the names of its features and, if there are any, the item
        weights.
    workers
        They do the work.
    stages, options
        As of `job.run`.
    """
    files = _Files(
        spool.files[CATALOG].path,
        spool.files[FEATURES].path,
        spool.files[MODEL].path,
        spool.files[ITEM_WEIGHTS].path if ITEM_WEIGHTS in spool.files else None,
    )
    films = spool.files[MODEL].entry["rows"]
    # Another process opens them while this one does.
    workers.begin(_open, files)
    try:
        with stages.stage("Finding the films beside each", 2 * films) as advance:
            candidates, limits = _candidates(files, films, workers, advance)
            writer = PackWriter(NEIGHBOURS_FOLDER, pa.int64(), options.blocks.pack_bytes)
            write = partial(_write, files, options.blocks.block_rows)
            parts = _parts(candidates, limits, options.blocks.block_rows)
            del candidates
            for blocks in workers.map(write, parts):
                for rows, block in blocks:
                    spool.add(writer.add_block(writer.rows, rows, block))
                    advance(rows)
            spool.add(writer.end())
    finally:
        _tools.cache_clear()


def _candidates(
    files: _Files, films: int, workers: Workers, advance: Callable[[int], None]
) -> tuple[Candidates, NDArray[np.float32]]:
    """Return candidates beside all films, in their order, and the limits of each film."""
    by_quality = _tools(files).search.candidates.by_quality
    limits = np.zeros(films, np.float32)
    found: list[Candidates] = []
    size = len(by_quality)
    ends = np.linspace(0, size, _ROUNDS + 1).astype(int).tolist()
    # Films that are not recommended are looked at in the end, beside those that are.
    rounds = [
        *((by_quality[start:end], start, end) for start, end in pairwise(ends)),
        (np.setdiff1d(np.arange(films), by_quality), 0, size),
    ]
    for asked, known, among in rounds:
        starts = range(0, len(asked), _FILMS_FOUND)
        parts = [asked[start : start + _FILMS_FOUND] for start in starts]
        find = partial(_find, files, among, limits[by_quality[:known]])
        for part, of_part in zip(parts, workers.start(find, parts), strict=True):
            found += of_part.best, of_part.worse
            limits[part] = of_part.limits
            limits[of_part.flooded] = np.inf
            advance(len(part))
    candidates = Candidates.concatenate(found)
    return candidates.take(np.argsort(candidates.films, kind="stable")), limits


def _parts(
    candidates: Candidates, limits: NDArray[np.float32], block_rows: int
) -> Iterator[tuple[range, Candidates, NDArray[np.float32]]]:
    """Cut films, with their candidates and limits, where blocks end."""
    size = block_rows * max(1, _FILMS_WRITTEN // block_rows)
    for start in range(0, len(limits), size):
        films = range(len(limits))[start : start + size]
        own = slice(*np.searchsorted(candidates.films, [films.start, films.stop]).tolist())
        yield films, candidates.take(own), limits[start : films.stop]


@lru_cache(maxsize=1)
def _tools(files: _Files) -> _Tools:
    """Open what tasks of one process share."""
    model = read_model(files.model.read_bytes())
    weights = None
    if files.item_weights:
        weights = read_item_weights(files.item_weights.read_bytes())
    names = FeatureNames(files.features.read_bytes())
    titles = pq.read_table(files.catalog, columns=["id", "title", "release_year"])
    search = Search(model, DEFAULT_N, threads=1, item_weights=weights)
    records = NeighbourRecords(model, titles, names, weights)
    return _Tools(search, records, ThreadpoolController())


def _open(files: _Files) -> None:
    _tools(files)


def _find(files: _Files, size: int, limits: NDArray[np.float32], films: NDArray[np.int64]) -> Found:
    """Find candidates beside some films, as `CandidateSearch.find` does."""
    tools = _tools(files)
    # There is a process for each processor.
    with tools.libraries.limit(limits=1, user_api="blas"):
        return tools.search.candidates.find(films, size, limits)


def _write(
    files: _Files, block_rows: int, part: tuple[range, Candidates, NDArray[np.float32]]
) -> list[tuple[int, bytes]]:
    """Return the blocks of some films, each after how many it has."""
    films, candidates, limits = part
    search, records, _ = _tools(files)
    chosen = search.choose(np.arange(films.start, films.stop), candidates, limits)
    lines = records.of(films, chosen)
    blocks = (lines[start : start + block_rows] for start in range(0, len(lines), block_rows))
    return [(len(block), encode_lines(block)) for block in blocks]
