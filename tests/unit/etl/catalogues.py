"""Catalogues written out by hand: of each film and each list no more than a test is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cartelera.contract.feature_groups import FEATURE_GROUPS
from etl.catalogue.catalogue import Catalogue
from etl.catalogue.words import count_words, merge_counts
from etl.clean.unnest import LISTS
from etl.features.tfidf import Features, build_features, name_groups, text_groups

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from etl.catalogue.words import WordCounts
    from etl.features.tfidf import FeatureGroup

    # The film's row, the name, and its code if it has one.
    type Entry = tuple[int | str, ...]

TEXTS = ("title", "overview", "tagline", "original_language", "collection")
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
    films = catalogue.films
    texts = {"title": films["title"], "text": films["overview"] + " " + films["tagline"]}
    return {
        name: merge_counts(
            count_words(column.tolist()[start : start + batch])
            for start in range(0, len(films), batch)
        )
        for name, column in texts.items()
    }


def blocks_of(catalogue: Catalogue) -> dict[str, FeatureGroup]:
    """Return the features of a catalogue by block, each block for itself."""
    return name_groups(catalogue) | text_groups(words_of(catalogue))


def features_of(
    catalogue: Catalogue, weights: Mapping[str, float] = EQUAL, batch: int = 100
) -> Features:
    """Return the features of a catalogue as the job puts them together."""
    blocks = name_groups(catalogue) | text_groups(words_of(catalogue, batch))
    return build_features(blocks, weights)
