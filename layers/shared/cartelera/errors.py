"""What can go wrong, as the caller sees it: a problem body over HTTP, else a raised error.

Messages are in Spanish because users of the API read them, and in English for those who ask for
that; they say what to do.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Self

_NONE: Mapping[str, str] = MappingProxyType({})


class Message(str):
    """A text for people in Spanish, which knows the same in English."""

    __slots__ = ("english",)
    english: str

    def __new__(cls, spanish: str, english: str) -> Self:
        """Make the message of both texts.

        They may repeat what somebody sent, half of a surrogate pair even, which has no UTF-8: such
        halves are escaped.
        """
        message = super().__new__(cls, _encodable(spanish))
        message.english = _encodable(english)
        return message


def in_english(text: object) -> object:
    """Return a message in English; what is none as it is."""
    return text.english if isinstance(text, Message) else text


def _encodable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()


class CarteleraError(Exception):
    """An error in the API: its HTTP status, title and detail.

    `members` are those of the problem body beside `title`, `status` and `detail`; `headers` are
    its HTTP headers.
    """

    status = 500
    title = Message("Error interno", "Internal error")

    def __init__(
        self,
        detail: Message,
        members: Mapping[str, object] = _NONE,
        headers: Mapping[str, str] = _NONE,
    ) -> None:
        self.detail = detail
        super().__init__(detail)
        self.members = members
        self.headers = headers


class InvalidParameterError(CarteleraError):
    """A parameter is missing, unknown or not allowed; `parameter` names it."""

    status = 400
    title = Message("Parámetro no válido", "Invalid parameter")

    def __init__(self, parameter: str, detail: Message) -> None:
        super().__init__(detail, {"parametro": parameter})
        self.parameter = parameter


class MethodNotAllowedError(CarteleraError):
    """The HTTP method is none of those allowed."""

    status = 405
    title = Message("Método no permitido", "Method not allowed")

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        methods = ", ".join(allowed)
        detail = Message(
            f"Aquí no se puede {method:.20}; se admiten {methods}.",
            f"{method:.20} is not possible here; {methods} are.",
        )
        super().__init__(detail, headers={"Allow": methods})


class PayloadTooLargeError(CarteleraError):
    """A request's body has more bytes than `most`."""

    status = 413
    title = Message("Cuerpo demasiado grande", "Body too large")

    def __init__(self, size: int, most: int) -> None:
        super().__init__(
            Message(
                f"El cuerpo tiene {size} bytes; máximo {most}.",
                f"The body has {size} bytes; {most} at most.",
            )
        )


class NotInCatalogueError(CarteleraError):
    """The catalogue has no such entry.

    `suggestions` are the nearest names, best first; `notice` says why some may be missing.
    """

    status = 404
    title = Message("No está en el catálogo", "Not in the catalogue")

    def __init__(
        self, detail: Message, suggestions: Sequence[str] = (), notice: str | None = None
    ) -> None:
        self.suggestions = list(suggestions)
        members: dict[str, object] = {"sugerencias": self.suggestions}
        super().__init__(detail, members | ({"aviso": notice} if notice else {}))


def not_in_catalogue(name: str, parameter: str | None = None) -> Message:
    """Return what is said of a name that the catalogue does not have.

    Parameters
    ----------
    name
        The name, as it was asked for.
    parameter
        The parameter that it was the value of, where it is one of several.
    """
    of = f"`{parameter}`: " if parameter else ""
    return Message(
        f"{of}«{name}» no está en el catálogo.", f"{of}«{name}» is not in the catalogue."
    )


class NoReleaseError(CarteleraError):
    """No release can be opened: none is published yet, or none that is sound."""

    status = 503
    title = Message("Catálogo no disponible", "Catalogue not available")

    def __init__(self, detail: Message) -> None:
        super().__init__(detail, headers={"Retry-After": "30"})
