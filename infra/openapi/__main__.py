"""`python -m infra.openapi`: write the API's OpenAPI document, or check whether it is stale."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from infra.local import PROJECT
from infra.local.template import read_template
from infra.openapi import DOCUMENT
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
@click.option("--check", is_flag=True, help="Write nothing; fail if the document is stale.")
@click.option(
    "--document",
    type=click.Path(dir_okay=False, resolve_path=True, path_type=Path),
    default=DOCUMENT,
    help="The file; without it, the one that the API serves.",
)
@click.pass_obj
def main(generator: Callable[[], str] | None, document: Path, *, check: bool) -> None:
    """Write the OpenAPI document of the template's questions."""
    # Tests pass another generator as click's `obj`.
    written = (generator or generate)()
    if not check:
        document.write_text(written)
    elif not document.exists() or document.read_text() != written:
        named = document.relative_to(Path.cwd(), walk_up=True)
        click.echo(f"stale {named}: make openapi", err=True)
        sys.exit(1)


def generate(texts: Texts | None = None, open_release: OpenRelease = sample_release) -> str:
    """Return the document as it is written to its file: JSON, with a line feed at its end.

    A `click.ClickException` says which text is missing or unused, or why an example is not shown.

    Parameters
    ----------
    texts
        The words and examples; without them, those of `textos.toml`.
    open_release
        Opens a release for the handlers of a template, and returns what sends them requests.
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
