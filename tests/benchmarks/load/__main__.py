"""The load test: `python -m tests.benchmarks.load --raw FOLDER --out FOLDER`."""

from tests.benchmarks.load.cli import main

if __name__ == "__main__":
    main()
