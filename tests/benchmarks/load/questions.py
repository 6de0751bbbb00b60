"""What is asked under load, and which answers are as they should be.

Locust's process imports this, so it brings nothing heavy. Names are drawn by how well known
they are, as people ask: a film with a thousand votes a thousand times as often as one with none.
"""

from __future__ import annotations

import json
import string
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict
from urllib.parse import quote

from cartelera.contract.names import compact, key
from cartelera.contract.tables import LOOK_UPS, RECOMENDACION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    type Kind = Literal["hit", "miss", "bad"]

KINDS: tuple[Kind, ...] = ("hit", "miss", "bad")
# How often each route is asked: people look for films more than for countries.
ROUTE_WEIGHTS = {
    "peliculas_idioma": 1,
    "peliculas_duracion": 3,
    "franquicia": 1,
    "peliculas_pais": 1,
    "productoras_exitosas": 1,
    "recomendacion": 3,
}
MISSES = 0.10
BAD_REQUESTS = 0.05

_NAME_FIELDS = {schema.route: schema.name for schema in LOOK_UPS}
_RECOMMENDED = 5
_FOUND = 200
# Beside these a route is asked with a parameter that it does not know, and without a name.
_BAD_QUERIES = {
    "peliculas_duracion": ("anio=95", "id=x"),
    "recomendacion": ("anio=95", "n=0", "n=51", "n=cinco"),
}


class Pool(TypedDict):
    """The names one route knows, each with its weight in the draw; and all its keys."""

    names: list[str]
    weights: list[int]
    keys: list[str]


class Question(NamedTuple):
    """A request: its route, its name and its kind.

    A `hit` names what the catalogue holds, a `miss` is mistyped, a `bad` one cannot be used.
    """

    route: str
    kind: Kind
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Standard:
    """What a design is held to.

    Attributes
    ----------
    bad_request
        The statuses that say a request is no good.
    suggestions
        Whether a miss is answered with what may have been meant.
    other_names
        Whether films are found by other names, too.
    """

    bad_request: frozenset[int]
    suggestions: bool
    other_names: bool


STANDARDS = {
    "cartelera": Standard(bad_request=frozenset({400}), suggestions=True, other_names=True),
    "usual": Standard(bad_request=frozenset({400, 422}), suggestions=False, other_names=False),
}


class Questions:
    """A source of questions that never ends; the same seed asks the same."""

    def __init__(self, pools: Mapping[str, Pool], random: Random) -> None:
        self._random = random
        self._names = {
            route: (pool["names"], list(accumulate(pool["weights"])))
            for route, pool in pools.items()
        }
        self._keys = {route: frozenset(pool["keys"]) for route, pool in pools.items()}
        self._routes = list(ROUTE_WEIGHTS)
        self._route_weights = list(accumulate(ROUTE_WEIGHTS.values()))

    def next(self) -> Question:
        """Draw a route, then what to ask there."""
        (route,) = self._random.choices(self._routes, cum_weights=self._route_weights)
        chance = self._random.random()
        if chance < MISSES:
            name = self._mistyped(route)
            return Question(route, "miss", name, path(route, name))
        name = self._name(route)
        if chance < MISSES + BAD_REQUESTS:
            return Question(route, "bad", name, self._bad(route, name))
        return Question(route, "hit", name, path(route, name))

    def _name(self, route: str) -> str:
        names, weights = self._names[route]
        return self._random.choices(names, cum_weights=weights)[0]

    def _mistyped(self, route: str) -> str:
        """Draw a name and mistype it once, so that it is no other name's spelling."""
        while True:
            name = self._typo(self._name(route))
            name_key = compact(key(name))
            if name_key and name_key not in self._keys[route]:
                return name

    def _typo(self, name: str) -> str:
        # Only between plain letters: one typo there is one typo in the name's key, too.
        places = [i for i in range(len(name) - 1) if name[i : i + 2].isascii()]
        places = [i for i in places if name[i : i + 2].isalpha()]
        if not places:
            return name + self._random.choice(string.ascii_lowercase)
        i = self._random.choice(places)
        return self._random.choice(
            (
                name[:i] + name[i + 1] + name[i] + name[i + 2 :],
                name[:i] + name[i + 1 :],
                name[: i + 1] + name[i:],
            )
        )

    def _bad(self, route: str, name: str) -> str:
        good = path(route, name)
        queries = ("pagina=2", *_BAD_QUERIES.get(route, ()))
        return self._random.choice(
            (f"/{route}/%20", *(f"{good}?{query}" for query in queries)),
        )


def path(route: str, name: str) -> str:
    """Return the path that asks a route for a name."""
    return f"/{route}/{quote(name, safe='')}"


def best_known(pools: Mapping[str, Pool]) -> dict[str, str]:
    """Return each route's path for its best known name."""
    return {
        route: path(route, max(zip(pool["weights"], pool["names"], strict=True))[1])
        for route, pool in pools.items()
    }


def complaint(question: Question, standard: Standard, status: int, body: str) -> str | None:
    """Say what is wrong with an answer, in one of a few phrases; None when nothing is."""
    kind = question.kind
    expected = {
        "hit": frozenset({200}),
        # A typo may happen to be another name of a film, which the names to ask for are not.
        "miss": frozenset({200, 404}) if standard.other_names else frozenset({404}),
        "bad": standard.bad_request,
    }[kind]
    if status not in expected:
        return f"{kind}: status {status}" if status else f"{kind}: no answer"
    try:
        answer = json.loads(body)
    except ValueError:
        return f"{kind}: {status} without JSON"
    if kind == "hit":
        return _hit_complaint(question, answer)
    if (
        kind == "miss"
        and status == _FOUND
        and answer.get(_NAME_FIELDS[question.route]) == question.name
    ):
        return "miss: found as it was mistyped"
    if (
        kind == "miss"
        and status != _FOUND
        and standard.suggestions
        and not answer.get("sugerencias")
    ):
        return "miss: no suggestions"
    return None


def _hit_complaint(question: Question, answer: Any) -> str | None:
    if answer.get(_NAME_FIELDS[question.route]) != question.name:
        return "hit: another name"
    if (
        question.route == RECOMENDACION.route
        and len(answer.get("lista_recomendada", ())) != _RECOMMENDED
    ):
        return f"hit: not {_RECOMMENDED} recommendations"
    return None
