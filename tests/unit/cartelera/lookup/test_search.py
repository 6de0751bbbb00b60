from __future__ import annotations

from functools import cached_property
from itertools import chain, groupby
from math import log2
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartelera.contract.name_index import SECTIONS, open_sections
from cartelera.contract.names import compact, key
from cartelera.contract.readings import reading_keys, readings, without_article
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.contract.sections import pack_sections
from cartelera.contract.tables import KINDS
from cartelera.lookup.fuzzy import Budget
from cartelera.lookup.search import NameIndex
from tests.name_indexes import YEAR, Name, index_of

if TYPE_CHECKING:
    from cartelera.contract.tables import Resultado
    from cartelera.lookup.search import SearchResults

EVERYTHING = 10_000
# In more entries than that a word is no typo.
FREQUENT = 100
# As many as are well known.
OTHERS = [f"Nemo {n:04}" for n in range(4_000)]


class Entry(NamedTuple):
    """What a search can find: films have an id, and everything may have more names than one."""

    nombre: str
    votes: int = 0
    tipo: str = "pelicula"
    id: int | None = None
    others: tuple[str, ...] = ()

    @property
    def keys(self) -> list[str]:
        return [key(name) for name in (self.nombre, *self.others)]

    @property
    def result(self) -> Resultado:
        return {
            "tipo": self.tipo,
            "nombre": self.nombre,
            "id": self.id,
            "anio": YEAR if self.id else None,
        }


class Catalogue:
    """Entries indexed as the job does, ready to be searched."""

    def __init__(self, *entries: Entry) -> None:
        names = (
            Name(entry.nombre, entry.votes, entry.tipo, entry.id or 0, name_key)
            for entry in entries
            for name_key in entry.keys
        )
        self.index = NameIndex(index_of(*names))

    def find(
        self,
        asked: str,
        kind: str | None = None,
        first: int = 0,
        count: int = EVERYTHING,
        budget: Budget | None = None,
    ) -> SearchResults:
        return self.index.find(asked, kind, first, count, budget)

    def names(self, asked: str, kind: str | None = None) -> list[str]:
        found = self.find(asked, kind)
        assert found.total == len(found.results)
        return [result["nombre"] for result in found.results]

    @cached_property
    def best_known(self) -> list[Resultado]:
        return [self.index.entry(number) for number in range(len(self.index))]


def films(*titles: str) -> Catalogue:
    """Make a catalogue of films, the best known first."""
    return Catalogue(*(Entry(title, len(titles) - n, id=n + 1) for n, title in enumerate(titles)))


def test_a_film_comes_with_its_id_and_others_with_their_kind() -> None:
    catalogue = Catalogue(Entry("Toy Story", 9, id=862), Entry("Toy Story", 5, "franquicia"))

    assert catalogue.find("toy story") == (
        2,
        [
            {"tipo": "pelicula", "nombre": "Toy Story", "id": 862, "anio": YEAR},
            {"tipo": "franquicia", "nombre": "Toy Story", "id": None, "anio": None},
        ],
        None,
    )


def test_the_whole_name_goes_before_all_others_however_well_known() -> None:
    catalogue = films("Aliens", *(f"Our Alien {n}" for n in range(50)), "Alien")

    assert catalogue.names("alien")[:2] == ["Alien", "Aliens"]


def test_the_nearer_and_the_better_known_the_sooner() -> None:
    others = OTHERS[:100]
    catalogue = films("Starling", "Star Wars", "A Great Star", *others, "Star Dust")

    # 16 times as well known makes up for a word that only begins so.
    assert catalogue.names("star") == ["Star Wars", "Starling", "A Great Star", "Star Dust"]
    assert films(*others, "Starling", "Star Dust").names("star") == ["Star Dust", "Starling"]


@pytest.mark.parametrize("asked", ["ALIEN", " alien ", "¡Álien!", "al ien"])
def test_case_accents_punctuation_and_spaces_make_no_difference(asked: str) -> None:
    assert films("Aliens", "Alien").names(asked) == ["Alien", "Aliens"]


def test_a_name_without_its_article_is_the_whole_name() -> None:
    catalogue = films("Matrix Reloaded", "The Matrix", "La Matrix", "Matrix")

    assert catalogue.names("matrix") == ["The Matrix", "La Matrix", "Matrix", "Matrix Reloaded"]


def test_a_name_begins_after_its_article_too() -> None:
    catalogue = films("Enter the Matador", "The Matador", "Matador Negro")

    assert catalogue.names("mata") == ["The Matador", "Matador Negro", "Enter the Matador"]
    assert catalogue.names("the mata") == ["The Matador", "Enter the Matador"]


def test_only_the_first_word_is_left_out_as_an_article() -> None:
    catalogue = films("Under the Sun", "Theatre Sun", "Sun")

    assert catalogue.names("sun") == ["Sun", "Under the Sun", "Theatre Sun"]


def test_a_name_that_is_an_article_is_found() -> None:
    assert films("The", "The Sun", "La").names("the") == ["The", "The Sun"]


def test_a_space_that_was_left_out_in_a_beginning_makes_no_difference() -> None:
    catalogue = films("Spider-Man 2", "Spiderman", "Man Spider")

    assert catalogue.names("spiderm") == ["Spider-Man 2", "Spiderman"]


def test_all_the_words_are_held_in_any_order_by_their_beginnings() -> None:
    catalogue = films("Star Wars", "The Empire Strikes Back", "Star Trek Beyond")

    assert catalogue.names("empi back") == ["The Empire Strikes Back"]
    assert catalogue.names("back stri") == ["The Empire Strikes Back"]
    assert catalogue.names("trek star") == ["Star Trek Beyond"]


def test_a_short_word_is_a_whole_one_unless_it_is_still_being_typed() -> None:
    catalogue = films("Leonard Reynolds", "Eternal Etruscans", "El Rey Leonardo", "Sweet Rey")

    assert catalogue.names("el rey leon") == ["El Rey Leonardo"]
    assert catalogue.names("leonard rey") == ["Leonard Reynolds", "El Rey Leonardo"]
    assert catalogue.names("rey l") == ["El Rey Leonardo"]


def test_a_word_within_a_word_is_not_held() -> None:
    assert films("Stardust", "Star", "Eastarn Wood", "Cold Star").names("star") == [
        "Star",
        "Stardust",
        "Cold Star",
    ]


def test_initials_are_a_word_whatever_stands_between_them() -> None:
    catalogue = films("Ethan", "E.T. the Extra-Terrestrial", "A Sweet Pet", "The Etruscans")

    assert catalogue.names("ET") == ["E.T. the Extra-Terrestrial", "Ethan", "The Etruscans"]
    assert catalogue.names("e.t.")[0] == "E.T. the Extra-Terrestrial"
    assert films("R.I.P.D. 2").names("ripd") == ["R.I.P.D. 2"]


def test_a_well_known_name_a_typo_away_stands_beside_what_is_spelt_so() -> None:
    catalogue = films("Se7en", "Seven Samurai", "Eleven", *OTHERS, "Seven", "Sewen")

    assert catalogue.names("seven") == ["Seven", "Seven Samurai", "Se7en"]


def test_a_well_known_name_that_is_asked_stands_for_no_other() -> None:
    assert films("Token", "Taken").names("taken") == ["Taken"]


def test_words_are_not_held_across_entries_but_across_the_names_of_one() -> None:
    assert films("Toy", "Tale").names("toy tale") == []
    godfather = Entry("The Godfather", 9, id=1, others=("El padrino",))
    assert Catalogue(godfather).names("godfather padrino") == ["The Godfather"]


def test_votes_decide_among_names_that_fit_equally_well() -> None:
    catalogue = Catalogue(
        Entry("King Kong", 400, id=1),
        Entry("King Kong", 2000, id=2),
        Entry("King Kong", 600, id=3),
        Entry("King Kong Lives", 30, id=4),
        Entry("King Kong Escapes", 40, id=5),
    )

    found = [result["id"] for result in catalogue.find("king kong").results]

    assert found == [2, 3, 1, 5, 4]


def test_how_well_known_something_is_is_told_among_its_kind() -> None:
    stars = (Entry(f"Kong {n}", 1_000 - n, "actor") for n in range(9))
    catalogue = Catalogue(*stars, *(Entry(f"Kong {n}", 20 - n, id=n + 1) for n in range(3)))

    kinds = [result["tipo"] for result in catalogue.find("kong").results]

    assert [(kind, len([*run])) for kind, run in groupby(kinds)] == [
        ("actor", 2),
        ("pelicula", 1),
        ("actor", 3),
        ("pelicula", 1),
        ("actor", 3),
        ("pelicula", 1),
        ("actor", 1),
    ]


def test_a_kind_leaves_out_all_others() -> None:
    catalogue = Catalogue(Entry("Rocky", 9), Entry("Rocky", 5, "franquicia"), Entry("Rocky II", 7))

    assert catalogue.find("rocky", "franquicia") == (
        1,
        [Entry("Rocky", 5, "franquicia").result],
        None,
    )
    assert catalogue.names("rocky", "pelicula") == ["Rocky", "Rocky II"]
    assert catalogue.names("rocky", "pais") == []


def test_an_entry_that_several_of_its_names_fit_counts_once() -> None:
    japan = Entry("Japón", 50, "pais", others=("Japan", "JPN", "Nippon", "JP"))
    catalogue = Catalogue(japan, Entry("Jap", 1), Entry("Japanese Story", 70))

    assert catalogue.names("jap") == ["Jap", "Japanese Story", "Japón"]
    assert catalogue.names("japan") == ["Japón", "Japanese Story"]
    assert catalogue.names("nippon") == ["Japón"]
    assert catalogue.find("jp") == (1, [japan.result], None)


def test_another_name_goes_behind_a_name_of_ones_own() -> None:
    catalogue = Catalogue(
        Entry("Brasil", 9_000, "pais", others=("Brazil",)), Entry("Brazil", 5, id=1)
    )

    assert [result["tipo"] for result in catalogue.find("brazil").results] == ["pelicula", "pais"]


def test_a_mistyped_word_finds_what_was_meant() -> None:
    catalogue = films("The Godfather", "Goodfellas", "Father")

    assert catalogue.names("godfahter") == ["The Godfather"]
    assert catalogue.names("the godfathr") == ["The Godfather"]


def test_every_other_word_is_held_beside_a_mistyped_one() -> None:
    catalogue = films("Star Trek", "Star Wars", "Trek")

    assert catalogue.names("star trke") == ["Star Trek"]
    assert catalogue.names("sta trke") == []
    assert catalogue.names("sun trke") == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        # In short words and names any other would be a typo, but for swapped letters.
        ("ap", []),
        ("upp", []),
        ("heta", []),
        ("two up ni", ["Up in Two"]),
        ("two up im", []),
        ("aliun", ["Alien"]),
        ("oliun", []),
        ("matrux", ["Matrix"]),
        ("motrux", []),
        ("mot rux", []),
        ("casablonca", ["Casablanca"]),
        ("cosablonca", ["Casablanca"]),
        ("cosoblonca", []),
    ],
)
def test_a_word_of_four_letters_forgives_one_typo_and_one_of_eight_two(
    asked: str, found: list[str]
) -> None:
    titles = ("Up", "Heat", "Alien", "Matrix", "Casablanca", "Up in Two")

    assert films(*titles).names(asked) == found


@pytest.mark.parametrize(
    "asked", ["alxien", "alen", "alixn", "alein", "lien", "blien", "balien", "laien"]
)
def test_a_letter_too_many_too_few_another_or_two_swapped_are_one_typo(asked: str) -> None:
    assert films("Our Alien Friend", "Up").names(f"our {asked} friend") == ["Our Alien Friend"]


def test_the_fewer_typos_the_sooner_though_a_little_less_known() -> None:
    assert films("Strinkle Two", "Strangle One").names("strongle") == [
        "Strangle One",
        "Strinkle Two",
    ]


def test_nothing_is_mistyped_where_a_name_begins_so() -> None:
    catalogue = films("Souvenir", "South Kitchen")

    assert catalogue.names("sout") == ["South Kitchen"]
    assert catalogue.names("souht") == ["South Kitchen"]


def test_what_begins_so_but_is_of_another_kind_hinders_no_typo() -> None:
    catalogue = Catalogue(Entry("Souls", 5), Entry("Sours", 3, "franquicia"))

    assert catalogue.names("souls", "franquicia") == ["Sours"]
    assert catalogue.names("souls") == ["Souls"]
    assert catalogue.names("soups", "pelicula") == ["Souls"]


@pytest.mark.parametrize(("holding", "mistyped"), [(0, 1), (1, 1), (4, 1), (5, 0), (6, 0)])
def test_a_word_may_be_mistyped_though_a_few_names_hold_it(holding: int, mistyped: int) -> None:
    catalogue = films(*(f"Night {n} Souls" for n in range(holding)), "Great Sours")

    found = catalogue.names("souls")

    assert found == [f"Night {n} Souls" for n in range(holding)] + ["Great Sours"] * mistyped


@pytest.mark.parametrize(("holding", "mistyped"), [(FREQUENT, 1), (FREQUENT + 1, 0)])
def test_a_frequent_word_is_not_mistyped(holding: int, mistyped: int) -> None:
    titles = [f"Star {n}" for n in range(holding)]

    catalogue = films(*titles, "Stir Trek Two")

    assert catalogue.find("star trek").total == mistyped


def test_a_word_that_only_begins_others_may_be_mistyped_however_many_they_are() -> None:
    titles = [f"Starling {n}" for n in range(FREQUENT + 1)]

    assert films(*titles, "Stir Trek").names("star trek") == ["Stir Trek"]


def test_what_a_word_may_have_meant_is_limited_to_the_nearest() -> None:
    letters = "abcdefgh"
    far = [f"zzzzzz{one}{other} x" for one in letters for other in letters]
    catalogue = films(*far, "zzzzzzzyx x", "zzzzzzzy x")

    found = catalogue.names("zzzzzzzx")

    assert {"zzzzzzzyx x", "zzzzzzzy x"} <= {*found}
    assert len(found) == 50


def test_a_mistyped_word_that_is_typed_twice_is_one_typo() -> None:
    catalogue = films("Terminator Alien", "Terminatox Alian")

    assert catalogue.names("terminatox terminatox alien") == [
        "Terminator Alien",
        "Terminatox Alian",
    ]


def test_typos_of_several_words_add_up() -> None:
    catalogue = films("Nine Gattaca Terminator", "Nine Gattacx Terminator")

    assert catalogue.names("gattacx terminatox") == [
        "Nine Gattacx Terminator",
        "Nine Gattaca Terminator",
    ]


def test_with_words_too_many_the_well_known_name_among_them_is_found() -> None:
    catalogue = films("Titanic", "Inception", "Leon")

    assert catalogue.names("pelicula titanic") == ["Titanic"]
    assert catalogue.names("inception nolan 2010") == ["Inception"]
    # Short ones are anybody's.
    assert catalogue.names("el rey leon") == []
    assert films(*OTHERS, "Titanic").names("titanic nolan") == []


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("千と千尋の神隠し", "千と千尋の神隠し"),
        ("千と千尋の神隠し", "千と"),
        ("Иди и смотри", "смотри"),
        ("Иди и смотри", "ИДИ"),
        ("Иди и смотри", "смoтри".replace("o", "а")),
        ("Amélie", "amelie"),
        ("Le fabuleux destin d'Amélie Poulain", "DAMÉLIE poul"),
        ("Smørrebrød", "smorre"),
        ("Ελένη", "ελενη"),
        ("هوش", "هوش"),
        ("여고괴담", "여고"),
        ("!!!", "!!!"),
        ("…", "…"),
        ("𝕏 ray", "x r"),
        ("🎬", "🎬"),
    ],
)
def test_names_of_every_script_are_found(title: str, asked: str) -> None:
    catalogue = films("Up", "Brat", "東京物語", title, "Солярис")

    assert catalogue.names(asked) == [title]


@pytest.mark.parametrize(
    "asked", ["ф", "ц", "六", "☃", "ö☃", "\U0010ffff", "q" * 500, "q q " * 125, "up" * 250]
)
def test_what_nobody_has_is_not_found(asked: str) -> None:
    catalogue = films("Up", "Солярис", "東京物語", "♥")

    assert catalogue.find(asked) == (0, [], None)


def test_a_catalogue_of_one_name_is_searched() -> None:
    catalogue = films("Up")

    assert catalogue.names("up") == catalogue.names("u") == ["Up"]
    assert catalogue.names("p") == []


def test_nothing_is_found_in_an_empty_catalogue() -> None:
    assert Catalogue().find("up and away") == (0, [], None)


def test_equals_stay_in_their_places_whatever_the_page() -> None:
    titles = ["Up", "Up a", "The Up", "Up b", "Up a", "Up b", "Up b", "Up b"]
    votes = [2, 2, 0, 1, 0, 1, 2, 0]
    catalogue = Catalogue(
        *(
            Entry(title, count, id=n + 1)
            for n, (title, count) in enumerate(zip(titles, votes, strict=True))
        )
    )

    whole = catalogue.find("up").results

    assert [catalogue.find("up", None, n, 1).results for n in range(8)] == [[row] for row in whole]


def test_a_page_beyond_the_last_is_empty_and_tells_the_total() -> None:
    catalogue = films("Up", "Upside", "Upper")

    assert catalogue.find("up", first=3, count=10) == (3, [], None)
    assert catalogue.find("up", first=999, count=10) == (3, [], None)


def test_what_is_no_index_is_refused() -> None:
    sound = index_of(Name("Up"))
    sections = {name: bytes(section) for name, section in open_sections(sound).items()}
    unsound = [
        *(b"", b"junk", b"\xff" * 99, sound[:-1], sound + b"\0", sound[:4] + b"x" + sound[5:]),
        pack_sections({}),
        *(pack_sections({**sections, name: b"abc"}) for name in SECTIONS if SECTIONS[name] != "B"),
        *(
            pack_sections({name: sections[name] for name in sections if name != other})
            for other in sections
        ),
    ]

    for data in unsound:
        with pytest.raises(UnsoundReleaseError, match="buscar"):
            NameIndex(data)


@pytest.mark.parametrize("typed", ["the alien", "el alien", "the ali", "the alein"])
def test_an_article_that_the_name_does_not_have_is_passed_over(typed: str) -> None:
    assert films("Alien", "Up").find(typed).results[0]["nombre"] == "Alien"


def test_an_article_that_some_name_has_is_meant() -> None:
    assert films("Alien", "The Alien").names("the alien") == ["The Alien"]
    assert films("Alien", "The Alien").names("the ali") == ["The Alien"]


def test_a_well_known_film_is_found_by_what_may_be_read_as_its_name() -> None:
    catalogue = films("Heat", "Cats & Dogs", "The Dark Knight", *OTHERS, "Cats and Dogs")
    others = Catalogue(Entry("Pan's Labyrinth", 9, id=1, others=("El laberinto del fauno",)))

    for asked, found in (
        ("Heat (2000)", ["Heat"]),
        ("heat 1999", ["Heat"]),
        ("Dark Knight, The", ["The Dark Knight"]),
        ("Heat [Extended]", ["Heat"]),
        ("pelicula heat", ["Heat"]),
        ("cats and dogs", ["Cats and Dogs", "Cats & Dogs"]),
    ):
        assert catalogue.names(asked) == found, asked
    assert others.names("laberinto del fauno") == ["Pan's Labyrinth"]


def test_of_namesakes_the_one_of_the_year_is_found() -> None:
    rows = (Name("King Kong", n, id=n, year=1930 + n) for n in range(1, 4))
    index = NameIndex(index_of(*rows))

    for asked, years in (("King Kong (1932)", [1932]), ("King Kong 1999", [1933, 1932, 1931])):
        found = index.find(asked, None, 0, 9).results
        assert [result["anio"] for result in found] == years


# ---- What a search finds, worked out name by name. In a small catalogue all are well known.

EXACT, BEGINS_IN_WORDS, BEGINS_OR_HAS_WORDS, BEGINS_WORDS = range(4)


def forms(name_key: str) -> set[str]:
    return {compact(name_key), compact(without_article(name_key))}


def words_of(entry: Entry) -> set[str]:
    """Return the words of an entry's names, and their initials as one."""
    held: set[str] = set()
    for name_key in entry.keys:
        runs = groupby(name_key.split(), lambda word: len(word) == 1)
        joined = ["".join(run) for single, run in runs if single]
        held |= {*name_key.split(), *(run for run in joined if len(run) > 1)}
    return held


def holds(held: set[str], typed: str, asked: str) -> bool:
    """Tell whether a word of what was asked is among words; the short ones are, if whole."""
    *before, last = asked.split()
    longest = 3 if typed != last else 0 if before else 2
    return typed in held or (len(typed) > longest and any(word.startswith(typed) for word in held))


def level_of(asked: str, entry: Entry) -> int | None:
    """Tell how near an entry is to what was typed without a mistake."""
    every, held = set().union(*map(forms, entry.keys)), words_of(entry)
    whole = {*asked.split()} <= held
    if compact(asked) in forms(entry.keys[0]):
        return EXACT
    if compact(asked) in every:
        return BEGINS_IN_WORDS
    begun = any(form.startswith(compact(asked)) for form in every)
    if begun or whole:
        return BEGINS_IN_WORDS if begun and whole else BEGINS_OR_HAS_WORDS
    return BEGINS_WORDS if all(holds(held, typed, asked) for typed in asked.split()) else None


def distance(one: str, other: str) -> int:
    """Count insertions, deletions, substitutions and swaps of neighbours."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, another in enumerate(other, 1):
            cost = letter != another
            row.append(min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + cost))
            if i > 1 and j > 1 and one[i - 2 : i] == other[j - 2 : j][::-1]:
                row[-1] = min(row[-1], rows[-2][j - 2] + 1)
        rows.append(row)
    return rows[-1][-1]


def typos(asked: str, entry: Entry) -> int | None:
    """Count the typos in what was asked if an entry was meant, None where there are too many."""
    total, held = 0, words_of(entry)
    for typed in dict.fromkeys(asked.split()):
        if not holds(held, typed, asked):
            most = 1 + (len(typed) >= 8)
            near = [distance(typed, word) for word in held if alike(typed, word)]
            if min(near, default=most + 1) > most:
                return None
            total += min(near)
    return total


def alike(typed: str, word: str) -> bool:
    """Tell whether a word begins as it was typed, or that is its one typo; a short one's a swap."""
    if len(typed) < 4:
        return sorted(typed) == sorted(word) and distance(typed, word) == 1
    swapped = typed[1] + typed[0] + typed[2:]
    return (
        typed[0] == word[0]
        or word in {typed[1:], swapped}
        or (word[0].isascii() and typed[1:] == word[1:])
        or (word[0].isascii() and typed == word[1:])
    )


def by_hand(catalogue: Catalogue, entries: list[Entry], query: str, asked: str) -> dict[int, int]:
    """Return the level of everything that is found, by its number."""
    numbers = {catalogue.best_known.index(entry.result): entry for entry in entries}
    every = {number: set().union(*map(forms, entry.keys)) for number, entry in numbers.items()}
    levels = {number: level_of(asked, entry) for number, entry in numbers.items()}
    begun = [number for number, level in levels.items() if level is not None]
    begins = any(form.startswith(compact(asked)) for each in every.values() for form in each)
    if EXACT not in levels.values():
        read = {compact(each) for one in readings(query) for each in reading_keys(one.name)}
        meant = [number for number in numbers if every[number] & read]
        begins |= bool(meant)
        levels |= dict.fromkeys(meant, BEGINS_IN_WORDS)
        for number, entry in numbers.items() if len(compact(asked)) >= 5 else ():
            if levels[number] is None and distance(compact(asked), compact(entry.keys[0])) <= 1:
                levels[number] = BEGINS_OR_HAS_WORDS
    if len(compact(asked)) >= 5 and len(begun) < 5 and not begins:
        for number, entry in numbers.items():
            if levels[number] is None and (count := typos(asked, entry)) is not None:
                levels[number] = BEGINS_WORDS + count
    return {number: level for number, level in levels.items() if level is not None}


WORDS_OF_NAMES = [
    *("the", "a", "la", "toy", "toys", "tay", "story", "stories", "storey", "stroy", "matrix"),
    *("matrx", "mtarix", "matador", "x", "2", "ñandú", "千と千尋", "千", "брат", "брать", "!"),
]
words = st.sampled_from(WORDS_OF_NAMES) | st.text("aeñ千", min_size=1, max_size=4)
names = st.lists(words, min_size=1, max_size=4).map(" ".join)
mistakes = st.builds(
    lambda name, place, typed: name[:place] + typed + name[place + 1 :],
    names,
    st.integers(0, 20),
    st.text("aeñ千xt ", max_size=2),
)
queries = (
    names | mistakes | st.builds(lambda name, end: name[:end], names, st.integers(1, 12))
).filter(key)
kinds = st.sampled_from(list(KINDS))


@st.composite
def catalogues(draw: st.DrawFn) -> list[Entry]:
    """Films, some of them namesakes, and others that may have several names."""
    titled = st.tuples(names, st.integers(0, 3), st.lists(names, max_size=2).map(tuple))
    some_films = [
        Entry(title, votes, id=n, others=others)
        for n, (title, votes, others) in enumerate(draw(st.lists(titled, max_size=10)), 1)
    ]
    others = st.builds(
        Entry,
        names,
        st.integers(0, 3),
        kinds.filter(lambda kind: kind != "pelicula"),
        st.none(),
        st.lists(names, max_size=3, unique_by=key).map(tuple),
    )
    unique = draw(st.lists(others, max_size=8, unique_by=lambda entry: (entry.tipo, entry.nombre)))
    return draw(st.permutations(some_films + unique))


@settings(max_examples=70)
@given(catalogues().filter(len), queries)
def test_a_search_finds_what_a_look_at_every_name_would(entries: list[Entry], asked: str) -> None:
    catalogue = Catalogue(*entries)

    found = catalogue.find(asked).results

    expected = by_hand(catalogue, entries, asked, key(asked))
    if not expected and (bare := without_article(key(asked))) != key(asked):
        expected = by_hand(catalogue, entries, asked, bare)
    if expected:
        numbers = [catalogue.best_known.index(result) for result in found]
        weight = {n: level and 4 * level + log2(n + 2) for n, level in expected.items()}
        assert numbers == sorted(expected, key=lambda number: (weight[number], number))
    else:
        # Of words too many, a name.
        assert all(compact(key(asked)) != compact(key(result["nombre"])) for result in found)


@settings(max_examples=25)
@given(catalogues().filter(len), queries, st.integers(1, 12), st.none() | kinds)
def test_its_pages_are_the_whole_list(
    entries: list[Entry], asked: str, count: int, kind: str | None
) -> None:
    catalogue = Catalogue(*entries)

    whole = catalogue.find(asked, kind)

    pages = [
        catalogue.find(asked, kind, first, count) for first in range(0, whole.total + 1, count)
    ]
    assert {page.total for page in pages} == {whole.total}
    assert list(chain.from_iterable(page.results for page in pages)) == whole.results
    assert {result["tipo"] for result in whole.results} <= ({kind} if kind else set(KINDS))


@settings(max_examples=25)
@given(catalogues().filter(len))
def test_every_name_finds_its_entry(entries: list[Entry]) -> None:
    catalogue = Catalogue(*entries)

    for entry in entries:
        for name in (entry.nombre, *entry.others):
            assert entry.result in catalogue.find(name, entry.tipo).results
        assert entry.result in catalogue.find(entry.nombre, count=len(entries)).results


@given(st.integers(0, 20_000), st.integers(1, 40))
def test_words_are_corrected_as_far_as_the_budget_goes(work: int, count: int) -> None:
    word = "godzilla"
    variants = [f"{word[:i]}{c}{word[i + 1 :]}" for i in range(8) for c in "xyzwv"][:count]
    enough, budget = Budget(10**9), Budget(work)

    whole, found = (GODZILLAS.find(" ".join(variants), budget=each) for each in (enough, budget))

    assert whole.total == 20
    assert whole.notice is None
    assert budget.exceeded == (10**9 - enough.left > work)
    if budget.exceeded:
        assert "sin corregir" in (found.notice or "")
    else:
        assert found == whole


GODZILLAS = films(*(f"Godzilla {n}" for n in range(20)))
