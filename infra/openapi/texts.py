"""What the documents say in words: `texts.toml`, which has each text in both languages.

Each text is used and none is missing.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TEXTS = Path(__file__).parent / "texts.toml"
LANGUAGES = ("es", "en")

# The names of a table, of the table in it, and so on.
type Keys = tuple[str, ...]

_TAG = "etiqueta"
_EXAMPLES = "ejemplos"


class Texts:
    """The texts of a file in one language. It records which are missing, and which are unused.

    The `tags` of the routes are keys of `etiquetas`, where their texts are. Of the `examples` of
    each route, and of the `posted_examples` of its POST, only the summary is a text.
    """

    def __init__(self, document: Mapping[str, Any], language: str) -> None:
        """Take the texts of a document.

        Parameters
        ----------
        document
            The tables of the file.
        language
            That of `LANGUAGES` in which the texts are read.
        """
        routes = document.get("rutas", {})
        self.tags = {name: route[_TAG] for name, route in routes.items() if _TAG in route}
        self.examples = {name: route.get(_EXAMPLES, {}) for name, route in routes.items()}
        self.posted_examples = {
            name: route.get("post", {}).get(_EXAMPLES, {}) for name, route in routes.items()
        }
        self._language = language
        # By its keys, a text in each of its languages.
        self._texts: dict[Keys, dict[str, str]] = {}
        self._unused: dict[Keys, None] = {}
        self._missing: list[str] = []
        for keys, value in _leaves(document, ()):
            if not _is_text(keys):
                continue
            if keys[-1] in LANGUAGES:
                self._texts.setdefault(keys[:-1], {})[keys[-1]] = value
                self._unused[keys[:-1]] = None
            else:
                self._unused[keys] = None

    def get(self, *choices: Keys) -> str:
        """Return the first text that is there, of some choices, the most particular first.

        One that is there in another language alone is missing: no other choice stands in for it.
        """
        for keys in choices:
            if keys in self._texts:
                self._unused.pop(keys, None)
                if self._language in self._texts[keys]:
                    return self._texts[keys][self._language].strip()
                choices = (keys,)
                break
        self.add_missing(*((*keys, self._language) for keys in choices))
        return ""

    def add_missing(self, *choices: Keys) -> None:
        """Record that one of some choices must be there and none is."""
        self._missing.append(" or ".join(map(".".join, choices)))

    def problems(self) -> list[str]:
        """Return a line for each text that is missing or unused."""
        return [f"there is no {choices}" for choices in dict.fromkeys(self._missing)] + [
            f"{'.'.join(keys)} describes nothing" for keys in self._unused
        ]


def read_texts(language: str) -> Texts:
    """Return the texts of `texts.toml` in one of `LANGUAGES`."""
    return Texts(tomllib.loads(TEXTS.read_text()), language)


def _is_text(keys: Keys) -> bool:
    """Return whether a value is a text: no tag, nor what an example asks or what varies in it."""
    if _EXAMPLES in keys:
        # After the example's name.
        return keys[keys.index(_EXAMPLES) + 2 :][:1] == ("resumen",)
    return keys[-1] != _TAG


def _leaves(table: Mapping[str, Any], within: Keys) -> Iterator[tuple[Keys, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*within, name))
        else:
            yield (*within, name), value
