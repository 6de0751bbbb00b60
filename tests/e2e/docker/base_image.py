"""Lambda's public base image for Python: there already, pulled, or replaced by a stand-in."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

import click

from infra.local.docker import IMAGE
from tests.e2e.docker import stand_in
from tests.e2e.docker.stand_in import LABEL
from tests.e2e.host import CommandError, UnavailableError

if TYPE_CHECKING:
    from tests.e2e.host import Host

_SHORT = "public.ecr.aws/lambda/python:3.13"
# The image has some 200 MB. A machine without a connection knows within seconds.
_PULL_SECONDS = 300
_ASK_SECONDS = 20


class Recipe(Protocol):
    """How a stand-in is built; `tests.e2e.docker.stand_in` is one."""

    def digest(self) -> str:
        """Return the recipe's own label."""

    def build(self, host: Host, name: str) -> None:
        """Build a stand-in of this name."""


def ensure_base_image(host: Host, recipe: Recipe = stand_in) -> None:
    """Make sure that Docker has the image under both of its names.

    A stand-in of an older recipe is built again; anything else under the name is left as it is.

    Parameters
    ----------
    host : Host
        Where Docker runs.
    recipe : Recipe
        Builds the stand-in where the image cannot be pulled.

    Raises
    ------
    UnavailableError
        When it is not there, cannot be pulled, and no stand-in can be built.
    """
    present = _label_of_stand_in(host)
    if present is None:
        _pull_or_build(host, recipe)
    elif present not in ("", recipe.digest()):
        click.echo(f"The stand-in for {IMAGE} is of another recipe…")
        _build(host, recipe)
    host.run("docker", "tag", IMAGE, _SHORT, seconds=_ASK_SECONDS)


def _label_of_stand_in(host: Host) -> str | None:
    """Return the recipe of the stand-in; an empty text of the real image, None without either."""
    label = '{{with .Config.Labels}}{{index . "' + LABEL + '"}}{{end}}'
    with suppress(CommandError):
        command = ("docker", "image", "inspect", "--format", label, IMAGE)
        return host.run(*command, seconds=_ASK_SECONDS).strip()
    return None


def _pull_or_build(host: Host, recipe: Recipe) -> None:
    click.echo(f"Pulling {IMAGE}…")
    try:
        host.run("docker", "pull", "--quiet", IMAGE, seconds=_PULL_SECONDS)
    except CommandError as why:
        click.echo(f"It cannot be pulled ({why})")
        if not host.is_root_on_debian():
            raise UnavailableError(
                f"{IMAGE} cannot be pulled ({why}), and a stand-in can only be built as root on "
                f"Debian: run `docker pull {IMAGE}` where it can be reached"
            ) from why
        _build(host, recipe)


def _build(host: Host, recipe: Recipe) -> None:
    click.echo(f"Building a stand-in for {IMAGE} from Debian and PyPI: a minute or two…")
    try:
        recipe.build(host, IMAGE)
    except CommandError as error:
        raise UnavailableError(f"the stand-in for {IMAGE} cannot be built: {error}") from error
