"""Films in parts are weighed and counted as all at once, whatever carries the parts about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from cartelera.contract.feature_groups import FEATURE_GROUPS
from etl.catalogue.catalogue import country_codes
from etl.catalogue.words import term_frequencies
from etl.engines import parts
from etl.extract.raw_files import find_raw, read_batches
from etl.features.hyperparameters import tuned
from etl.features.tfidf import (
    TEXTS,
    build_features,
    feature_names,
    fit,
    name_groups,
    period_span,
    text_groups,
)
from etl.report.lists import count_list
from etl.report.statistics import decades_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from etl.features.tfidf import Features, Vocabulary

WEIGHTS = tuned().weights


@pytest.fixture(scope="module")
def rows(raw_sample: Path) -> pa.Table:
    """The sample's films, as one part."""
    raw = find_raw(raw_sample)
    sources, records = {}, []
    for number, file in enumerate((raw.movies, raw.credits, raw.keywords)):
        assert file is not None
        for batch in read_batches(file):
            sources[number] = parts.source_of(file.path.name, batch)
            records.append(parts.raw_part(number, batch))
    films, _ = parts.take_in(pa.concat_tables(records), sources)
    return films


@pytest.fixture(scope="module")
def known(rows: pa.Table) -> parts.Known:
    catalogue = parts.catalogue_of(rows)
    years = catalogue.films["release_year"]
    codes = country_codes(catalogue.lists["production_countries"])
    return parts.Known(codes, period_span(years.min(), years.max()))


def cut(rows: pa.Table, size: int) -> list[pa.Table]:
    return [rows.slice(start, size) for start in range(0, len(rows), size)]


def fitted_to(films: list[pa.Table], known: parts.Known) -> Iterator[tuple[str, Vocabulary]]:
    """Fit the vocabulary of each block, as what carries the parts does."""
    named = [parts.names_of(part, number, known) for number, part in enumerate(films)]
    found = pa.concat_tables(named).to_pandas()
    for block in FEATURE_GROUPS:
        own = found[found["block"] == block]
        first = own.sort_values(["name"] if block in TEXTS else ["part", "place"])
        names = first[~first["spelling"]]
        of_name = names.groupby("name", sort=False)["films"].sum()
        spellings = first.loc[first["spelling"], "name"].drop_duplicates()
        yield (
            block,
            fit(
                block,
                of_name.index.to_numpy(np.object_),
                of_name.to_numpy(),
                spellings.to_numpy(np.object_),
                known.codes,
            ),
        )


def vocabularies_of(
    films: list[pa.Table], known: parts.Known, vocabularies: Mapping[str, Vocabulary]
) -> Iterator[pa.Table]:
    """Yield, of each part, the features that its films have, in any order."""
    start, features = 0, []
    for block in FEATURE_GROUPS:
        features.append(parts.vocabulary_rows(block, vocabularies[block], start))
        start += len(features[-1])
    table = pa.concat_tables(features)
    for number, part in enumerate(films):
        names = parts.names_of(part, number, known)
        names = names.filter(pc.invert(names["spelling"])).select(["block", "name"])
        yield names.join(table, ["block", "name"], join_type="inner").select(table.column_names)


@pytest.mark.parametrize("size", [20, 1_000])
def test_parts_that_know_their_own_features_alone_are_weighed_as_one_whole(
    rows: pa.Table, known: parts.Known, size: int
) -> None:
    films = cut(rows, size)

    vocabularies = dict(fitted_to(films, known))
    own = list(vocabularies_of(films, known, vocabularies))
    fitted = [parts.fitted_of(each, known, len(rows)) for each in own]
    count = sum(len(vocabulary.names) for vocabulary in vocabularies.values())
    told = np.zeros(count, np.int64)
    for part, known_of_it in zip(films, fitted, strict=True):
        table = parts.told_of(part, known_of_it)
        told[table["feature"].to_numpy()] += table["films"].to_numpy()
    weighed = pa.concat_tables(
        parts.weights_of(part, known_of_it, told, WEIGHTS)
        for part, known_of_it in zip(films, fitted, strict=True)
    )

    expected = features_of_all(rows)
    names = [feature_names(block, vocabularies[block].names) for block in FEATURE_GROUPS]
    pd.testing.assert_frame_equal(pd.concat(names, ignore_index=True), expected.names)
    matrix = expected.matrix.tocsr()
    matrix.sort_indices()
    assert flat(weighed["features"]).tolist() == matrix.indices.tolist()
    # To the last bit.
    assert flat(weighed["weights"]).tobytes() == matrix.data.tobytes()
    lengths = pc.list_value_length(weighed["features"]).to_numpy()
    assert lengths.tolist() == np.diff(matrix.indptr).tolist()


def features_of_all(rows: pa.Table) -> Features:
    blocks = name_groups(parts.catalogue_of(rows))
    blocks |= text_groups({text: parts.words_of(rows, text) for text in TEXTS})
    return build_features(blocks, WEIGHTS)


def flat(column: pa.ChunkedArray) -> NDArray[np.generic]:
    numbers: NDArray[np.generic] = column.combine_chunks().flatten().to_numpy()
    return numbers


def test_the_lists_and_words_of_parts_are_those_of_the_whole(rows: pa.Table) -> None:
    films = cut(rows, 40)
    catalogue = parts.catalogue_of(rows)

    counted = (parts.values_of(part, number) for number, part in enumerate(films))
    values = pa.concat_tables(counted).to_pandas()
    lengths = pa.concat_tables(map(parts.lengths_of, films)).to_pandas()
    words = pa.concat_tables(map(parts.title_words_of, films)).to_pandas()

    for name, entries in catalogue.lists.items():
        whole = count_list(entries, decades_of(catalogue.films), reach=False)
        for by, expected in whole.frequencies.items():
            own = values[(values["list"] == name) & (values["by"] == by)]
            added = own.groupby("value", as_index=False)[["entries", "films"]].sum()
            in_order = expected.to_pandas().sort_values("value", ignore_index=True)
            pd.testing.assert_frame_equal(added, in_order[["value", "entries", "films"]])
        of_list = lengths[lengths["list"] == name].groupby(["decade", "length"])
        of_whole = whole.lengths.to_pandas().set_index(["decade", "length"])
        pd.testing.assert_frame_equal(of_list[["films"]].sum(), of_whole)
    times = words.groupby("word")["times"].sum().to_dict()
    assert times == term_frequencies(parts.words_of(rows, "title"))
