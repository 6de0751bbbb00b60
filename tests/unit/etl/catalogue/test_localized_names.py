"""What languages and countries are called, and what they must not be mistaken for."""

from __future__ import annotations

import string
from collections import defaultdict

import pycountry
import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from cartelera.contract.names import compact, key
from etl.catalogue.localized_names import (
    UNNAMED,
    LocalizedNames,
    country_code,
    country_names,
    genre_names,
    language_names,
)

TODAY = {today.alpha_2: today.alpha_3 for today in pycountry.countries}
# Those whose code no country has today.
FORMER = sorted({former.alpha_2 for former in pycountry.historic_countries} - set(TODAY))
TMDBS_OWN = ["XC", "XG", "XI", "XK"]
LANGUAGES = sorted(code for code in map(str, Locale("es").languages) if len(code) == 2)


def keys(known: LocalizedNames) -> set[str]:
    return {key(other) for other in known.others}


@pytest.mark.parametrize(
    ("code", "name", "others"),
    [
        ("en", "inglés", {"ingles", "english", "en", "eng"}),
        ("es", "español", {"espanol", "castellano", "spanish", "es", "spa"}),
        ("zh", "chino", {"chino", "mandarin", "chinese", "zh", "zho"}),
        ("no", "noruego", {"noruego", "norwegian", "no", "nor"}),
        # TMDB's Cantonese, which has no code of two letters, and its films without words.
        ("cn", "cantonés", {"cantones", "cantonese", "yue"}),
        ("xx", "sin contenido lingüístico", {"sin contenido linguistico", "zxx"}),
        # Withdrawn, but films have it.
        ("sh", "serbocroata", {"serbocroata", "serbo croatian", "sh"}),
    ],
)
def test_a_language_goes_by_its_names_and_its_codes(code: str, name: str, others: set[str]) -> None:
    known = language_names(code)

    assert known.name == name
    assert known.others[0] == name
    assert others <= keys(known)


@pytest.mark.parametrize("code", ["zz", "104.0", "q", "english"])
def test_an_unknown_language_has_no_name_but_its_code(code: str) -> None:
    assert language_names(code) == LocalizedNames(None, (code,))


def test_no_language_has_no_names() -> None:
    assert language_names("") == UNNAMED


def test_every_language_has_a_spanish_name_and_its_code() -> None:
    known = {code: language_names(code) for code in LANGUAGES}

    assert len(known) > 150
    assert [code for code in known if not known[code].name] == []
    # Films without words are in no language, and TMDB's code for them is no code of one.
    assert [code for code in known if code not in known[code].others] in ([], ["xx"])


@pytest.mark.parametrize(
    ("code", "name", "others"),
    [
        ("US", "Estados Unidos", {"usa", "united states", "united states of america", "ee uu"}),
        ("GB", "Reino Unido", {"gbr", "united kingdom", "uk", "inglaterra"}),
        ("NL", "Países Bajos", {"nld", "netherlands", "holanda"}),
        ("ES", "España", {"esp", "spain", "reino de espana", "kingdom of spain"}),
        ("DE", "Alemania", {"deu", "germany", "federal republic of germany"}),
        ("MX", "México", {"mex", "mexico"}),
        ("RU", "Rusia", {"rus", "russia", "russian federation", "federacion rusa"}),
        ("KR", "Corea del Sur", {"kor", "south korea", "korea republic of"}),
        ("VN", "Vietnam", {"vnm", "viet nam"}),
        ("TW", "Taiwán", {"twn", "taiwan"}),
        ("HK", "Hong Kong", {"hkg", "hong kong"}),
        ("MO", "Macao", {"mac", "macao"}),
        ("CI", "Costa de Marfil", {"civ", "ivory coast", "cote divoire"}),
        ("CD", "República Democrática del Congo", {"cod", "congo", "congo kinshasa"}),
        ("CG", "República del Congo", {"cog", "congo", "congo brazzaville"}),
        ("PS", "Territorios Palestinos", {"pse", "palestina", "palestine"}),
        ("TN", "Túnez", {"tun", "tunisia"}),
        ("DZ", "Argelia", {"dza", "algeria"}),
        ("XK", "Kosovo", {"kosovo"}),
        ("XI", "Irlanda del Norte", {"northern ireland"}),
        ("MM", "Birmania", {"birmania", "myanmar", "myanmar birmania", "mmr"}),
        ("SU", "Unión Soviética", {"urss", "ussr", "sun", "union of soviet socialist republics"}),
        ("XC", "Checoslovaquia", {"checoslovaquia", "czechoslovakia", "csk"}),
        ("XG", "Alemania Oriental", {"alemania oriental", "rda", "ddr"}),
        ("CS", "Serbia y Montenegro", {"serbia y montenegro", "serbia and montenegro", "scg"}),
        ("YU", "Yugoslavia", {"yugoslavia", "yug"}),
        ("AN", "Antillas Neerlandesas", {"netherlands antilles"}),
        ("ZR", "Zaire", {"zaire", "republica del zaire", "republic of zaire", "zar"}),
        ("BU", "Birmania", {"birmania", "burma"}),
    ],
)
def test_a_country_goes_by_all_its_names_of_today_or_then(
    code: str, name: str, others: set[str]
) -> None:
    known = country_names(code)

    assert known.name == name
    assert known.others[0] == name
    assert others <= keys(known)


def test_the_east_german_republic_goes_by_its_own_names_and_not_by_germanys() -> None:
    east = country_names("XG")

    assert "german democratic republic" in keys(east)
    assert any(name.startswith("republica democratica") for name in keys(east))
    assert not {"alemania", "germany"} & keys(east)
    assert country_names("DD").name == east.name == "Alemania Oriental"


def test_the_soviet_union_goes_by_its_full_name_in_spanish() -> None:
    assert "Unión de Repúblicas Socialistas Soviéticas" in country_names("SU").others


def test_a_code_that_was_given_twice_is_the_later_country() -> None:
    assert "Checoslovaquia" not in country_names("CS").others
    assert "Serbia y Montenegro" not in country_names("XC").others


@pytest.mark.parametrize("code", ["", "ZZ", "XX", "U", "QZQ"])
def test_an_unknown_country_has_no_names(code: str) -> None:
    assert country_names(code) == UNNAMED


def test_every_country_has_a_spanish_name_that_finds_it_and_its_code() -> None:
    spanish, english = Locale("es").territories, Locale("en").territories

    for code, code_of_three in TODAY.items():
        known = country_names(code)
        assert known.name, code
        assert "(" not in known.name, code
        assert known.others[0] == known.name, code
        assert {code_of_three, spanish[code], english[code]} <= set(known.others), code


def test_every_former_country_has_a_name_that_finds_it() -> None:
    for code in (*FORMER, *TMDBS_OWN):
        known = country_names(code)
        assert known.name, code
        assert known.others[0] == known.name, code


def test_no_name_is_empty_or_given_twice() -> None:
    for code in (*TODAY, *FORMER, *TMDBS_OWN):
        others = country_names(code).others
        assert all(key(other) for other in others), code
        assert len(others) == len(set(others)), code


def test_what_a_country_is_called_is_the_cldrs_but_for_the_few_exceptions() -> None:
    spanish = Locale("es").territories

    shown = {code: name for code in TODAY if (name := country_names(code).name) != spanish[code]}
    assert sorted(shown) == ["CG", "CI", "HK", "MM", "MO"]


def test_no_two_countries_of_today_go_by_one_name_but_both_congos() -> None:
    called: dict[str, set[str]] = defaultdict(set)
    for code in TODAY:
        for other in country_names(code).others:
            called[compact(key(other))].add(code)

    shared = {name: codes for name, codes in called.items() if len(codes) > 1}
    assert shared == {"congo": {"CD", "CG"}}


def test_no_former_country_goes_by_a_name_of_todays() -> None:
    of_today = {compact(key(other)) for today in TODAY for other in country_names(today).others}

    # East Timor and Burma are still there, by those names; the code ATF was kept.
    for code in {*FORMER, *TMDBS_OWN} - {"BU", "TP", "FQ"}:
        assert of_today.isdisjoint(compact(key(other)) for other in country_names(code).others), (
            code
        )


def test_no_country_goes_by_what_any_might_be() -> None:
    # What "Midway, islas" is without Midway, "Francia, zona metropolitana" without France.
    generic = {"isla", "islas", "atolon", "zona metropolitana", "metropolitan", "democratico"}

    for code in FORMER:
        assert generic.isdisjoint(keys(country_names(code))), code


@given(st.text(string.ascii_letters, max_size=3) | st.text(max_size=4))
def test_every_code_may_be_asked_for(code: str) -> None:
    for known in (country_names(code), language_names(code)):
        assert all(known.others)
        assert known.name is None or known.name in known.others


# All that TMDB has; "Foreign" is one of its past.
GENRES = [
    "Action",
    "Adventure",
    "Animation",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Family",
    "Fantasy",
    "Foreign",
    "History",
    "Horror",
    "Music",
    "Mystery",
    "Romance",
    "Science Fiction",
    "TV Movie",
    "Thriller",
    "War",
    "Western",
]


def genre_keys(genre: str) -> set[str]:
    name, others, _ = genre_names(genre)
    return {compact(key(each)) for each in (name or genre, *others)}


@pytest.mark.parametrize("genre", GENRES)
def test_every_genre_has_a_spanish_name_and_is_known_by_its_own(genre: str) -> None:
    name, others, _ = genre_names(genre)

    assert name
    assert others[0] == genre
    assert len(set(others)) == len(others)
    assert all(key(other) for other in others)


@pytest.mark.parametrize(
    ("genre", "name", "others"),
    [
        ("Science Fiction", "Ciencia ficción", {"cienciaficcion", "sciencefiction", "scifi"}),
        ("Horror", "Terror", {"terror", "horror", "miedo"}),
        ("War", "Bélica", {"belica", "war", "guerra"}),
        ("Thriller", "Suspense", {"suspense", "suspenso", "thriller"}),
        ("Drama", "Drama", {"drama"}),
    ],
)
def test_a_genre_goes_by_its_names_in_both_languages_and_by_what_people_say(
    genre: str, name: str, others: set[str]
) -> None:
    assert genre_names(genre).name == name
    assert others <= genre_keys(genre)


def test_no_two_genres_go_by_one_name() -> None:
    for place, genre in enumerate(GENRES):
        for other in GENRES[:place]:
            assert genre_keys(genre).isdisjoint(genre_keys(other))


@pytest.mark.parametrize("genre", ["Carousel Productions", "drama", ""])
def test_a_genre_that_tmdb_does_not_have_is_called_as_it_is(genre: str) -> None:
    assert genre_names(genre) == LocalizedNames(None, (genre,))


def test_countries_are_known_by_the_names_that_tmdb_gives_them() -> None:
    names = ("United States of America", "South Korea", "Turkey", "Czechoslovakia", "Soviet Union")

    assert [country_code(name) for name in names] == ["US", "KR", "TR", "XC", "SU"]
    assert country_code("Freedonia") is None
