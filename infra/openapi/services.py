"""The questions that the template deploys: their handlers, and the paths that lead to them."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cartelera.http.handler import Handler
from cartelera.http.question import Question

if TYPE_CHECKING:
    from infra.local.template import Function, Template

# Where the parameter that a question is about goes.
type Way = Literal["path", "query", "body"]


@dataclass(frozen=True, slots=True)
class Service:
    """A function that answers a question, and the paths of the template that lead to it."""

    name: str
    handler: Question
    paths: tuple[str, ...]

    @property
    def has_name(self) -> bool:
        """Whether it looks something up by a name, which a path may carry."""
        return any(path.endswith("+}") for path in self.paths)


def load_handler(function: Function) -> Handler:
    """Return a function's handler, with its module loaded from where the template says."""
    module, _, name = function.handler.partition(".")
    spec = importlib.util.spec_from_file_location(
        f"{function.code.name}_{module}", function.code / f"{module}.py"
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{function.code}: no module {module}")
    loaded = importlib.util.module_from_spec(spec)
    # Where the names in its types are looked up.
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    handler = getattr(loaded, name)
    if not isinstance(handler, Handler):
        raise TypeError(f"{function.code}: {name} is no handler of ours")
    return handler


def questions(template: Template, handlers: dict[str, Handler]) -> list[Service]:
    """Return the functions that answer questions, in the template's order.

    Those that serve pages, the documentation itself and the report, are none of them.
    """
    return [
        Service(
            function.code.name,
            handler,
            tuple(route.path for route in template.routes if route.function == function.name),
        )
        for function in template.functions
        if isinstance(handler := handlers[function.name], Question)
    ]
