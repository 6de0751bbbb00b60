"""`python -m infra.stack`: see `infra.stack.cli`."""

from infra.stack.cli import main

if __name__ == "__main__":
    main()
