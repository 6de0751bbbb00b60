"""`python -m tests.e2e.firefox`: a Firefox for the tests of the page, driven by WebDriver BiDi.

Exit codes: 0 there is one; 3 none is available here, and the message says why.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, cast

from websockets.sync.client import connect

from tests.e2e.host import Browser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from websockets.sync.client import ClientConnection

FIREFOX = Browser("Firefox", ("firefox-esr", "firefox"), "firefox-esr")
_LISTENING = re.compile(r"WebDriver BiDi listening on (\S+)")
_SECONDS = 30.0


class Tab:
    """A tab of Firefox.

    `said` has what its pages wrote on the console, errors that nothing caught included.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = count(1)
        self.said: list[str] = []
        self._command("session.new", capabilities={})
        self._command("session.subscribe", events=["log.entryAdded"])
        (context,) = self._command("browsingContext.getTree")["contexts"]
        self._context = context["context"]

    def _command(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(_SECONDS))
            if message.get("method") == "log.entryAdded":
                self.said.append(message["params"]["text"])
            if message.get("id") == number:
                assert message["type"] == "success", message
                return cast("dict[str, Any]", message["result"])

    def open(self, address: str) -> None:
        """Open a page, and wait until it is loaded."""
        self._command(
            "browsingContext.navigate", context=self._context, url=address, wait="complete"
        )

    def ask(self, expression: str) -> object:
        """Return the value of an expression of JavaScript, a text or a number."""
        answer = self._command(
            "script.evaluate",
            expression=expression,
            target={"context": self._context},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until an expression of JavaScript is true."""
        end = time.monotonic() + _SECONDS
        while self.ask(f"Boolean({expression})") is not True:
            assert time.monotonic() < end, f"{expression} is not true; {self.said}"
            time.sleep(0.05)

    def type(self, text: str) -> None:
        """Type a text where the focus is; `\\ue007` is Enter."""
        keys = [{"type": each, "value": key} for key in text for each in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": keys}
        self._command("input.performActions", context=self._context, actions=[source])


@contextmanager
def opened(path: str, profile: Path) -> Iterator[Tab]:
    """Start Firefox with a profile of its own; yields its tab."""
    log = profile / "firefox.log"
    # 0: any free port; Firefox says which.
    options = ["--headless", "--no-remote", "--remote-debugging-port=0", "--profile", str(profile)]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 (the command is ours)
            [path, *options],
            stdout=output,
            stderr=output,
            # As root it refuses a home that is somebody else's.
            env=os.environ | {"HOME": str(profile)},
        )
    try:
        end = time.monotonic() + _SECONDS
        while not (said := _LISTENING.search(log.read_text(errors="replace"))):
            assert time.monotonic() < end, log.read_text(errors="replace")
            time.sleep(0.05)
        with connect(f"{said[1]}/session", max_size=None, proxy=None) as socket:
            yield Tab(socket)
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    FIREFOX.main()
