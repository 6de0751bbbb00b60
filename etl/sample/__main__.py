"""Write a raw folder: ``python -m etl.sample FOLDER [--films N [--seed S]]``."""

import argparse
import sys
import time
from pathlib import Path
from typing import Final, NoReturn

from etl.sample.embedded import write_embedded
from etl.sample.generate import generate
from etl.sample.raw_layout import RAW_FILES, SampleError

DEFAULT_SEED: Final = 1
USAGE_ERROR: Final = 2
_BYTES_PER_MEGABYTE: Final = 1_000_000


class _OneLineParser(argparse.ArgumentParser):
    """An argument parser that complains in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE_ERROR, f"{self.prog}: {message}\n")


def main(arguments: list[str] | None = None) -> int:
    """Write the sample the arguments ask for and say so in one line.

    Parameters
    ----------
    arguments
        The command line; by default that of the process.

    Returns
    -------
    int
        The exit code: 0, or 2 if the sample cannot be written.
    """
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.seed is not None and asked.films is None:
        parser.error("--seed goes with --films: the embedded sample is always the same")
    seed = DEFAULT_SEED if asked.seed is None else asked.seed
    started = time.perf_counter()
    try:
        if asked.films is None:
            what = "the embedded sample"
            write_embedded(asked.folder)
        else:
            what = f"{asked.films:,} generated films (seed {seed})"
            generate(asked.folder, asked.films, seed)
    except (OSError, SampleError) as error:
        parser.error(str(error))
    seconds = time.perf_counter() - started
    size = sum((asked.folder / name).stat().st_size for name in RAW_FILES) / _BYTES_PER_MEGABYTE
    _say(f"Wrote {what} to {asked.folder}: {size:,.1f} MB in {seconds:.1f} s")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _OneLineParser(prog="python -m etl.sample", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the three raw files go")
    parser.add_argument("--films", type=int, help="generate this many films instead")
    parser.add_argument("--seed", type=int, help=f"what to draw them from ({DEFAULT_SEED})")
    return parser


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
