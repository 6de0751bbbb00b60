"""`python -m infra.openapi`: write the API's OpenAPI document, or see whether it is stale."""

from __future__ import annotations

import json
import sys
import tomllib

import click

from infra.local.template import read_template
from infra.openapi import DOCUMENT, PROJECT
from infra.openapi.document import build
from infra.openapi.examples import ExampleError, sample_release
from infra.openapi.services import load_handler, questions
from infra.openapi.texts import TEXTS, read_texts


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail if it is not what it would be.")
def main(*, check: bool) -> None:
    """Write the OpenAPI document of the template's questions."""
    written = generate()
    if not check:
        DOCUMENT.write_text(written)
    elif not DOCUMENT.exists() or DOCUMENT.read_text() != written:
        click.echo(f"stale {DOCUMENT.relative_to(PROJECT)}: make openapi", err=True)
        sys.exit(1)


def generate() -> str:
    """Return the document as it is written to its file.

    Raises
    ------
    click.ClickException
        When a text is missing or belongs to nothing, or an example cannot be shown.
    """
    template = read_template(PROJECT / "template.yaml")
    handlers = {function.name: load_handler(function) for function in template.functions}
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    texts = read_texts()
    try:
        with sample_release(template, handlers) as ask:
            document = build(questions(template, handlers), texts, ask, project["version"])
    except ExampleError as error:
        raise click.ClickException(f"{TEXTS.relative_to(PROJECT)}: {error}") from error
    if problems := texts.problems():
        raise click.ClickException("\n".join([f"{TEXTS.relative_to(PROJECT)}:", *problems]))
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    main()
