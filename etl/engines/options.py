"""How the job is to run."""

from __future__ import annotations

from dataclasses import dataclass

from cartelera.contract.release_format import FORMAT
from etl.clean.tolerance import DEFAULT_TOLERANCE, Tolerance
from etl.extract.akas import DEFAULT_CHOICE, AkaChoice
from etl.extract.raw_files import BATCH_ROWS
from etl.release.block_writer import DEFAULT_BLOCK_SIZES, BlockSizes

# The work of computing the films beside each grows with the square of their number.
MOST_LISTS = 200_000


@dataclass(frozen=True, slots=True)
class Options:
    """How to run the job."""

    # How many processes work, the main one among them.
    workers: int = 1
    # What of a raw file's records may break a rule of the contract.
    tolerance: Tolerance = DEFAULT_TOLERANCE
    # Whether a release must resemble the last one to be published.
    compare: bool = True
    # Whether the release has the exploration report, which takes a tenth of the time.
    report: bool = True
    # Whether the films beside each are computed now, or when somebody asks for them; of more films
    # than `MOST_LISTS` they are not.
    neighbours: bool = True
    # How many records of a raw file are read, and unnested, at a time.
    batch_rows: int = BATCH_ROWS
    # Which tables are written in blocks, and in how large ones.
    blocks: BlockSizes = DEFAULT_BLOCK_SIZES
    # That of the raw files that are not UTF-8.
    encoding: str | None = None
    # Which other titles of films are taken from IMDb's file, where there is one.
    akas: AkaChoice = DEFAULT_CHOICE
    # The format that the release says it has.
    release_format: int = FORMAT


DEFAULT_OPTIONS = Options()
