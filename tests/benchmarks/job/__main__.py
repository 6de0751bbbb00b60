"""The job's benchmark: `python -m tests.benchmarks.job --raw FOLDER --out FOLDER`."""

from tests.benchmarks.job.cli import main

if __name__ == "__main__":
    main()
