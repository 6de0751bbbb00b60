"""Finding a language as people and programs name it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartelera.lookup.table import Table

# A language with a script, a region or both, as BCP 47 and POSIX write it: "es-ES", "pt_BR",
# "zh-Hans-CN", "es-419".
_LOCALE = re.compile(
    r"([a-z]{2,3})(?:[-_](?:[a-z]{4}|[a-z]{2}|[0-9]{3}))+", re.ASCII | re.IGNORECASE
)


def language_spellings[Row](table: Table[Row], spellings: tuple[str, ...]) -> tuple[str, ...]:
    """Return the spellings of the language that somebody means: a locale's code means its language.

    Parameters
    ----------
    table, spellings
        A table of languages, and the name or code in its possible spellings. What the table has no
        language for is returned as it is.
    """
    locale = _LOCALE.fullmatch(spellings[0])
    if locale and not table.matches(*spellings) and table.matches(locale[1]):
        return (locale[1],)
    return spellings
