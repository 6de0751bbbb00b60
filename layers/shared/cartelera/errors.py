"""What can go wrong, as the caller sees it: a problem body over HTTP, else a raised error.

Messages are in Spanish because users of the API read them; they say what to do.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

_NONE: Mapping[str, str] = MappingProxyType({})


class CarteleraError(Exception):
    """An error in the API: its HTTP status, title and detail.

    `members` are those of the problem body beside `title`, `status` and `detail`; `headers` are
    its HTTP headers.
    """

    status = 500
    title = "Error interno"

    def __init__(
        self,
        detail: str,
        members: Mapping[str, object] = _NONE,
        headers: Mapping[str, str] = _NONE,
    ) -> None:
        # It may repeat what somebody sent, half of a surrogate pair even, which has no UTF-8.
        self.detail = detail.encode(errors="backslashreplace").decode()
        super().__init__(self.detail)
        self.members = members
        self.headers = headers


class InvalidParameterError(CarteleraError):
    """A parameter is missing, unknown or not allowed; `parameter` names it."""

    status = 400
    title = "Parámetro no válido"

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(detail, {"parametro": parameter})
        self.parameter = parameter


class MethodNotAllowedError(CarteleraError):
    """The HTTP method is none of those allowed."""

    status = 405
    title = "Método no permitido"

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        methods = ", ".join(allowed)
        detail = f"Aquí no se puede {method:.20}; se admiten {methods}."
        super().__init__(detail, headers={"Allow": methods})


class PayloadTooLargeError(CarteleraError):
    """A request's body has more bytes than `most`."""

    status = 413
    title = "Cuerpo demasiado grande"

    def __init__(self, size: int, most: int) -> None:
        super().__init__(f"El cuerpo tiene {size} bytes; máximo {most}.")


class NotInCatalogueError(CarteleraError):
    """The catalogue has no such entry.

    `suggestions` are the nearest names, best first; `notice` says why some may be missing.
    """

    status = 404
    title = "No está en el catálogo"

    def __init__(
        self, detail: str, suggestions: Sequence[str] = (), notice: str | None = None
    ) -> None:
        self.suggestions = list(suggestions)
        members: dict[str, object] = {"sugerencias": self.suggestions}
        super().__init__(detail, members | ({"aviso": notice} if notice else {}))


class NoReleaseError(CarteleraError):
    """No release can be opened: none is published yet, or none that is sound."""

    status = 503
    title = "Catálogo no disponible"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "30"})
