"""The questions that the template deploys: their handlers, and the paths that lead to them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from cartelera.http.handler import Handler
from cartelera.http.question import Question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.template import Function, Template

# Where a request holds the parameter that a question is about.
type Location = Literal["path", "query", "body"]


@dataclass(frozen=True, slots=True)
class Service:
    """A function that answers a question, and the paths of the template that lead to it."""

    name: str
    handler: Question
    paths: tuple[str, ...]

    @property
    def has_name(self) -> bool:
        """Whether it looks something up by a name, which a path may hold."""
        return any(path.endswith("+}") for path in self.paths)


def load_handler(function: Function) -> Handler:
    """Return a function's handler from its module, which is one of the package `functions`."""
    module, _, name = function.handler.partition(".")
    handler = getattr(import_module(f"functions.{function.code.name}.{module}"), name)
    if not isinstance(handler, Handler):
        raise TypeError(f"{function.code}: {name} is no handler of ours")
    return handler


def questions(template: Template, handlers: Mapping[str, Handler]) -> list[Service]:
    """Return the functions that answer questions, not those that serve pages, in their order.

    Parameters
    ----------
    template
        What is deployed.
    handlers
        The handler of each function, by the function's logical id.
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
