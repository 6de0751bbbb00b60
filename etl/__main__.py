"""`python -m etl`: the job's command line."""

if __name__ == "__main__":
    # Here and not above: worker processes import this module, too.
    from etl.entrypoints.cli import main

    main()
