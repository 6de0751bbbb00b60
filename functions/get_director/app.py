"""GET /get_director/{nombre}: what a director's films returned, and which they are."""

from cartelera.contract.tables import GET_DIRECTOR, Director, Filmacion
from cartelera.films.people import FILM_LIMIT, NAME, PERSON_ID, filmography, find_people
from cartelera.http.question import Question
from cartelera.parameters import PAGE
from cartelera.release import Release


class Direccion(Director):
    """A director with a page of the films, the latest first."""

    pagina: int
    limite: int
    peliculas: list[Filmacion]


def get_director(
    release: Release, nombre: tuple[str, ...] | None, id: int | None, pagina: int, limite: int
) -> Direccion:
    """Sum up a director's films and list them; name and id narrow down who."""
    people = release.table(GET_DIRECTOR)
    best, *others = find_people(people, nombre, id)
    return {
        **people.with_others(best, others),
        "pagina": pagina,
        "limite": limite,
        "peliculas": filmography(release, people, best, pagina, limite),
    }


handler = Question("/get_director", get_director, NAME, PERSON_ID, PAGE, FILM_LIMIT)
