"""What the document says in words: `textos.toml`, each text used and none missing."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TEXTS = Path(__file__).parent / "textos.toml"

type Place = tuple[str, ...]


class Texts:
    """The texts of a file, by the tables they stand in.

    What is asked for and not there, or there and never asked for, is remembered.

    Attributes
    ----------
    examples, posted_examples : dict
        The examples of each route, and those of its POST; they are no texts.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        routes = document.get("rutas", {})
        self.examples = {name: route.get("ejemplos", {}) for name, route in routes.items()}
        self.posted_examples = {
            name: route.get("post", {}).get("ejemplos", {}) for name, route in routes.items()
        }
        leaves = _leaves(document, ())
        self._texts = {place: text for place, text in leaves if "ejemplos" not in place}
        self._unused = dict.fromkeys(self._texts)
        self._missing: list[str] = []

    def say(self, *places: Place) -> str:
        """Return the text of the first of some places that has one, the most particular first."""
        for place in places:
            if place in self._texts:
                self._unused.pop(place, None)
                return str(self._texts[place]).strip()
        self.miss(*places)
        return ""

    def miss(self, *places: Place) -> None:
        """Remember that something is at none of some places, though it must be."""
        self._missing.append(" or ".join(map(".".join, places)))

    def problems(self) -> list[str]:
        """Return a line for each text that is missing, or belongs to nothing."""
        return [f"there is no {places}" for places in dict.fromkeys(self._missing)] + [
            f"{'.'.join(place)} describes nothing" for place in self._unused
        ]


def read_texts() -> Texts:
    """Return the texts of `textos.toml`."""
    return Texts(tomllib.loads(TEXTS.read_text()))


def _leaves(table: Mapping[str, Any], within: Place) -> Iterator[tuple[Place, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*within, name))
        else:
            yield (*within, name), value
