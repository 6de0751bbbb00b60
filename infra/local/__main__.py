"""Start the local stand-ins.

The import is inside the guard because worker processes import this module again, and must
not pay for what only the parent needs.
"""

if __name__ == "__main__":
    from infra.local.cli import main

    main()
