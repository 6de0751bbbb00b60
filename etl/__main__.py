"""`python -m etl`: the job's command line."""

if __name__ == "__main__":
    import os

    # Before NumPy comes, and for the workers, too: further threads of linear algebra are not used,
    # and take a fiftieth of the job's time to wait.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Here and not above: worker processes import this module, too.
    from etl.entrypoints.cli import main

    main()
