"""Every route and every status once, and what of an answer a client goes by."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from cartelera.http.question import LONGEST_BODY

if TYPE_CHECKING:
    from tests.callers import Answer

JSON = {"Content-Type": "application/json"}
LIKES = json.dumps({"gustos": [{"titulo": "Alien"}, {"id": 862}], "n": 3}).encode()


class Question(NamedTuple):
    """What is asked, and the status of the answer."""

    path: str
    status: int = 200
    method: str = "GET"
    body: bytes = b""


QUESTIONS = (
    # Every route with a name: found, and not.
    Question("/peliculas_idioma/ja"),
    Question("/peliculas_idioma/klingon", 404),
    Question("/peliculas_duracion/Face%2FOff"),
    Question("/peliculas_duracion/nada%20de%20nada", 404),
    Question("/franquicia/toy%20story"),
    Question("/franquicia/toi%20story", 404),
    Question("/peliculas_pais/FR"),
    Question("/peliculas_pais/Fracia", 404),
    Question("/productoras_exitosas/K%252FW%20Productions"),
    Question("/productoras_exitosas/Pixr", 404),
    Question("/recomendacion/Toy%20Story"),
    Question("/recomendacion/Toy%20Stroy", 404),
    Question("/score_titulo/Alien"),
    Question("/score_titulo/Aliem", 404),
    Question("/votos_titulo/Alien"),
    Question("/votos_titulo/Aliem", 404),
    Question("/cantidad_filmaciones_mes/enero"),
    Question("/cantidad_filmaciones_mes/enro", 404),
    Question("/cantidad_filmaciones_dia/viernes"),
    Question("/cantidad_filmaciones_dia/virnes", 404),
    Question("/get_director/Hayao%20Miyazaki"),
    Question("/get_director/Hayao%20Miyazzaki", 404),
    Question("/get_actor/Tom%20Hanks"),
    Question("/get_actor/Tom%20Hankz", 404),
    # Every route without one.
    Question("/peliculas_idioma"),
    Question("/peliculas_duracion?id=862"),
    Question("/franquicia?pagina=2&limite=3"),
    Question("/peliculas_pais"),
    Question("/productoras_exitosas?limite=2"),
    Question("/recomendacion?id=862&n=2&genero=Animaci%C3%B3n"),
    Question("/score_titulo?titulo=King%20Kong&anio=1933"),
    Question("/votos_titulo?id=603"),
    Question("/cantidad_filmaciones_mes?mes=1"),
    Question("/cantidad_filmaciones_dia", 400),
    Question("/get_director", 400),
    Question("/get_actor?nombre=Tom%20Hanks&limite=1"),
    Question("/buscar?q=alien"),
    Question("/buscar?q=qqqqqqqq"),
    Question("/eda"),
    Question("/"),
    Question("/pagina/nada.js", 404),
    Question("/docs"),
    Question("/docs/nada", 404),
    Question("/openapi.json"),
    # What cannot be asked.
    Question("/peliculas_duracion", 400),
    Question("/peliculas_duracion/%00", 400),
    Question("/recomendacion/Alien?n=x", 400),
    Question("/buscar", 400),
    Question("/get_actor?otra=cosa", 400),
    # Tastes.
    Question("/recomendacion", 200, "POST", LIKES),
    Question("/recomendacion", 400, "POST", b"[]"),
    Question("/recomendacion", 404, "POST", b'{"gustos": [{"titulo": "nada de nada"}]}'),
    Question("/recomendacion", 413, "POST", b"{}".ljust(LONGEST_BODY + 1)),
    # Other methods.
    Question("/peliculas_duracion/Alien", 200, "HEAD"),
    Question("/peliculas_duracion/Alien", 204, "OPTIONS"),
    Question("/peliculas_duracion/Alien", 405, "DELETE"),
    Question("/recomendacion", 405, "PUT"),
    Question("/salud", 405, "POST"),
)
# What a client goes by; a gateway in between adds headers of its own.
HEADERS = (
    "allow",
    "cache-control",
    "content-security-policy",
    "content-type",
    "etag",
    "retry-after",
    "strict-transport-security",
    "x-content-type-options",
    "x-release",
)


def said(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    headers = {name: answer.headers[name] for name in HEADERS if name in answer.headers}
    if not answer.raw:
        # `sam local` says one even of nothing.
        headers.pop("content-type", None)
    return answer.status, headers, answer.raw
