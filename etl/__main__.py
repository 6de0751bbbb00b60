"""`python -m etl`: the job's command line."""

from etl.entrypoints.cli import main

if __name__ == "__main__":
    main()
