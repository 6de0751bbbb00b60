"""Catalogues written out by hand: of each film and each list no more than a test is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from cartelera.contract.feature_groups import FEATURE_GROUPS
from etl.catalogue.catalogue import Catalogue, country_codes, film_texts
from etl.catalogue.words import count_words, merge_counts
from etl.clean.tidied import to_array
from etl.clean.unnest import LISTS
from etl.engines.plan import run_steps
from etl.engines.runners.local import LocalRunner
from etl.engines.steps import Part
from etl.features.tfidf import Corpus, count, fit, frequencies, period_span, weigh

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from scipy import sparse

    from etl.catalogue.words import WordCounts
    from etl.engines.plan import Outcome
    from etl.features.tfidf import Features, Vocabulary

    # The film's row, the name, and its code if it has one.
    type Entry = tuple[int | str, ...]

TEXTS = ("title", "overview", "tagline", "original_language", "collection", "status")
EQUAL = dict.fromkeys(FEATURE_GROUPS, 1.0)


def catalogue_of(films: int | Sequence[Mapping[str, Any]], **lists: Sequence[Entry]) -> Catalogue:
    """Make a catalogue of so many films, or of these; unless told they have nothing but a year."""
    given = [{}] * films if isinstance(films, int) else films
    frame = pd.DataFrame(
        {name: pd.Series([film.get(name) for film in given], dtype="str") for name in TEXTS}
    )
    for name in ("title", "overview", "tagline"):
        frame[name] = frame[name].fillna("")
    for name, usual in (("release_year", 2000), ("vote_count", 0), ("vote_average", 0.0)):
        kind = f"{type(usual).__name__}64"
        frame[name] = pd.Series([film.get(name, usual) for film in given], dtype=kind)
    frame["adult"] = False
    return Catalogue(frame, {name: _list(name, lists.get(name, ())) for name in LISTS})


def _list(name: str, entries: Sequence[Entry]) -> pd.DataFrame:
    frame = pd.DataFrame(
        [(film, code[0] if code else None, known_as, None) for film, known_as, *code in entries],
        columns=["film", "code", "name", "extra"],
    )
    code = "Int64" if LISTS[name].numbered else "str"
    return frame.astype({"film": "int64", "code": code, "name": "str", "extra": "str"})


def words_of(catalogue: Catalogue, batch: int = 100) -> dict[str, WordCounts]:
    """Count the words of the films' texts, so many films at a time."""
    return {
        name: merge_counts(
            count_words(to_array(column.iloc[start : start + batch]))
            for start in range(0, len(catalogue.films), batch)
        )
        for name, column in film_texts(catalogue.films).items()
    }


class Group(NamedTuple):
    """A feature group of all films: its rows, and what its features are called."""

    matrix: sparse.csr_array
    names: NDArray[np.object_]
    aliases: tuple[tuple[str, ...], ...]


def group_of(group: str, catalogue: Catalogue, words: Mapping[str, WordCounts]) -> Group:
    """Count, fit and weigh one feature group of all films."""
    found = country_codes(catalogue.lists["production_countries"])
    codes = dict(zip(found.index, found, strict=True))
    span = period_span(catalogue.films["release_year"])
    corpus = Corpus(len(catalogue.films), codes, span)
    counts = count(group, catalogue, words, corpus)
    vocabulary: Vocabulary = fit(group, frequencies(counts), counts.spellings.tolist(), codes)
    matrix = weigh(group, counts, vocabulary, corpus.films)
    return Group(matrix, vocabulary.names.to_numpy(), vocabulary.aliases)


def groups_of(catalogue: Catalogue) -> dict[str, Group]:
    """Return the features of a catalogue by group, each group for itself."""
    words = words_of(catalogue)
    return {group: group_of(group, catalogue, words) for group in FEATURE_GROUPS}


def features_of(
    catalogue: Catalogue, weights: Mapping[str, float] = EQUAL, batch: int = 100
) -> Features:
    """Return the features of a catalogue as the job makes them."""
    features, _ = made_of(catalogue, weights, batch).features()
    return features


def made_of(
    catalogue: Catalogue, weights: Mapping[str, float] = EQUAL, batch: int = 100
) -> Outcome:
    """Return what the steps of the job make of a catalogue."""
    # The steps use it up.
    own = Catalogue(catalogue.films, dict(catalogue.lists))
    return run_steps(LocalRunner(Part(own, words_of(catalogue, batch))), weights)
