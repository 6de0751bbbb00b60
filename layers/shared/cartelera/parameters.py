"""What a question may be asked with: how each parameter is read, and what it allows."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote

from cartelera.contract.names import LONGEST_NAME, key
from cartelera.contract.tables import FIRST_YEAR, LAST_YEAR
from cartelera.errors import InvalidParameterError

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
# What a program makes of a float64 has 24 characters at most.
_LONGEST_DECIMAL = 32
# As JSON writes numbers, but that the 0 before the point may be left out.
_DECIMAL = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_YES = ("true", "1", "si", "sí", "")
_NO = ("false", "0", "no")
USUAL_WEIGHT = 1.0
HIGHEST_WEIGHT = 10
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
class Fraction:
    """A number from 0 to 1, both allowed."""

    name: str
    default: float | None = None

    def read(self, value: object) -> float | None:
        """Return the number; see `Parameter.read`."""
        if value is None:
            return self.default
        number = _number(value)
        if number is None or not 0 <= number <= 1:
            detail = f"`{self.name}` debe ser un número de 0 a 1, con punto decimal."
            raise InvalidParameterError(self.name, detail)
        # Less than nothing by its sign alone, -0 is 0.
        return abs(float(number))


@dataclass(frozen=True, slots=True)
class Weight:
    """How much something counts: a number over 0, up to `HIGHEST_WEIGHT`; not given, it is 1."""

    name: str

    def read(self, value: object) -> float:
        """Return the number; see `Parameter.read`."""
        if value is None:
            return USUAL_WEIGHT
        number = _number(value)
        if number is None or not 0 < number <= HIGHEST_WEIGHT:
            detail = (
                f"`{self.name}` debe ser un número mayor que 0, hasta {HIGHEST_WEIGHT}, "
                "con punto decimal."
            )
            raise InvalidParameterError(self.name, detail)
        return float(number)


def _number(value: object) -> float | None:
    # The length bound keeps float() away from megabytes of digits.
    if isinstance(value, str) and len(value) <= _LONGEST_DECIMAL and _DECIMAL.fullmatch(value):
        return float(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that is wanted or not; not, unless it is said."""

    name: str

    def read(self, value: object) -> bool:
        """Return whether it is wanted; see `Parameter.read`.

        Its name alone says so (`?sin_franquicia`): a query string gives it as an empty text.
        """
        if value is None or isinstance(value, bool):
            return bool(value)
        said = value.casefold() if isinstance(value, str) else None
        if said not in _YES + _NO:
            detail = f"`{self.name}` debe ser uno de: true, false, 1, 0, sí, no."
            raise InvalidParameterError(self.name, detail)
        return said in _YES


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


@dataclass(frozen=True, slots=True)
class Taste:
    """A film that somebody names, and how much it counts beside the others.

    Attributes
    ----------
    titulo : tuple of str or None
        Its title in its possible spellings, as `Text.read` gives them.
    anio, id : int or None
        Its year, and its number in TMDB; where there is no title there is a number.
    peso : float
        How much it counts, as `Weight.read` gives it.
    """

    titulo: tuple[str, ...] | None
    anio: int | None
    id: int | None
    peso: float


# What a taste may hold, in the order of its fields.
TASTE_MEMBERS = (Text("titulo", required=False), YEAR, FILM_ID, Weight("peso"))
MOST_TASTES = 500


@dataclass(frozen=True, slots=True)
class Tastes:
    """A list of films that somebody names, each an object; not given, it is empty."""

    name: str

    def read(self, value: object) -> list[Taste]:
        """Return the films; see `Parameter.read`."""
        if value is None:
            return []
        if not isinstance(value, list):
            detail = f"`{self.name}` debe ser una lista de objetos con `titulo` o `id`."
        elif len(value) > MOST_TASTES:
            detail = f"`{self.name}` tiene {len(value)} elementos; máximo {MOST_TASTES}."
        else:
            return [_taste(each, f"{self.name}[{place}]") for place, each in enumerate(value)]
        raise InvalidParameterError(self.name, detail)


def _taste(given: object, place: str) -> Taste:
    """Read a film; what is wrong with it is said of its place in the list."""
    if not isinstance(given, dict):
        raise InvalidParameterError(place, f"`{place}` debe ser un objeto con `titulo` o `id`.")
    members = [replace(member, name=f"{place}.{member.name}") for member in TASTE_MEMBERS]
    values: dict[str, Any] = read_all(
        members, {f"{place}.{name}": value for name, value in given.items()}
    )
    taste = Taste(*values.values())
    if taste.titulo is None and taste.id is None:
        raise InvalidParameterError(place, f"`{place}` debe tener `titulo` o `id`.")
    return taste


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
            detail = f"No se conoce `{name}`; se admiten {listed(parameters)}."
            raise InvalidParameterError(name, detail)
    return {parameter.name: parameter.read(given.get(parameter.name)) for parameter in parameters}


def listed(parameters: Sequence[Parameter]) -> str:
    """Return the parameters' names as a message lists them."""
    return ", ".join(f"`{parameter.name}`" for parameter in parameters)
