"""GET /get_actor/{nombre}: what the films that somebody played in returned, and which they are."""

from cartelera.contract.tables import GET_ACTOR, Actor, Filmacion
from cartelera.films.people import FILM_LIMIT, NAME, PERSON_ID, filmography, find_people, roles
from cartelera.http.question import Question
from cartelera.parameters import PAGE
from cartelera.release import Release


class Papel(Filmacion):
    """A film, and who somebody was in it; null where that is not known."""

    personaje: str | None


class Actuacion(Actor):
    """An actor with a page of the films, the latest first."""

    pagina: int
    limite: int
    peliculas: list[Papel]


def get_actor(
    release: Release, nombre: tuple[str, ...] | None, id: int | None, pagina: int, limite: int
) -> Actuacion:
    """Sum up the films that an actor played in and list them; name and id narrow down who."""
    people = release.table(GET_ACTOR)
    best, *others = find_people(people, nombre, id)
    played = zip(
        filmography(release, people, best, pagina, limite),
        roles(people, best, pagina, limite),
        strict=True,
    )
    return {
        **people.with_others(best, others),
        "pagina": pagina,
        "limite": limite,
        "peliculas": [{**film, "personaje": role} for film, role in played],
    }


handler = Question("/get_actor", get_actor, NAME, PERSON_ID, PAGE, FILM_LIMIT)
