"""Libraries without what a cold start does not need of them.

Powertools' packages import all of themselves: the tracer, JMESPath, what adds to boto3's headers.
Here they are put into `sys.modules` without being run, so that their submodules can be imported
alone. So are some modules of the standard library that others import and hardly ever use. Nothing
of a library is changed, and nothing is missing: whoever asks for a name that is not there yet runs
the package's or module's own code first.
"""

from __future__ import annotations

import sys
from importlib.util import LazyLoader, find_spec, module_from_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any, override

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

# Each after the one that it is part of.
PACKAGES = (
    "aws_lambda_powertools",
    "aws_lambda_powertools.logging",
    "aws_lambda_powertools.metrics",
)
MODULES = (
    # Powertools' logger imports them, and needs the first to find a correlation id in the event
    # and the second where it logs a sample.
    "aws_lambda_powertools.utilities.jmespath_utils",
    "random",
    # `inspect` looks at source code with them; the logger has it for the arguments of a function.
    "ast",
    "tokenize",
    # `urllib.parse` reads IPv6 addresses with it.
    "ipaddress",
)


class _LazyPackage(ModuleType):
    """A package whose own code runs when somebody asks for what it does not have."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (whatever the package has)
        _run(self)
        return getattr(self, name)

    @override
    def __dir__(self) -> list[str]:
        _run(self)
        return dir(self)


def _run(package: ModuleType) -> None:
    # From here on it is a package like any other.
    package.__class__ = ModuleType
    spec = package.__spec__
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(package)


def make_imports_lazy() -> None:
    """Let packages and modules wait until they are needed, unless they are there."""
    for name in PACKAGES:
        if name not in sys.modules:
            package = module_from_spec(_spec(name))
            package.__class__ = _LazyPackage
            _add(name, package)
    for name in MODULES:
        if name not in sys.modules:
            spec = _spec(name)
            if spec.loader is not None:
                spec.loader = LazyLoader(spec.loader)
                module = module_from_spec(spec)
                spec.loader.exec_module(module)
                _add(name, module)


def _spec(name: str) -> ModuleSpec:
    spec = find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    return spec


def _add(name: str, module: ModuleType) -> None:
    sys.modules[name] = module
    parent, _, own = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], own, module)
