"""Clients made of the API's description by other people's generators, used against the API."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.local import PROJECT
from infra.openapi import DOCUMENT
from tests.e2e.host import Host
from tests.e2e.serving import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.template import Template

pytestmark = pytest.mark.skipif("E2E" not in os.environ, reason="installs them: make e2e runs it")

HERE = Path(__file__).parent / "clients"
TOOLS = PROJECT / ".venv-clients" / "bin"
SECONDS = 180


@pytest.fixture(scope="module")
def site(
    template: Template, sample_place: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with served(template, sample_place, tmp_path_factory.mktemp("logs")) as address:
        yield address.removesuffix("/")


def test_a_client_in_python_has_typed_answers_and_leaves_nothing_out(
    site: str, tmp_path: Path
) -> None:
    host, package = Host(), tmp_path / "cartelera_client"
    said = host.run(
        *(TOOLS / "openapi-python-client", "generate", "--meta", "none"),
        *("--path", DOCUMENT, "--output-path", package, "--config", HERE / "python.yaml"),
        seconds=SECONDS,
    )

    # It warns of what it cannot make, and goes on.
    assert "Warning" not in said
    shutil.copy(HERE / "ask.py", tmp_path)
    host.run(TOOLS / "python", tmp_path / "ask.py", site, seconds=SECONDS)


def test_a_client_in_typescript_has_typed_answers(site: str, tmp_path: Path) -> None:
    host = Host()
    for name in ("package.json", "package-lock.json", "ask.ts"):
        shutil.copy(HERE / name, tmp_path)
    # No scripts of packages: none needs one.
    npm = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", tmp_path)
    host.run(TOOLS / "npm", *npm, seconds=SECONDS)
    modules, node = tmp_path / "node_modules", TOOLS / "node"
    made = ("-o", tmp_path / "api.ts")
    host.run(node, modules / "openapi-typescript/bin/cli.js", DOCUMENT, *made, seconds=SECONDS)
    strict = ("--noEmit", "--strict", "--noUncheckedIndexedAccess", "--allowImportingTsExtensions")
    modern = ("--target", "es2022", "--module", "nodenext")
    compiler = modules / "typescript/bin/tsc"

    host.run(
        node,
        compiler,
        *strict,
        *modern,
        "--lib",
        "es2022,dom",
        tmp_path / "ask.ts",
        seconds=SECONDS,
    )
    host.run(node, tmp_path / "ask.ts", site, seconds=SECONDS)
