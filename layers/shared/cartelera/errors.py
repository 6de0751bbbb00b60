"""What can go wrong, as the caller hears it: over HTTP a problem body, else a raised error.

Messages are in Spanish because users of the API read them; they say what to do.
"""

from collections.abc import Sequence


class CarteleraError(Exception):
    """An error with a place in the API: its HTTP status, its title and its detail."""

    status = 500
    title = "Error interno"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def members(self) -> dict[str, object]:
        """Return what the problem body holds beside `title`, `status` and `detail`."""
        return {}

    def headers(self) -> dict[str, str]:
        """Return the HTTP headers that go with the error."""
        return {}


class InvalidParameterError(CarteleraError):
    """A parameter is missing, unknown or not usable; `parameter` names it."""

    status = 400
    title = "Parámetro no válido"

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(detail)
        self.parameter = parameter

    def members(self) -> dict[str, object]:
        """Return the parameter's name."""
        return {"parametro": self.parameter}


class MethodNotAllowedError(CarteleraError):
    """`method` is what was tried where only those of `allowed` are answered."""

    status = 405
    title = "Método no permitido"

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        self.allowed = ", ".join(allowed)
        super().__init__(f"Aquí no se puede {method:.20}; se admiten {self.allowed}.")

    def headers(self) -> dict[str, str]:
        """Return what can be done instead."""
        return {"Allow": self.allowed}


class PayloadTooLargeError(CarteleraError):
    """A request's body is `size` bytes long, more than the `most` that are read."""

    status = 413
    title = "Cuerpo demasiado grande"

    def __init__(self, size: int, most: int) -> None:
        super().__init__(f"El cuerpo tiene {size} bytes; máximo {most}.")


class NotInCatalogueError(CarteleraError):
    """The catalogue does not hold what was asked for; `suggestions` come nearest."""

    status = 404
    title = "No está en el catálogo"

    def __init__(self, detail: str, suggestions: Sequence[str] = ()) -> None:
        super().__init__(detail)
        self.suggestions = list(suggestions)

    def members(self) -> dict[str, object]:
        """Return the nearest names, best first."""
        return {"sugerencias": self.suggestions}


class NoReleaseError(CarteleraError):
    """No release can be opened: none was published yet, or none that is sound."""

    status = 503
    title = "Catálogo no disponible"
    retry_after_seconds = 30

    def headers(self) -> dict[str, str]:
        """Return when to try again."""
        return {"Retry-After": str(self.retry_after_seconds)}
