"""`python -m infra.openapi`: write the API's OpenAPI document, or see whether it is stale."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from infra.local.template import read_template
from infra.openapi import DOCUMENT, PROJECT
from infra.openapi.document import build
from infra.openapi.examples import ExampleError, sample_release
from infra.openapi.services import load_handler, questions
from infra.openapi.texts import TEXTS, read_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from cartelera.http.handler import Handler
    from infra.local.template import Template
    from infra.openapi.examples import Send
    from infra.openapi.texts import Texts

    type OpenRelease = Callable[[Template, Mapping[str, Handler]], AbstractContextManager[Send]]


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail if it is not what it would be.")
@click.option(
    "--document",
    type=click.Path(dir_okay=False, resolve_path=True, path_type=Path),
    default=DOCUMENT,
    help="Where it is written, or looked for; without it, where it is served from.",
)
@click.pass_obj
def main(make: Callable[[], str] | None, document: Path, *, check: bool) -> None:
    """Write the OpenAPI document of the template's questions."""
    # click's `obj` is another way of making it, where there is one.
    written = (make or generate)()
    if not check:
        document.write_text(written)
    elif not document.exists() or document.read_text() != written:
        named = document.relative_to(Path.cwd(), walk_up=True)
        click.echo(f"stale {named}: make openapi", err=True)
        sys.exit(1)


def generate(texts: Texts | None = None, open_release: OpenRelease = sample_release) -> str:
    """Return the document as it is written to its file.

    Parameters
    ----------
    texts
        What it says in words, and the examples it shows; without them, those of `textos.toml`.
    open_release
        Opens a release that the handlers of a template answer from, and gives what asks them.

    Returns
    -------
    str
        JSON, with a line feed at its end.

    Raises
    ------
    click.ClickException
        When a text is missing or belongs to nothing, or an example cannot be shown.
    """
    template = read_template(PROJECT / "template.yaml")
    handlers = {function.name: load_handler(function) for function in template.functions}
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    texts = texts or read_texts()
    try:
        with open_release(template, handlers) as send:
            document = build(questions(template, handlers), texts, send, project["version"])
    except ExampleError as error:
        raise click.ClickException(f"{TEXTS.relative_to(PROJECT)}: {error}") from error
    if problems := texts.problems():
        raise click.ClickException("\n".join([f"{TEXTS.relative_to(PROJECT)}:", *problems]))
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    main()
