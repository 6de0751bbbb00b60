"""The names of films: titles, original titles and others, and what may be meant by each."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.readings import (
    ANY_ARTICLES,
    ARTICLES,
    REWRITTEN,
    far_better_known,
    reading_keys,
)
from cartelera.contract.tables import FILM, IMDB, KEY, NOMBRES, VOTES
from etl.catalogue.catalogue import name_order, sort_by_name
from etl.catalogue.name_keys import compact_keys, name_keys, to_array
from etl.tables.rows import to_arrow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cartelera.contract.tables import TableSchema

# The kinds of a film's names, in the order that the same name of two kinds goes by.
TITLE, ORIGINAL, AKA = NAME_KINDS = ("title", "original", "aka")
NO_AKAS = pd.DataFrame({FILM: pd.Series(dtype="int64"), "name": pd.Series(dtype="str")})
# Titles are in English or in the film's own language, and most others in Spanish.
_ARTICLES = ARTICLES["en"] | ARTICLES["es"]
# Keys of names that may have another reading key: with an article, which an l may be that was
# elided, or with a word that is rewritten.
_READ_OTHERWISE = (
    f"^l|^(?:{'|'.join(sorted(ANY_ARTICLES.union(*ARTICLES.values())))}) "
    f"|(?:^| )(?:{'|'.join(sorted(REWRITTEN))})(?: |$)"
)


def film_names(films: pd.DataFrame, akas: pd.DataFrame) -> pd.DataFrame:
    """Return every name of each film, once: spellings of one key are one name.

    Parameters
    ----------
    films
        Those of a catalogue, with `title`, `original_title` and `key`.
    akas
        Further names: `film`, a row of `films`, and `name`.

    Returns
    -------
    DataFrame
        `film`, `name`, its `key` and `kind`, one of `NAME_KINDS`, and `votes`, those of the film;
        by kind and then in the order of the films.
    """
    titles = {FILM: range(len(films)), "name": films["title"], KEY: films[KEY], "kind": TITLE}
    # Three films of four have one title alone.
    two = np.flatnonzero(films["original_title"] != films["title"])
    originals = {FILM: two, "name": films["original_title"].iloc[two], "kind": ORIGINAL}
    others = pd.concat([pd.DataFrame(originals), akas[[FILM, "name"]].assign(kind=AKA)])
    others = others.dropna(subset="name")
    others[KEY] = name_keys(others["name"])
    names = pd.concat([pd.DataFrame(titles), others], ignore_index=True)
    names = names[names[KEY] != ""]
    spaceless = names.assign(key=compact_keys(names[KEY]))
    names = names[~spaceless.duplicated([FILM, KEY])]
    return names.assign(votes=films["vote_count"].to_numpy()[names[FILM]]).reset_index(drop=True)


def by_reading_key(films: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    """Return the names of `film_names` once for each of their reading keys: these are the `key`.

    Parameters
    ----------
    films
        Those of a catalogue, with `original_language`.
    names
        Their names, those of `film_names`.
    """
    keys = to_array(names[KEY])
    others = pc.match_substring_regex(keys, _READ_OTHERWISE).to_numpy(zero_copy_only=False)
    languages = films["original_language"].to_numpy()[names.loc[others, FILM]]
    articles = {each: _ARTICLES.union(ARTICLES.get(each, ())) for each in set(languages)}
    found = [
        reading_keys(name, articles[language])
        for name, language in zip(names.loc[others, "name"].tolist(), languages, strict=True)
    ]
    counts = np.ones(len(names), np.int64)
    counts[others] = list(map(len, found))
    rows = np.repeat(np.arange(len(names)), counts)
    found_keys = pa.array(chain.from_iterable(found), keys.type)
    keys = pc.replace_with_mask(keys.take(pa.array(rows)), pa.array(others[rows]), found_keys)
    return names.take(rows).reset_index(drop=True).assign(key=keys.to_pandas())


def name_tables(
    films: pd.DataFrame, names: pd.DataFrame
) -> Iterator[tuple[TableSchema[Any], pa.Table]]:
    """Yield the tables by which films are found that are not asked for by their titles.

    Parameters
    ----------
    films
        Those of a catalogue, with `key`, `imdb_id` and `vote_count`.
    names
        Their names, those of `by_reading_key`.
    """
    own = compact_keys(films["key"]).to_numpy()[names[FILM]]
    others = names[(names["kind"] != TITLE) | (compact_keys(names[KEY]) != own)]
    yield NOMBRES, _sorted(NOMBRES, others.rename(columns={"name": "nombre"}))
    identified = films[["imdb_id", "vote_count"]].dropna().rename_axis(FILM).reset_index()
    columns = {"imdb_id": KEY, "vote_count": VOTES}
    yield IMDB, _sorted(IMDB, identified.rename(columns=columns))


def better_known(films: pd.DataFrame, names: pd.DataFrame) -> pd.Series[int]:
    """Return the row of the far better known film that each film's title may be meant for.

    Null where there is none. Films of one title have the same.

    Parameters
    ----------
    films, names
        As of `name_tables`.
    """
    texts = pd.concat([compact_keys(names[KEY]), compact_keys(films["key"])])
    codes, spaceless = texts.factorize()
    keys, titles = codes[: len(names)], codes[len(names) :]
    film, votes = names[FILM].to_numpy(), names[VOTES].to_numpy()
    best = _first_rows(keys, np.argsort(-votes, kind="stable"), len(spaceless))
    own = np.flatnonzero(names["kind"] == TITLE)
    candidates = best[keys[own]]
    likeliest = np.argsort(-votes[candidates], kind="stable")
    # By film; one whose title has no key means none.
    places = _first_rows(film[own], likeliest, len(films))
    named = places >= 0
    meant = np.full(len(films), -1)
    meant[named] = film[candidates[places[named]]]
    counts = films["vote_count"].to_numpy()
    # Of the films of a title the first is its best known.
    leaders = _first_rows(titles, np.arange(len(films)), len(spaceless))[titles]
    pairs = zip(counts[meant].tolist(), counts[leaders].tolist(), strict=True)
    known = np.array([far_better_known(*each) for each in pairs], np.bool_)
    rows = pd.Series(meant, films.index, dtype="Int32")
    return rows.where(named & known & (titles[meant] != titles))


def _first_rows(
    groups: NDArray[np.int64], order: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """Return the first row of each group, -1 for one without any.

    Parameters
    ----------
    groups : shape (rows,)
        Of each row, from 0.
    order : shape (rows,)
        The rows, the first ones first.
    count
        How many groups there are.
    """
    rows = np.full(count, -1)
    rows[groups[order[::-1]]] = order[::-1]
    return rows


def _sorted(schema: TableSchema[Any], rows: pd.DataFrame) -> pa.Table:
    return to_arrow(schema, sort_by_name(rows, name_order(VOTES, FILM)))
