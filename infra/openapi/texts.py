"""What the documents say in words: `textos.toml` and, in English, `textos.en.toml`.

Each text is used and none is missing. What the examples ask is in `textos.toml` alone.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TEXTS = Path(__file__).parent / "textos.toml"
ENGLISH_TEXTS = Path(__file__).parent / "textos.en.toml"

# The names of a table, of the table in it, and so on.
type Keys = tuple[str, ...]

_EXAMPLES = "ejemplos"


class Texts:
    """The texts of a file, by their keys. It records which are missing, and which are unused.

    Of the `examples` of each route, and of the `posted_examples` of its POST, only the summary is
    a text.
    """

    def __init__(
        self, document: Mapping[str, Any], examples_of: Mapping[str, Any] | None = None
    ) -> None:
        """Take the texts of a document.

        Parameters
        ----------
        document
            The tables of the file.
        examples_of
            Those of the file that has the examples, if that is another.
        """
        routes = (document if examples_of is None else examples_of).get("rutas", {})
        self.examples = {name: route.get("ejemplos", {}) for name, route in routes.items()}
        self.posted_examples = {
            name: route.get("post", {}).get("ejemplos", {}) for name, route in routes.items()
        }
        self._texts = {keys: text for keys, text in _leaves(document, ()) if _is_text(keys)}
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
    return Texts(_read(TEXTS))


def read_english_texts() -> Texts:
    """Return the texts of `textos.en.toml`, with the examples of `textos.toml`."""
    return Texts(_read(ENGLISH_TEXTS), _read(TEXTS))


def _read(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text())


def _is_text(keys: Keys) -> bool:
    """Return whether a value is a text, and not what an example asks or what varies in it."""
    if _EXAMPLES not in keys:
        return True
    # After the example's name.
    return keys[keys.index(_EXAMPLES) + 2 :] == ("resumen",)


def _leaves(table: Mapping[str, Any], within: Keys) -> Iterator[tuple[Keys, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*within, name))
        else:
            yield (*within, name), value
