"""Start the local stand-ins; see `infra.local.cli`.

The import is inside the guard because worker processes import this module again, and must not
load what only the parent needs.
"""

if __name__ == "__main__":
    from infra.local.cli import main

    main()
