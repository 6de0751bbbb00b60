"""What the document says in words: `textos.toml`, each text used and none missing."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TEXTS = Path(__file__).parent / "textos.toml"

# The names of a table, of the table in it, and so on.
type Keys = tuple[str, ...]


class Texts:
    """The texts of a file, by their keys. It records which are missing, and which are unused.

    The `examples` of each route, and the `posted_examples` of its POST, are no texts.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        routes = document.get("rutas", {})
        self.examples = {name: route.get("ejemplos", {}) for name, route in routes.items()}
        self.posted_examples = {
            name: route.get("post", {}).get("ejemplos", {}) for name, route in routes.items()
        }
        self._texts = {keys: text for keys, text in _leaves(document, ()) if "ejemplos" not in keys}
        self._unused = dict.fromkeys(self._texts)
        self._missing: list[str] = []

    def get(self, *choices: Keys) -> str:
        """Return the first text that is there, of some choices, the most particular first."""
        for keys in choices:
            if keys in self._texts:
                self._unused.pop(keys, None)
                return str(self._texts[keys]).strip()
        self.add_missing(*choices)
        return ""

    def add_missing(self, *choices: Keys) -> None:
        """Record that one of some choices must be there and none is."""
        self._missing.append(" or ".join(map(".".join, choices)))

    def problems(self) -> list[str]:
        """Return a line for each text that is missing or unused."""
        return [f"there is no {choices}" for choices in dict.fromkeys(self._missing)] + [
            f"{'.'.join(keys)} describes nothing" for keys in self._unused
        ]


def read_texts() -> Texts:
    """Return the texts of `textos.toml`."""
    return Texts(tomllib.loads(TEXTS.read_text()))


def _leaves(table: Mapping[str, Any], within: Keys) -> Iterator[tuple[Keys, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*within, name))
        else:
            yield (*within, name), value
