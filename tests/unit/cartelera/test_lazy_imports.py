"""Powertools is imported in part, and nobody notices."""

from __future__ import annotations

import json
import subprocess
import sys
from textwrap import dedent
from typing import Any

from cartelera.lazy_imports import MODULES, PACKAGES

# What a package has of its own, and its public names.
SHOW = """
import importlib, json
names = {}
for name in json.loads(sys.argv[1]):
    module = importlib.import_module(name)
    # This runs what has not run. Submodules are there once somebody imports them.
    own = [each for each in dir(module) if type(getattr(module, each)) is not type(json)]
    names[name] = [sorted(vars(module).get("__all__", ())), own]
print(json.dumps(names))
"""
LAZILY = """
from cartelera.lazy_imports import make_imports_lazy
make_imports_lazy()
make_imports_lazy()
from aws_lambda_powertools.logging.logger import Logger
"""


def run(code: str, *arguments: str) -> str:
    """Return what a fresh process prints."""
    done = subprocess.run(  # noqa: S603 (the command is ours)
        [sys.executable, "-c", "import sys\n" + dedent(code), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
    return done.stdout


def test_each_package_has_the_names_that_it_has_without_us() -> None:
    modules = json.dumps([*PACKAGES, *MODULES])

    usual: dict[str, Any] = json.loads(run(SHOW, modules))
    lazy: dict[str, Any] = json.loads(run(LAZILY + SHOW, modules))

    for name, (public, own) in usual.items():
        assert lazy[name][0] == public, name
        assert lazy[name][1] == own, name
    assert "Logger" in usual["aws_lambda_powertools"][0]


def test_a_name_of_a_package_is_the_one_of_its_submodule() -> None:
    asked = """
        import aws_lambda_powertools
        from aws_lambda_powertools import Logger as own, Tracer, single_metric
        from aws_lambda_powertools.logging import Logger as of_logging
        from aws_lambda_powertools.metrics import MetricUnit
        from aws_lambda_powertools.utilities import jmespath_utils
        from aws_lambda_powertools.utilities.batch import BatchProcessor

        assert own is Logger is of_logging is aws_lambda_powertools.logging.logger.Logger
        assert jmespath_utils.query({"a": {"b": 1}}, "a.b") == 1
        assert aws_lambda_powertools.__version__
        try:
            aws_lambda_powertools.no_such_name
        except AttributeError:
            pass
        else:
            raise AssertionError
    """
    run(LAZILY + dedent(asked))


def test_what_was_imported_before_stays_as_it_is() -> None:
    run(
        """
        import aws_lambda_powertools
        before = dict(sys.modules)
        from cartelera.lazy_imports import make_imports_lazy
        make_imports_lazy()
        assert all(sys.modules[name] is module for name, module in before.items())
        """
    )


def test_a_function_starts_without_what_it_does_not_need() -> None:
    imported = run("import cartelera.http.question; print(*sys.modules)").split()

    assert "aws_lambda_powertools.logging.logger" in imported
    for unneeded in ("aws_lambda_powertools.tracing", "jmespath", "asyncio", "typing_extensions"):
        assert unneeded not in imported
    assert "cartelera.lookup.suggestions" not in imported
