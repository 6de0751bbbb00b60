"""The Spanish pages beside the English ones: the same commands, answers and figures.

`python -m tests.translations` copies the blocks of the English pages into the Spanish ones.
"""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).parent.parent
# Each English page and its translation.
TRANSLATIONS = {"README.md": "README.es.md", "docs/questions.md": "docs/es/preguntas.md"}
_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str) -> list[str]:
    """Return the blocks of a page: commands, and what they answer."""
    return _BLOCK.findall((PROJECT / page).read_text())


def main() -> None:
    """Copy the blocks of each page into its translation."""
    for page, translation in TRANSLATIONS.items():
        copied = iter(blocks(page))
        file = PROJECT / translation
        if len(blocks(page)) != len(blocks(translation)):
            raise SystemExit(f"{translation} has another number of blocks than {page}")
        file.write_text(_BLOCK.sub(lambda _: next(copied), file.read_text()))  # noqa: B023


if __name__ == "__main__":
    main()
