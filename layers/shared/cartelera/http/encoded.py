"""Answers that are JSON already, because the job wrote them so: nothing is decoded to answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple, cast

from cartelera.http.handler import to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class EncodedAnswer[Answer](NamedTuple):
    """The JSON text of an answer, an object."""

    text: str

    def decode(self) -> Answer:
        """Return the answer itself, as a direct invocation has it."""
        return cast("Answer", json.loads(self.text))


def object_with(text: str, fields: Mapping[str, object]) -> str:
    """Return the JSON text of an object with more fields, which must not be empty.

    Parameters
    ----------
    text
        The object's JSON text; it has a field.
    fields
        The fields to add at its end.
    """
    return f"{text[:-1]},{to_json(fields)[1:]}"


def array_of(texts: Iterable[str]) -> str:
    """Return the JSON text of an array of some."""
    return f"[{','.join(texts)}]"
