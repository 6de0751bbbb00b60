"""What a question may be asked with: how each parameter is read, and what it allows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote

from cartelera.errors import InvalidParameterError
from cartelera.names import LONGEST_NAME, key
from cartelera.tables import FIRST_YEAR, LAST_YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class InPath(str):
    """A value from the path: percent-encoded, unless the gateway has decoded it already."""

    __slots__ = ()


class Parameter(Protocol):
    """One parameter of a question."""

    @property
    def name(self) -> str:
        """Its name, in path, query string and direct invocations alike."""

    def read(self, value: object) -> object:
        """Return the parameter's value as the question takes it; None stands for not given.

        Raises
        ------
        InvalidParameterError
            When it cannot be used; the message says what is allowed.
        """


# Of more digits Python makes no text by itself.
_LONGEST_NUMBER = 10**15
# Tabs and line ends come with what people paste; no name needs the others.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Text:
    """A name to look up; read as its possible spellings, likeliest first."""

    name: str
    required: bool = True

    def read(self, value: object) -> tuple[str, ...] | None:
        """Return what the text may be; see `Parameter.read`.

        API Gateway passes paths as they were encoded, `sam local` decodes them. Some real
        names hold escapes of their own ("K%2FW Productions"), so a path is taken both ways.
        """
        if value is None:
            if self.required:
                detail = f"Falta `{self.name}`: va en la ruta o como ?{self.name}=."
                raise InvalidParameterError(self.name, detail)
            return None
        spellings = _spellings(value)
        if not spellings:
            detail = f"`{self.name}` debe ser un texto."
        elif len(spellings[0]) > LONGEST_NAME:
            detail = f"`{self.name}` tiene {len(spellings[0])} caracteres; máximo {LONGEST_NAME}."
        elif CONTROL.search(spellings[0]):
            detail = f"`{self.name}` tiene caracteres de control."
        elif not key(spellings[0]):
            detail = f"`{self.name}` está vacío; debe tener alguna letra, cifra o signo."
        else:
            return spellings
        raise InvalidParameterError(self.name, detail)


def _spellings(value: object) -> tuple[str, ...]:
    # A title or a month may be a number, and an object may hold it as one.
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LONGEST_NUMBER:
        return (str(value),)
    if isinstance(value, InPath):
        return tuple(dict.fromkeys((unquote(value), str(value))))
    return (value,) if isinstance(value, str) else ()


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """A whole number between two bounds, both allowed."""

    name: str
    low: int
    high: int
    default: int | None = None

    def read(self, value: object) -> int | None:
        """Return the number; see `Parameter.read`."""
        if value is None:
            return self.default
        number = _whole_number(value)
        if number is None or not self.low <= number <= self.high:
            detail = f"`{self.name}` debe ser un número entero de {self.low} a {self.high}."
            raise InvalidParameterError(self.name, detail)
        return number


def _whole_number(value: object) -> int | None:
    # The length bound keeps int() away from megabytes of digits.
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,10}", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    name: str
    options: tuple[str, ...]

    def read(self, value: object) -> str | None:
        """Return the word; see `Parameter.read`."""
        if value is None or value in self.options:
            return value
        options = ", ".join(self.options)
        raise InvalidParameterError(self.name, f"`{self.name}` debe ser uno de: {options}.")


# What the film questions share.
YEAR = WholeNumber("anio", FIRST_YEAR, LAST_YEAR)
FILM_ID = WholeNumber("id", 1, 2**31 - 1)
# What every question that gives its answer in pages shares.
LAST_PAGE = 100_000
PAGE = WholeNumber("pagina", 1, LAST_PAGE, default=1)


def read_all(parameters: Sequence[Parameter], given: Mapping[str, object]) -> dict[str, object]:
    """Return every parameter's value by name.

    Raises
    ------
    InvalidParameterError
        When one cannot be used, or `given` holds one that the question does not know.
    """
    names = [parameter.name for parameter in parameters]
    for name in given:
        if name not in names:
            known = ", ".join(f"`{known}`" for known in names)
            raise InvalidParameterError(name, f"No se conoce `{name}`; se admiten {known}.")
    return {parameter.name: parameter.read(given.get(parameter.name)) for parameter in parameters}
