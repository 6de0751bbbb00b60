"""Which film answers to what people type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from cartelera.contract.tables import IMDB, NOMBRES, RECOMENDACION
from cartelera.errors import InvalidParameterError, NotInCatalogueError
from cartelera.films.by_title import Films
from cartelera.lookup.fuzzy import Budget
from tests.models import Film, release_of

if TYPE_CHECKING:
    from cartelera.contract.tables import TableSchema, Titulo
    from cartelera.lookup.table import Table

CATALOGUE = [
    Film("Toy Story", 1995, 5415, imdb="tt0114709"),
    Film("King Kong", 2005, 2000),
    Film("King Kong", 1976, 400),
    Film("King Kong", 1933, 600),
    Film("Emma", 1996, 30),
    Film("Emma", 1996, 20),
    Film("[REC]", 2007, 900),
    Film("Rec", 2012, 3),
    Film("The Godfather", 1972, 6024, akas=("El padrino",)),
    Film("The Godfather: Part II", 1974, 3400, akas=("El padrino: Parte II",)),
    Film("Godfather", 1991, 4),
    Film("Pan's Labyrinth", 2006, 3100, language="es", original="El laberinto del fauno"),
    Film("Spirited Away", 2001, 3900, language="ja", original="千と千尋の神隠し"),
    Film("The Wave", 2008, 500, language="de", original="Die Welle"),
    Film("The Adventure", 1960, 80, language="it", original="L'avventura"),
    Film("The Terminator", 1984, 4200),
    Film("The Kid", 1921, 500),
    Film("A Kid", 2005, 200),
    Film("Cats & Dogs", 2001, 520),
    Film("Batman & Robin", 1997, 1400),
    Film("Batman and Robin", 1949, 5),
    Film("Rocky II", 1979, 900),
    Film("Twelve Monkeys", 1995, 2500),
    Film("Ocean's Eleven", 2001, 3800),
    Film("Blade Runner", 1982, 3800),
    Film("Die Hard", 1988, 4000),
    Film("As Good as It Gets", 1997, 1500),
    Film("Shelter", 2010, 6000, original="Toy Story"),
    Film("Titanic", 1997, 7700),
    Film("1984", 1984, 600),
    Film("Inception", 2010, 14000),
    Film("A", 1964, 3),
]


@pytest.fixture(scope="module")
def films() -> Films[Titulo]:
    return Films(release_of(CATALOGUE), RECOMENDACION)


def asked(
    films: Films[Titulo], title: str | None, year: int | None = None, film_id: int | None = None
) -> list[str]:
    """Return what answers and its namesakes, each as title and year."""
    title_of = None if title is None else (title,)
    return [short(films, film) for film in films.rows(title_of, year, film_id).positions]


def short(films: Films[Titulo], film: int) -> str:
    return f"{films.table.value('titulo', film)} {films.table.value('anio', film)}"


def test_of_several_films_of_a_title_the_best_known_leads(films: Films[Titulo]) -> None:
    assert asked(films, "king kong") == ["King Kong 2005", "King Kong 1933", "King Kong 1976"]


def test_year_and_id_pick_among_films_of_a_title(films: Films[Titulo]) -> None:
    assert asked(films, "King Kong", 1976)[0] == "King Kong 1976"
    assert films.find(("Emma",), 1996, 6)["id"] == 6
    assert asked(films, None, film_id=4) == ["King Kong 1933"]


def test_an_id_may_be_the_one_at_imdb(films: Films[Titulo]) -> None:
    known = "tt0114709"

    for title in (None, ("Toy Story",), ("toy story (1995)",)):
        (best, *_) = films.rows(title, None, known).positions
        assert short(films, best) == "Toy Story 1995"
        assert films.row(title, None, known) == best
    for title, other in ((("King Kong",), known), (None, "tt9"), (("King Kong",), "tt9")):
        with pytest.raises(NotInCatalogueError, match=f"id {other}"):
            films.rows(title, None, other)
        assert films.row(title, None, other) is None


def test_the_exact_spelling_of_a_title_leads(films: Films[Titulo]) -> None:
    assert asked(films, "Rec") == ["Rec 2012", "[REC] 2007"]
    assert asked(films, "rec") == ["[REC] 2007", "Rec 2012"]


def test_a_year_that_fits_none_says_which_there_are(films: Films[Titulo]) -> None:
    for title, year in (("King Kong", 1950), ("King Kong (1950)", None)):
        with pytest.raises(NotInCatalogueError) as caught:
            films.rows((title,), year, None)

        assert "King Kong (1933, id 4)" in caught.value.suggestions
        assert "1950" in caught.value.detail


@pytest.mark.parametrize(
    ("title", "year", "film_id"),
    [("King Kong", None, 862), (None, None, 999), (None, 1950, 4), ("Up", None, None)],
)
def test_a_film_that_is_not_there_is_not_found(
    films: Films[Titulo], title: str | None, year: int | None, film_id: int | None
) -> None:
    title_of = None if title is None else (title,)

    with pytest.raises(NotInCatalogueError):
        films.rows(title_of, year, film_id)
    assert films.row(title_of, year, film_id) is None


def test_neither_title_nor_id_is_a_missing_parameter(films: Films[Titulo]) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        films.rows(None, 1995, None)

    assert caught.value.parameter == "titulo"


def test_a_film_is_found_by_each_of_its_names(films: Films[Titulo]) -> None:
    for title, film in (
        ("El padrino", "The Godfather 1972"),
        ("el padrino parte 2", "The Godfather: Part II 1974"),
        ("EL LABERINTO DEL FAUNO", "Pan's Labyrinth 2006"),
        ("laberinto del fauno", "Pan's Labyrinth 2006"),
        ("千と千尋の神隠し", "Spirited Away 2001"),
        ("Die Welle", "The Wave 2008"),
        ("Welle", "The Wave 2008"),
        ("L'Avventura", "The Adventure 1960"),
        ("lavventura", "The Adventure 1960"),
        ("Avventura", "The Adventure 1960"),
        ("Avventura, L'", "The Adventure 1960"),
        ("tt0114709", "Toy Story 1995"),
        ("https://www.imdb.com/title/TT0114709/", "Toy Story 1995"),
    ):
        assert asked(films, title)[0] == film, title


def test_an_answer_says_by_which_other_name_its_film_was_found(films: Films[Titulo]) -> None:
    for title, name in (
        ("El padrino", "El padrino"),
        ("padrino parte II", "El padrino: Parte II"),
        ("The Godfather", None),
        ("Rocky 2", None),
        ("laberinto del fauno (2006)", "El laberinto del fauno"),
    ):
        found = films.find((title,), None, None)
        assert dict(found).get("encontrada_como") == name, title


READ_AS = {
    "Titanic 1997": """
        Titanic (1997)|Titanic 1997|titanic, 1997|Titanic [1997]|Titanic - 1997|Titanic de 1997
        Titanic del año 1997|pelicula Titanic|la película Titanic|Titanic movie|Titanic (Extended)
        Titanic (3D) (1997)|Titanic (1997) [Blu-ray]|Titanic, la película|Titanic (1997) película
        """,
    "King Kong 1976": "King Kong (1976)|king kong 1976|King Kong (1976, id 3)",
    "The Terminator 1984": "Terminator|Terminator, The|Terminator, The (1984)|El Terminator",
    "Cats & Dogs 2001": "Cats and Dogs|cats y dogs|Cats Dogs|cats&dogs",
    "Rocky II 1979": "Rocky 2|rocky two|Rocky dos|Rocky Part 2|Rocky parte II",
    "Twelve Monkeys 1995": "12 Monkeys|doce monkeys|12monkeys|The 12 Monkeys (1995)",
    "Ocean's Eleven 2001": "Ocean's 11|Oceans once|oceans XI",
    "The Godfather: Part II 1974": "Godfather 2|The Godfather II|the godfather part two",
    "1984 1984": "1984|1984 (1984)",
    "Batman & Robin 1997": "Batman and Robin (1997)|Batman & Robin",
}


def test_what_people_type_is_read_as_they_mean_it(films: Films[Titulo]) -> None:
    for film, titles in READ_AS.items():
        for title in re.split(r"\||\n\s*", titles.strip()):
            assert asked(films, title)[0] == film, title
            assert short(films, films.row((title,), None, None) or 0) == film, title


def test_a_title_to_the_letter_is_never_hidden_by_another_name(films: Films[Titulo]) -> None:
    assert asked(films, "Toy Story") == ["Toy Story 1995"]
    assert films.rows(("Toy Story",), None, None).name is None


def test_a_far_better_known_film_follows_a_little_known_one_of_the_name_asked_for(
    films: Films[Titulo],
) -> None:
    for title, known in (
        ("Godfather", "The Godfather (1972, id 9)"),
        ("Batman and Robin", "Batman & Robin (1997, id 20)"),
    ):
        answer: dict[str, Any] = {**films.find((title,), None, None)}
        assert answer["titulo"] == title
        assert answer["sugerencias"] == [known]
        assert answer["otras"][0]["id"] == int(known.split("id ")[1][:-1])
        # It can be asked for as it stands, and is not suggested where the film is plain.
        assert films.find((known,), None, None)["id"] == answer["otras"][0]["id"]
        assert "sugerencias" not in films.find((title,), answer["anio"], None)


def test_without_its_article_no_film_answers_that_is_not_far_better_known_than_the_others(
    films: Films[Titulo],
) -> None:
    with pytest.raises(NotInCatalogueError) as caught:
        films.rows(("Kid",), None, None)

    assert caught.value.suggestions == ["The Kid (1921, id 17)", "A Kid (2005, id 18)"]
    assert asked(films, "Kid (2005)")[0] == "A Kid 2005"


def test_words_that_are_no_articles_in_the_language_of_a_title_are_not_left_out(
    films: Films[Titulo],
) -> None:
    for title in ("Hard", "Good as It Gets", "Wave, Die", "The"):
        assert films.row((title,), None, None) is None, title


def test_a_word_too_many_leads_to_the_film_by_a_suggestion(films: Films[Titulo]) -> None:
    for title, film in (
        ("Inception Nolan", "Inception"),
        ("Nolan Inception", "Inception"),
        ("El padrino Coppola", "The Godfather"),
        ("Terminator Cameron (1984)", "The Terminator"),
    ):
        assert films.suggestions(title, Budget())[0] == film, title


def test_other_names_are_suggested_one_name_of_each_film(films: Films[Titulo]) -> None:
    assert films.suggestions("El pardino", Budget())[0] == "El padrino"
    near = films.suggestions("The Godfahter", Budget())
    assert near[0] == "The Godfather"
    assert "El padrino" not in near


def test_everything_that_is_suggested_can_be_asked_for(films: Films[Titulo]) -> None:
    for title in (
        "Kid",
        "King Kong (1950)",
        "Inception Nolan",
        "Toy Stroy",
        "Twelve Monkyes",
        "El pardino",
    ):
        with pytest.raises(NotInCatalogueError) as caught:
            films.rows((title,), None, None)
        assert caught.value.suggestions
        for suggestion in caught.value.suggestions:
            assert films.row((suggestion,), None, None) is not None, suggestion


def test_a_label_of_another_film_finds_none(films: Films[Titulo]) -> None:
    for label in (
        "King Kong (1976, id 2)",
        "King Kong (2005, id 1)",
        "King Kong (2005, id 999)",
        "King Kong (2005, id 9999999999)",
    ):
        assert films.row((label,), None, None) is None, label


def test_other_names_are_opened_at_the_first_miss_alone() -> None:
    opened: list[str] = []

    class Watched:
        release = release_of(CATALOGUE)

        def table[Row](self, schema: TableSchema[Row]) -> Table[Row]:
            opened.append(schema.route)
            return self.release.table(schema)

    films = Films(Watched(), RECOMENDACION)
    for title in ("Toy Story", "Godfather", "rec"):
        films.rows((title,), None, None)
    assert opened == [RECOMENDACION.route]

    films.rows(("tt0114709",), None, None)
    assert opened[1:] == [IMDB.route]
    films.rows(("Terminator",), None, None)
    assert {*opened[2:]} == {NOMBRES.route}
