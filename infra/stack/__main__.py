"""`python -m infra.stack`: commands on a stack that `sam deploy` has created."""

from __future__ import annotations

import click

from infra.stack.destroy import destroy
from infra.stack.publish import publish
from infra.stack.session import ACCOUNT


@click.group(commands=[publish, destroy], epilog=ACCOUNT)
def main() -> None:
    """Publish on a deployed stack, or delete it."""


if __name__ == "__main__":
    main()
