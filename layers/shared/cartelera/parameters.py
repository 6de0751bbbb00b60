"""The parameters of questions: how each is parsed, and which values it allows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import unquote

from cartelera.contract.film_status import RELEASED, STATUS_VALUES
from cartelera.contract.names import MAX_NAME_LENGTH, has_key
from cartelera.contract.readings import IMDB_ID
from cartelera.contract.tables import FIRST_YEAR, LAST_YEAR
from cartelera.errors import InvalidParameterError, Message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class PathValue(str):
    """A value from the path: percent-encoded, unless the gateway has decoded it."""

    __slots__ = ()


class Parameter(Protocol):
    """One parameter of a question."""

    @property
    def name(self) -> str:
        """Its name, in path, query string and direct invocations alike."""

    def parse(self, value: object) -> object:
        """Return the value as the question takes it; None stands for a missing one.

        Raises
        ------
        InvalidParameterError
            When the value is not allowed; the message says which are.
        """


# Python refuses to write a number of very many digits.
_MAX_NUMBER = 10**15
# The shortest text of a float64 has at most 24 characters.
_MAX_DECIMAL_LENGTH = 32
# Of one of several integers in a text, with its comma and spaces, in characters.
_MAX_LISTED_LENGTH = 16
# As JSON writes numbers, except that the 0 before the point may be missing.
_DECIMAL = r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_TRUE = ("true", "1", "si", "sí", "")
_FALSE = ("false", "0", "no")
_HALF_CHARACTERS = re.compile("[\ud800-\udfff]")
# All but tabs and line ends, which come with pasted text.
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Text(NamedTuple):
    """A name to look up; parsed into its possible spellings, likeliest first."""

    name: str
    required: bool = True

    def parse(self, value: object) -> tuple[str, ...] | None:
        """Return the spellings; see `Parameter.parse`.

        API Gateway passes paths encoded, `sam local` decodes them. Some real names contain
        escapes of their own ("K%2FW Productions"), so a path is read both ways.
        """
        if value is None and not self.required:
            return None
        if value is None:
            detail = Message(
                f"Falta `{self.name}`: va en la ruta o como ?{self.name}=.",
                f"`{self.name}` is missing: it goes in the path or as ?{self.name}=.",
            )
            raise InvalidParameterError(self.name, detail)
        spellings = _spellings(value)
        if not spellings:
            reason = Message("debe ser un texto.", "must be a text.")
        elif len(spellings[0]) > MAX_NAME_LENGTH:
            reason = Message(
                f"tiene {len(spellings[0])} caracteres; máximo {MAX_NAME_LENGTH}.",
                f"has {len(spellings[0])} characters; {MAX_NAME_LENGTH} at most.",
            )
        elif CONTROL_CHARACTERS.search(spellings[0]):
            reason = Message("tiene caracteres de control.", "has control characters.")
        elif _HALF_CHARACTERS.search(spellings[0]):
            reason = Message(
                "tiene medio carácter: un \\ud800 a \\udfff sin su pareja.",
                "has half a character: one of \\ud800 to \\udfff without its pair.",
            )
        elif not has_key(spellings[0]):
            reason = Message(
                "está vacío; debe tener alguna letra, cifra o signo.",
                "is empty; it must have some letter, digit or sign.",
            )
        else:
            return spellings
        raise _invalid(self.name, reason)


def _spellings(value: object) -> tuple[str, ...]:
    # A title or a month may be a number, in JSON too.
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MAX_NUMBER:
        return (str(value),)
    if isinstance(value, PathValue):
        return tuple(dict.fromkeys((unquote(value), str(value))))
    return (value,) if isinstance(value, str) else ()


class Integer(NamedTuple):
    """An integer between two bounds, both allowed."""

    name: str
    low: int
    high: int
    default: int | None = None

    def parse(self, value: object) -> int | None:
        """Return the number; see `Parameter.parse`."""
        if value is None:
            return self.default
        number = _integer(value)
        if number is None or not self.low <= number <= self.high:
            raise _invalid(self.name, _whole_number(self.low, self.high))
        return number


def _integer(value: object) -> int | None:
    # The length bound keeps int() away from megabytes of digits.
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,10}", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


class Integers(NamedTuple):
    """Some integers, none twice, between two bounds: a list, or a text with commas between."""

    name: str
    low: int
    high: int
    most: int

    def parse(self, value: object) -> list[int] | None:
        """Return the numbers; see `Parameter.parse`."""
        if value is None:
            return None
        # The length bound keeps `split` away from megabytes of commas.
        longest = self.most * _MAX_LISTED_LENGTH
        if isinstance(value, str):
            value = value.split(",") if len(value) <= longest else []
        elif isinstance(value, int) and not isinstance(value, bool):
            value = [value]
        parts = value if isinstance(value, list) else []
        numbers = [_integer(part.strip() if isinstance(part, str) else part) for part in parts]
        known = [each for each in numbers if each is not None and self.low <= each <= self.high]
        if not 0 < len(numbers) <= self.most or len(known) < len(numbers):
            reason = Message(
                f"debe ser una lista de 1 a {self.most} números enteros de {self.low} a "
                f"{self.high}, con comas entre ellos.",
                f"must be a list of 1 to {self.most} whole numbers from {self.low} to "
                f"{self.high}, with commas between them.",
            )
            raise _invalid(self.name, reason)
        return list(dict.fromkeys(known))


class Decimal(NamedTuple):
    """A number from `low` to `high`; `low` itself is not allowed if `above_low`."""

    name: str
    low: int = 0
    high: int = 1
    default: float | None = None
    above_low: bool = False

    def parse(self, value: object) -> float | None:
        """Return the number; see `Parameter.parse`."""
        if value is None:
            return self.default
        number = _number(value)
        in_bounds = number is not None and self.low <= number <= self.high
        if number is None or not in_bounds or (self.above_low and number == self.low):
            low = f"mayor que {self.low}, hasta" if self.above_low else f"de {self.low} a"
            least = f"above {self.low}, up to" if self.above_low else f"from {self.low} to"
            reason = Message(
                f"debe ser un número {low} {self.high}, con punto decimal.",
                f"must be a number {least} {self.high}, with a decimal point.",
            )
            raise _invalid(self.name, reason)
        # 0 for -0, which is not less than 0.
        return float(number) or 0.0


def _number(value: object) -> float | None:
    # The length bound keeps float() away from megabytes of digits.
    if (
        isinstance(value, str)
        and len(value) <= _MAX_DECIMAL_LENGTH
        and re.fullmatch(_DECIMAL, value)
    ):
        return float(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


class Flag(NamedTuple):
    """A boolean, False by default."""

    name: str

    def parse(self, value: object) -> bool:
        """Return whether it is set; see `Parameter.parse`.

        The name alone sets it (`?sin_franquicia`): a query string passes that as an empty text.
        """
        if value is None or isinstance(value, bool):
            return bool(value)
        text = value.casefold() if isinstance(value, str) else None
        if text not in _TRUE + _FALSE:
            raise _invalid(self.name, _one_of(("true", "false", "1", "0", "sí", "no")))
        return text in _TRUE


class Choice(NamedTuple):
    """One of a few texts."""

    name: str
    options: tuple[str, ...]
    default: str | None = None

    def parse(self, value: object) -> str | None:
        """Return the text; see `Parameter.parse`."""
        if value is None:
            return self.default
        if isinstance(value, str) and value in self.options:
            return value
        raise _invalid(self.name, _one_of(self.options))


class FilmId(NamedTuple):
    """The id of a film at TMDB, a number, or at IMDb, such as tt0114709."""

    name: str
    high: int = 2**31 - 1

    def parse(self, value: object) -> int | str | None:
        """Return the number at TMDB or the id at IMDb, in lower case; see `Parameter.parse`."""
        if value is None:
            return None
        if isinstance(value, str) and re.fullmatch(
            IMDB_ID, value.strip(), re.IGNORECASE | re.ASCII
        ):
            return value.strip().lower()
        number = _integer(value)
        if number is None or not 1 <= number <= self.high:
            reason = Message(
                f"debe ser un número de TMDB, de 1 a {self.high}, o un id de IMDb: tt0114709.",
                f"must be a TMDB number, from 1 to {self.high}, or an IMDb id: tt0114709.",
            )
            raise _invalid(self.name, reason)
        return number


# Of the film questions.
YEAR = Integer("anio", FIRST_YEAR, LAST_YEAR)
FILM_ID = FilmId("id")
# Of which status films are that are listed or recommended: those released, unless asked.
ANY_STATUS = "todas"
STATUS = Choice("estado", (*STATUS_VALUES, ANY_STATUS), RELEASED)
# Films for adults alone are left out without it.
ADULTS = Flag("adultos")
# Of the questions that answer in pages.
MAX_PAGE = 100_000
PAGE = Integer("pagina", 1, MAX_PAGE, default=1)


class Taste(NamedTuple):
    """A film that a person names, by its title's spellings or its id, and its weight above 0."""

    titulo: tuple[str, ...] | None
    anio: int | None
    id: int | str | None
    peso: float


# In the order of the fields of `Taste`.
TASTE_FIELDS = (
    Text("titulo", required=False),
    YEAR,
    FILM_ID,
    Decimal("peso", high=10, default=1.0, above_low=True),
)
MAX_TASTES = 500


class Tastes(NamedTuple):
    """A list of the films that a person names, each an object; empty by default."""

    name: str

    def parse(self, value: object) -> list[Taste]:
        """Return the films; see `Parameter.parse`."""
        if value is None:
            return []
        if not isinstance(value, list):
            reason = Message(
                "debe ser una lista de objetos con `titulo` o `id`.",
                "must be a list of objects with `titulo` or `id`.",
            )
            raise _invalid(self.name, reason)
        if len(value) > MAX_TASTES:
            reason = Message(
                f"tiene {len(value)} elementos; máximo {MAX_TASTES}.",
                f"has {len(value)} elements; {MAX_TASTES} at most.",
            )
            raise _invalid(self.name, reason)
        return [_taste(each, f"{self.name}[{place}]") for place, each in enumerate(value)]


def _taste(value: object, path: str) -> Taste:
    """Parse a film; `path` is its place in the list, for messages."""
    if not isinstance(value, dict):
        reason = Message(
            "debe ser un objeto con `titulo` o `id`.", "must be an object with `titulo` or `id`."
        )
        raise _invalid(path, reason)
    try:
        values: dict[str, Any] = parse_parameters(TASTE_FIELDS, value)
    except InvalidParameterError:
        # Once more, for a message that names the place: in a long list most of the time went there.
        fields = [each._replace(name=f"{path}.{each.name}") for each in TASTE_FIELDS]
        parse_parameters(fields, {f"{path}.{name}": member for name, member in value.items()})
        raise
    taste = Taste(*values.values())
    if taste.titulo is None and taste.id is None:
        reason = Message("debe tener `titulo` o `id`.", "must have `titulo` or `id`.")
        raise _invalid(path, reason)
    return taste


def parse_parameters(
    parameters: Sequence[Parameter], values: Mapping[str, object]
) -> dict[str, object]:
    """Parse the values of a question's parameters.

    Parameters
    ----------
    parameters
        The question's parameters.
    values
        Their values by name; any may be missing.

    Returns
    -------
    dict of str to object
        Each parameter's parsed value, by name.

    Raises
    ------
    InvalidParameterError
        When a value is not allowed, or no parameter has its name.
    """
    names = [parameter.name for parameter in parameters]
    for name in values:
        if name not in names:
            detail = Message(
                f"No se conoce `{name}`; se admiten {join_names(parameters)}.",
                f"`{name}` is unknown; those allowed are {join_names(parameters)}.",
            )
            raise InvalidParameterError(name, detail)
    return {parameter.name: parameter.parse(values.get(parameter.name)) for parameter in parameters}


def join_names(parameters: Sequence[Parameter]) -> str:
    """Return the parameters' names as messages list them."""
    return ", ".join(f"`{parameter.name}`" for parameter in parameters)


def _whole_number(low: int, high: int) -> Message:
    return Message(
        f"debe ser un número entero de {low} a {high}.",
        f"must be a whole number from {low} to {high}.",
    )


def _one_of(options: Sequence[str]) -> Message:
    listed = ", ".join(options)
    return Message(f"debe ser uno de: {listed}.", f"must be one of: {listed}.")


def _invalid(name: str, reason: Message) -> InvalidParameterError:
    return InvalidParameterError(name, Message(f"`{name}` {reason}", f"`{name}` {reason.english}"))
