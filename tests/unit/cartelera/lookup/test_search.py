from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartelera.contract.names import compact, key
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.contract.tables import KINDS
from cartelera.lookup.fuzzy import Budget
from cartelera.lookup.search import read_lexicon, read_name_index
from cartelera.lookup.suggestions import ARTICLES
from etl.release.files import table_file

if TYPE_CHECKING:
    from cartelera.contract.tables import Resultado
    from cartelera.lookup.search import Lexicon, SearchResults

BUSCAR_TYPES = {
    "key": pa.string(),
    "votes": pa.int64(),
    "entry": pa.int32(),
    "kind": pa.int64(),
    "tipo": pa.string(),
    "nombre": pa.string(),
    "id": pa.int64(),
    "anio": pa.int64(),
}
PALABRAS_TYPES = {"key": pa.string(), "votes": pa.int64(), "found_in": pa.list_(pa.int32())}
EVERYTHING = 10_000
# More names than that hold a word which is then no typo.
FREQUENT = 100


class Entry(NamedTuple):
    """What a search can find: films have an id, and others may have more names than one."""

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
        return {"tipo": self.tipo, "nombre": self.nombre, "id": self.id, "anio": None}


def laid_out(types: dict[str, pa.DataType], *columns: list[Any]) -> bytes:
    return table_file(pa.table(list(columns), schema=pa.schema(list(types.items())))).data


class Catalogue:
    """Entries laid out as the job does, ready to be searched."""

    def __init__(self, *entries: Entry) -> None:
        rows = sorted(
            (compact(name_key), -entry.votes, number, name_key)
            for number, entry in enumerate(entries)
            for name_key in entry.keys
        )
        of_row = [number for *_, number, _ in rows]
        found_in: dict[str, list[int]] = {}
        for row, (*_, name_key) in enumerate(rows):
            for word in dict.fromkeys(name_key.split()):
                found_in.setdefault(word, []).append(row)
        held = sorted(found_in)
        self._index = read_name_index(
            laid_out(
                BUSCAR_TYPES,
                [name_key for *_, name_key in rows],
                [-votes for _, votes, *_ in rows],
                [of_row.index(number) for number in of_row],
                [list(KINDS).index(entries[number].tipo) for number in of_row],
                [entries[number].tipo for number in of_row],
                [entries[number].nombre for number in of_row],
                [entries[number].id for number in of_row],
                [None] * len(rows),
            )
        )
        self._words = read_lexicon(
            laid_out(
                PALABRAS_TYPES,
                held,
                [len(found_in[word]) for word in held],
                [found_in[word] for word in held],
            )
        )
        self.words_opened = 0

    def words(self) -> Lexicon:
        self.words_opened += 1
        return self._words

    def find(
        self,
        asked: str,
        kind: str | None = None,
        first: int = 0,
        count: int = EVERYTHING,
        budget: Budget | None = None,
    ) -> SearchResults:
        return self._index.find(asked, kind, self.words, first, count, budget)

    def names(self, asked: str, kind: str | None = None) -> list[str]:
        found = self.find(asked, kind)
        assert found.total == len(found.results)
        return [result["nombre"] for result in found.results]


def films(*titles: str) -> Catalogue:
    """Make a catalogue of films, the best known first."""
    return Catalogue(*(Entry(title, len(titles) - n, id=n + 1) for n, title in enumerate(titles)))


def test_a_film_comes_with_its_id_and_others_with_their_kind() -> None:
    catalogue = Catalogue(Entry("Toy Story", 9, id=862), Entry("Toy Story", 5, "franquicia"))

    assert catalogue.find("toy story") == (
        2,
        [
            {"tipo": "pelicula", "nombre": "Toy Story", "id": 862, "anio": None},
            {"tipo": "franquicia", "nombre": "Toy Story", "id": None, "anio": None},
        ],
        None,
    )


def test_the_whole_name_goes_before_a_beginning_and_that_before_a_word_however_well_known() -> None:
    catalogue = films("Our Alien", "Aliens", "Alien")

    assert catalogue.names("alien") == ["Alien", "Aliens", "Our Alien"]


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

    assert catalogue.names("emp back") == ["The Empire Strikes Back"]
    assert catalogue.names("back stri") == ["The Empire Strikes Back"]
    assert catalogue.names("trek star") == ["Star Trek Beyond"]


def test_a_word_within_a_word_is_not_held() -> None:
    assert films("Stardust", "Star", "Eastarn Wood", "Cold Star").names("star") == [
        "Star",
        "Stardust",
        "Cold Star",
    ]


def test_words_are_not_held_across_names() -> None:
    assert films("Toy", "Story").names("toy story") == []


def test_the_words_of_neighbouring_names_are_told_apart() -> None:
    titles = ["A Red Fox", "A Red Hen", "B Red", "C Fox Red", "D Fox", "E", "F Red Fox Red"]

    assert sorted(films(*titles).names("fox red")) == ["A Red Fox", "C Fox Red", "F Red Fox Red"]


def test_votes_decide_among_names_that_fit_equally_well() -> None:
    catalogue = Catalogue(
        Entry("King Kong", 400, id=1),
        Entry("King Kong", 2000, id=2),
        Entry("King Kong", 600, id=3),
        Entry("King Kong Lives", 30, id=4),
        Entry("King Kong Escapes", 40, id=5),
        Entry("Ape vs King Kong", 50_000, id=6),
    )

    found = [result["id"] for result in catalogue.find("king kong").results]

    assert found == [2, 3, 1, 5, 4, 6]


def test_films_go_before_franchises_and_those_before_people_of_exactly_that_name() -> None:
    kinds = list(KINDS)
    catalogue = Catalogue(*(Entry("Rocky", 10 * n, kind) for n, kind in enumerate(kinds)))

    assert [result["tipo"] for result in catalogue.find("rocky").results] == kinds


def test_votes_and_not_kinds_decide_among_names_that_only_begin_so() -> None:
    catalogue = Catalogue(Entry("Rocky II", 5), Entry("Rocky Stone", 9, "actor"))

    assert catalogue.names("rocky") == ["Rocky Stone", "Rocky II"]


def test_a_film_of_endless_votes_does_not_go_before_what_fits_better() -> None:
    catalogue = Catalogue(Entry("Alien", 0), Entry("Aliens", 2**62), Entry("An Alien", 2**41))

    assert catalogue.names("alien") == ["An Alien", "Alien", "Aliens"]


def test_a_franchise_of_endless_votes_does_not_go_before_a_film_of_none() -> None:
    catalogue = Catalogue(Entry("Rocky", 0), Entry("Rocky", 2**62, "franquicia"))

    assert [result["tipo"] for result in catalogue.find("rocky").results] == [
        "pelicula",
        "franquicia",
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


def test_an_entry_that_several_of_its_names_fit_counts_once_by_the_best() -> None:
    japan = Entry("Japón", 50, "pais", others=("Japan", "JPN", "Nippon", "JP"))
    catalogue = Catalogue(japan, Entry("Jap", 1), Entry("Japanese Story", 70))

    assert catalogue.names("jap") == ["Jap", "Japanese Story", "Japón"]
    assert catalogue.names("japan") == ["Japón", "Japanese Story"]
    assert catalogue.names("nippon") == ["Japón"]
    assert catalogue.find("jp") == (1, [japan.result], None)


def test_a_mistyped_word_finds_what_was_meant() -> None:
    catalogue = films("The Godfather", "Goodfellas", "Father")

    assert catalogue.names("godfahter") == ["The Godfather"]
    assert catalogue.names("the godfathr") == ["The Godfather"]


def test_every_other_word_is_held_beside_a_mistyped_one() -> None:
    catalogue = films("Star Trek", "Star Wars", "Trek")

    assert catalogue.names("star trke") == ["Star Trek"]
    assert catalogue.names("st trke") == ["Star Trek"]
    assert catalogue.names("sun trke") == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        # Of two letters every other word would be a typo.
        ("ap", []),
        ("upp", ["Up"]),
        ("ipp", []),
        ("aliun", ["Alien"]),
        ("oliun", []),
        ("matrux", ["Matrix"]),
        ("motrux", ["Matrix"]),
        ("mot rux", []),
        ("motruz", []),
        ("casablonca", ["Casablanca"]),
        ("cosablonca", ["Casablanca"]),
        ("cosoblonca", []),
    ],
)
def test_a_word_forgives_one_typo_and_one_of_six_letters_two(asked: str, found: list[str]) -> None:
    assert films("Up", "Alien", "Matrix", "Casablanca").names(asked) == found


@pytest.mark.parametrize("asked", ["alxien", "alen", "alixn", "alein"])
def test_a_letter_too_many_too_few_another_or_two_swapped_are_one_typo(asked: str) -> None:
    assert films("Alien", "Up").names(asked) == ["Alien"]


def test_the_fewer_typos_the_better_however_well_known() -> None:
    assert films("Strungle", "Strangle").names("strongle") == ["Strungle", "Strangle"]
    assert films("Strinkle", "Strangle").names("strongle") == ["Strangle", "Strinkle"]


def test_nothing_is_mistyped_where_a_name_begins_so() -> None:
    catalogue = films("Sour", "Soul Kitchen")

    assert catalogue.names("soul") == ["Soul Kitchen"]
    assert catalogue.words_opened == 0
    assert catalogue.names("soup") == ["Sour", "Soul Kitchen"]
    assert catalogue.words_opened == 1


def test_what_begins_so_but_is_of_another_kind_hinders_no_typo() -> None:
    catalogue = Catalogue(Entry("Soul", 5), Entry("Sour", 3, "franquicia"))

    assert catalogue.names("soul", "franquicia") == ["Sour"]
    assert catalogue.names("soul") == ["Soul"]


def test_nothing_of_another_kind_is_found_by_a_typo() -> None:
    catalogue = Catalogue(Entry("Soul", 5), Entry("Sour", 3, "franquicia"))

    assert catalogue.names("soup", "pelicula") == ["Soul"]


@pytest.mark.parametrize(("holding", "mistyped"), [(0, 1), (1, 1), (4, 1), (5, 0), (6, 0)])
def test_a_word_may_be_mistyped_though_a_few_names_hold_it(holding: int, mistyped: int) -> None:
    catalogue = films(*(f"Night {n} Soul" for n in range(holding)), "Great Sour")

    found = catalogue.names("soul")

    assert found == [f"Night {n} Soul" for n in range(holding)] + ["Great Sour"] * mistyped


@pytest.mark.parametrize(("holding", "mistyped"), [(FREQUENT, 1), (FREQUENT + 1, 0)])
def test_a_frequent_word_is_not_mistyped(holding: int, mistyped: int) -> None:
    titles = [f"Star {n}" for n in range(holding)]

    catalogue = films(*titles, "Stir Trek")

    assert catalogue.find("star trek").total == mistyped


def test_a_word_that_only_begins_others_may_be_mistyped_however_many_they_are() -> None:
    titles = [f"Starling {n}" for n in range(FREQUENT + 1)]

    assert films(*titles, "Stir Trek").names("star trek") == ["Stir Trek"]


def test_what_a_word_may_have_meant_is_limited_to_the_nearest() -> None:
    letters = "abcdefgh"
    far = [f"zzzz{one}{other}" for one in letters for other in letters]
    catalogue = films(*far, "zzzzzyx", "zzzzzy")

    found = catalogue.names("zzzzzx")

    assert found[:2] == ["zzzzzyx", "zzzzzy"]
    assert len(found) == 50


def test_a_word_of_a_name_is_the_one_that_is_nearest() -> None:
    catalogue = films("Strinkle Strangle", "Strangle Strinkle", "Strangle", "Strinkle")

    assert catalogue.names("strongle") == [
        "Strinkle Strangle",
        "Strangle Strinkle",
        "Strangle",
        "Strinkle",
    ]


def test_a_mistyped_word_that_is_typed_twice_is_one_typo() -> None:
    catalogue = films("Terminator Alien", "Terminatox Alian")

    assert catalogue.names("terminatox terminatox alien") == [
        "Terminator Alien",
        "Terminatox Alian",
    ]


def test_typos_of_several_words_add_up() -> None:
    catalogue = films("Gattaca Terminator", "Gattaca Terminatox", "Gattacx Terminator")

    assert catalogue.names("gattacx terminatox") == [
        "Gattaca Terminatox",
        "Gattacx Terminator",
        "Gattaca Terminator",
    ]


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
    "asked", ["ф", "ц", "六", "☃", "ö☃", "\U0010ffff", "q" * 500, "q q " * 125]
)
def test_what_nobody_has_is_not_found(asked: str) -> None:
    catalogue = films("Up", "Солярис", "東京物語", "♥")

    assert catalogue.find(asked) == (0, [], None)


def test_a_query_may_be_longer_than_everything_there_is() -> None:
    assert films("Up").find("up" * 250) == (0, [], None)
    assert films("Up").find("up " + "zz " * 160) == (0, [], None)


def test_a_catalogue_of_one_name_is_searched() -> None:
    catalogue = films("Up")

    assert catalogue.names("up") == catalogue.names("u") == ["Up"]
    assert catalogue.names("p") == []


def test_nothing_is_found_in_an_empty_catalogue() -> None:
    assert Catalogue().find("up") == (0, [], None)


def test_equals_stay_in_their_places_whatever_the_page() -> None:
    titles = ["Up", "Up a", "The Up", "Up b", "Up a", "Up b", "Up b", "Up b"]
    votes = [2, 2, 0, 1, 0, 1, 2, 0]
    catalogue = Catalogue(
        *(
            Entry(title, count, id=n)
            for n, (title, count) in enumerate(zip(titles, votes, strict=True))
        )
    )

    whole = catalogue.find("up").results

    assert [catalogue.find("up", None, n, 1).results for n in range(8)] == [[row] for row in whole]


def test_a_page_beyond_the_last_is_empty_and_tells_the_total() -> None:
    catalogue = films("Up", "Upside", "Upper")

    assert catalogue.find("up", first=3, count=10) == (3, [], None)
    assert catalogue.find("up", first=999, count=10) == (3, [], None)


def test_what_is_no_such_table_is_refused() -> None:
    for read in (read_name_index, read_lexicon):
        with pytest.raises(UnsoundReleaseError):
            read(b"junk")


@pytest.mark.parametrize("typed", ["the alien", "el alien", "the ali", "the alein"])
def test_an_article_that_the_name_does_not_have_is_passed_over(typed: str) -> None:
    assert films("Alien", "Up").find(typed).results[0]["nombre"] == "Alien"


def test_an_article_that_some_name_has_is_meant() -> None:
    assert [row["nombre"] for row in films("Alien", "The Alien").find("the alien").results] == [
        "The Alien"
    ]


# ---- What a search finds, worked out name by name.

EXACT, PREFIX, WORDS, NEAR = range(4)


def without_article(name_key: str) -> str:
    article = next((article for article in ARTICLES if name_key.startswith(article)), "")
    return name_key.removeprefix(article)


def fit(asked: str, name_key: str) -> int | None:
    """Tell how well a name fits what was typed without a mistake."""
    names = ((compact(name_key), compact(asked)), (without_article(name_key), asked))
    words = name_key.split()
    if any(name == typed for name, typed in names):
        return EXACT
    if any(name.startswith(typed) for name, typed in names):
        return PREFIX
    if all(any(word.startswith(typed) for word in words) for typed in asked.split()):
        return WORDS
    return None


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


def typos(asked: str, name_key: str, held_by: Counter[str]) -> int | None:
    """Count the typos in what was asked if a name was meant, None where there are too many."""
    total = 0
    words = name_key.split()
    for typed in dict.fromkeys(asked.split()):
        if any(word.startswith(typed) for word in words):
            continue
        most = 0 if len(typed) < 3 or held_by[typed] > FREQUENT else 1 + (len(typed) >= 6)
        fewest = min(distance(typed, word) for word in words)
        if fewest > most:
            return None
        total += fewest
    return total


def by_hand(entries: list[Entry], asked: str, kind: str | None) -> list[tuple[int, ...]]:
    """Rank everything that is to be found: how well it fits, typos, votes, and which it is."""
    asked = key(asked)
    held_by = Counter(word for e in entries for k in e.keys for word in set(k.split()))
    of_kind = [n for n, entry in enumerate(entries) if kind in (None, entry.tipo)]
    held: list[tuple[int, int]] = []
    for typed in (asked, without_article(asked)):
        if not held:
            asked = typed
            fits = [(n, fit(asked, name_key)) for n in of_kind for name_key in entries[n].keys]
            held = [(n, how_well) for n, how_well in fits if how_well is not None]
    ranked: dict[int, tuple[int, int]] = {}
    if len(held) < 5 and all(how_well == WORDS for _, how_well in held):
        for n in of_kind:
            counts = [typos(asked, name_key, held_by) for name_key in entries[n].keys]
            if known := [count for count in counts if count is not None]:
                ranked[n] = (NEAR, min(known))
    for n, how_well in held:
        place = list(KINDS).index(entries[n].tipo) if how_well == EXACT else 0
        ranked[n] = min(ranked.get(n, (NEAR, 99)), (how_well, place))
    return sorted((*rank, -entries[n].votes, n) for n, rank in ranked.items())


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
    titled = st.tuples(names, st.integers(0, 3))
    some_films = [
        Entry(title, votes, id=n)
        for n, (title, votes) in enumerate(draw(st.lists(titled, max_size=10)), 1)
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


@settings(max_examples=400)
@given(catalogues().filter(len), queries, st.none() | kinds)
def test_a_search_finds_what_a_look_at_every_name_would(
    entries: list[Entry], asked: str, kind: str | None
) -> None:
    found = Catalogue(*entries).find(asked, kind)

    by_rank = by_hand(entries, asked, kind)
    rank_of = {tuple(entries[rank[-1]].result.values()): rank[:-1] for rank in by_rank}
    assert found.total == len(found.results) == len(by_rank)
    assert [rank_of[tuple(result.values())] for result in found.results] == [
        rank[:-1] for rank in by_rank
    ]
    assert len({tuple(result.values()) for result in found.results}) == found.total


@given(catalogues().filter(len), queries, st.integers(1, 12))
def test_its_pages_are_the_whole_list(entries: list[Entry], asked: str, count: int) -> None:
    catalogue = Catalogue(*entries)

    whole = catalogue.find(asked)

    pages = [
        catalogue.find(asked, None, first, count) for first in range(0, whole.total + 1, count)
    ]
    assert {page.total for page in pages} == {whole.total}
    assert list(chain.from_iterable(page.results for page in pages)) == whole.results


@given(catalogues().filter(len))
def test_every_name_finds_its_entry(entries: list[Entry]) -> None:
    catalogue = Catalogue(*entries)

    for entry in entries:
        for name in (entry.nombre, *entry.others):
            assert entry.result in catalogue.find(name, entry.tipo).results


@given(st.integers(0, 3_000), st.integers(1, 40))
def test_words_are_corrected_as_far_as_the_budget_goes(work: int, count: int) -> None:
    word = "godzilla"
    catalogue = films(*(f"Godzilla {n}" for n in range(20)))
    variants = [f"{word[:i]}{c}{word[i + 1 :]}" for i in range(8) for c in "xyzwv"][:count]
    enough, budget = Budget(10**9), Budget(work)

    whole, found = (catalogue.find(" ".join(variants), budget=each) for each in (enough, budget))

    assert whole.total == 20
    assert whole.notice is None
    assert budget.exceeded == (10**9 - enough.left > work)
    if budget.exceeded:
        assert "sin corregir" in (found.notice or "")
    else:
        assert found == whole
