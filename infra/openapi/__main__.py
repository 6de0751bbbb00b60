"""`python -m infra.openapi`: write the API's OpenAPI documents, or check whether they are stale."""

from __future__ import annotations

import json
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from infra.local import PROJECT
from infra.local.template import read_template
from infra.openapi import DOCUMENT, ENGLISH_DOCUMENT
from infra.openapi.document import build
from infra.openapi.examples import ExampleError, sample_release
from infra.openapi.services import load_handler, questions
from infra.openapi.texts import ENGLISH_TEXTS, TEXTS, read_english_texts, read_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from cartelera.http.handler import Handler
    from infra.local.template import Template
    from infra.openapi.examples import Send
    from infra.openapi.texts import Texts

    type OpenRelease = Callable[[Template, Mapping[str, Handler]], AbstractContextManager[Send]]


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail if a document is stale.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, resolve_path=True, path_type=Path),
    default=DOCUMENT.parent,
    help="Where the documents are; without it, in the folder that the API serves.",
)
@click.pass_obj
def main(generator: Callable[[], dict[str, str]] | None, folder: Path, *, check: bool) -> None:
    """Write the OpenAPI documents of the template's questions, in Spanish and in English."""
    # Tests pass another generator as click's `obj`.
    documents = (generator or generate)()
    if not check:
        for name, written in documents.items():
            (folder / name).write_text(written)
        return
    paths = ((folder / name, written) for name, written in documents.items())
    stale = [path for path, written in paths if not path.exists() or path.read_text() != written]
    for path in stale:
        click.echo(f"stale {path.relative_to(Path.cwd(), walk_up=True)}: make openapi", err=True)
    sys.exit(bool(stale))


def generate(
    read: Callable[[], Texts] = read_texts,
    read_english: Callable[[], Texts] = read_english_texts,
    open_release: OpenRelease = sample_release,
) -> dict[str, str]:
    """Return the documents by file name as they are written: JSON, with a line feed at the end.

    A `click.ClickException` says which text is missing or unused, or why an example is not shown.

    Parameters
    ----------
    read, read_english
        Return the words and examples of each language.
    open_release
        Opens a release for the handlers of a template, and returns what sends them requests.
    """
    template = read_template(PROJECT / "template.yaml")
    handlers = {function.name: load_handler(function) for function in template.functions}
    services = questions(template, handlers)
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    # The English document lies one folder further down, beside the page that reads it.
    languages = (
        ("es", DOCUMENT, TEXTS, read(), "."),
        ("en", ENGLISH_DOCUMENT, ENGLISH_TEXTS, read_english(), ".."),
    )
    documents = {}
    with open_release(template, handlers) as send:
        for language, file, source, texts, server in languages:
            asked_in = _in_language(send, language)
            try:
                document = build(services, texts, asked_in, project["version"], server)
            except ExampleError as error:
                raise click.ClickException(f"{source.relative_to(PROJECT)}: {error}") from error
            if problems := texts.problems():
                raise click.ClickException(
                    "\n".join([f"{source.relative_to(PROJECT)}:", *problems])
                )
            documents[file.name] = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return documents


def _in_language(send: Send, language: str) -> Send:
    headers = (("Accept-Language", language),)
    return lambda request: send(replace(request, headers=headers))


if __name__ == "__main__":
    main()
