"""Powertools without what a cold start does not need of it.

Its packages import all of themselves: the tracer, JMESPath, what adds to boto3's headers. Here they
are put into `sys.modules` without being run, so that their submodules can be imported alone.
Nothing of the library is changed, and nothing is missing: whoever asks a package for a name that it
does not have yet runs the package's own code first.
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
# The logger imports it, and needs it only where it is to find a correlation id in the event.
MODULE = "aws_lambda_powertools.utilities.jmespath_utils"


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


def make_powertools_lazy() -> None:
    """Let the packages of Powertools wait until they are needed, unless they are there."""
    for name in PACKAGES:
        if name not in sys.modules:
            package = module_from_spec(_spec(name))
            package.__class__ = _LazyPackage
            _add(name, package)
    if MODULE not in sys.modules:
        spec = _spec(MODULE)
        if spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
            module = module_from_spec(spec)
            spec.loader.exec_module(module)
            _add(MODULE, module)


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
