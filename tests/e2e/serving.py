"""The API on this machine, each function in a process of its own."""

from __future__ import annotations

import socket
from contextlib import ExitStack, contextmanager
from threading import Thread
from typing import TYPE_CHECKING

import uvicorn

from cartelera.contract.release_format import RELEASES_VARIABLE
from infra.local.functions import LocalFunction
from infra.local.gateway import gateway

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.local.template import Template


@contextmanager
def served(template: Template, place: Path, logs: Path) -> Iterator[str]:
    """Serve the template's routes from the releases in a folder; yields where."""
    environment = {RELEASES_VARIABLE: place.as_uri()}
    with ExitStack() as stack, socket.socket(proto=socket.IPPROTO_TCP) as listener:
        functions = {}
        for each in template.functions:
            function = LocalFunction(each, environment, logs / f"{each.name}.log")
            stack.callback(function.close)
            functions[each.name] = function.invoke
        listener.bind(("127.0.0.1", 0))
        app = gateway(template, functions, lambda *_: None)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        listener.listen()
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()
