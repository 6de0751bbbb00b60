"""Models and releases made by hand, of what a test has to say of the films and no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from obstore.store import MemoryStore
from scipy import sparse

from cartelera.contract.film_status import STATUSES
from cartelera.contract.formats.neighbours import NEIGHBOURS_FOLDER
from cartelera.contract.ranking import DEFAULT_N
from cartelera.contract.release_format import FEATURES, ITEM_WEIGHTS, MODEL
from cartelera.contract.tables import RECOMENDACION
from cartelera.recommend.explanations import FeatureNames
from cartelera.recommend.item_weights import ItemWeights
from cartelera.recommend.model_file import dump_item_weights, dump_model
from cartelera.release import Release
from cartelera.storage import Deadline
from etl.catalogue.catalogue import sort_films
from etl.features.hyperparameters import Hyperparameters
from etl.features.model import build_model
from etl.features.neighbour_records import NeighbourRecords
from etl.features.neighbours import find_neighbours
from etl.features.tfidf import Features
from etl.release.block_writer import BlockSizes, FilmLinesWriter
from etl.release.files import ReleaseFile, table_file
from etl.release.publish import make_manifest, upload
from etl.tables.film_names import better_known, by_reading_key, film_names, name_tables
from etl.tables.filters import filter_tables
from etl.tables.rows import film_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

    from cartelera.recommend.model import Model

matrices = arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.integers(1, 8)),
    elements=st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.0, 5.0]),
)
# A block whose weights in a taste are held against the mean of all films.
BLOCK = "genres"
YEAR = 2000


@st.composite
def tastes(draw: st.DrawFn) -> tuple[np.ndarray, list[tuple[int, float]]]:
    """Draw a matrix and some of its films, each with a weight."""
    dense = draw(matrices)
    weight = st.sampled_from([0.001, 0.5, 1.0, 3.0, 10.0])
    films = draw(st.lists(st.integers(0, len(dense) - 1), min_size=1, max_size=4, unique=True))
    return dense, [(film, draw(weight)) for film in films]


def pickled(model: Model) -> bytes:
    """Return what the job writes of a model."""
    sink = BytesIO()
    dump_model(model, sink)
    return sink.getvalue()


def parameters(votes: float = 0.0, rating: float = 0.0, taste: float = 1.0) -> Hyperparameters:
    """Return parameters for `BLOCK` alone; unless told, the prior of every film is 1."""
    return Hyperparameters({BLOCK: 1.0}, {BLOCK: taste}, votes, rating, {})


def unit_rows(matrix: ArrayLike) -> np.ndarray:
    """Scale every row to unit length, but for those of zeros."""
    dense = np.asarray(matrix, np.float32)
    lengths = np.linalg.norm(dense, axis=1, keepdims=True)
    return np.divide(dense, lengths, out=np.zeros_like(dense), where=lengths > 0)


def make_model(matrix: ArrayLike, votes: Sequence[int] | None = None, **arrays: ArrayLike) -> Model:
    """Make the model of a films-by-features matrix, its rows scaled to unit length.

    `arrays` take the place of those that the job would make: none of the films is in a
    collection, all are of `YEAR`, and their priors and completeness are 1.
    """
    rows = unit_rows(matrix)
    count, width = rows.shape
    features = Features(
        sparse.csr_array(rows),
        pd.DataFrame({"block": BLOCK, "name": list(map(str, range(width)))}, dtype="str"),
    )
    films = pd.DataFrame(
        {
            "vote_count": [0] * count if votes is None else votes,
            "vote_average": 0.0,
            "release_year": YEAR,
            "collection": pd.Series([None] * count, dtype="str"),
            "status": "Released",
            "adult": False,
        }
    )
    model = build_model(features, films, parameters())
    arrays = {"completeness": np.ones(count), **arrays}
    own: dict[str, Any] = {
        name: np.asarray(array).astype(getattr(model, name).dtype) for name, array in arrays.items()
    }
    return replace(model, **own)


@st.composite
def sparse_models(draw: st.DrawFn) -> Model:
    """Draw a model of few values: many equal scores, films of nothing, large collections."""
    size = draw(st.integers(1, 60))
    width = draw(st.integers(1, 6))
    weights = st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.0, 5.0])
    return make_model(
        draw(arrays(np.float64, (size, width), elements=weights, fill=st.nothing())),
        votes=draw(st.lists(st.integers(0, 3), min_size=size, max_size=size)),
        collections=draw(st.lists(st.integers(-1, 2), min_size=size, max_size=size)),
        prior=draw(st.lists(st.sampled_from([0.1, 0.3, 1.0]), min_size=size, max_size=size)),
        completeness=draw(st.lists(st.sampled_from([0.5, 1.0]), min_size=size, max_size=size)),
    )


def make_item_weights(weights: ArrayLike, confidence: ArrayLike) -> ItemWeights:
    """Make item weights of a films-by-films matrix; films of no confidence have no entries."""
    matrix = np.array(weights, np.float32)
    matrix[np.asarray(confidence) == 0] = 0
    np.fill_diagonal(matrix, 0)
    entries = sparse.csr_array(matrix)
    return ItemWeights(
        entries.indptr.astype(np.int64),
        entries.indices.astype(np.int32),
        entries.data,
        np.array(confidence, np.float32),
    )


class Film(NamedTuple):
    """A film of a small catalogue, and all that recommendations know of it."""

    title: str
    year: int = YEAR
    votes: int = 0
    genres: tuple[str, ...] = ()
    language: str = "en"
    country: str = "US"
    collection: str | None = None
    themes: tuple[str, ...] = ()
    original: str | None = None
    akas: tuple[str, ...] = ()
    imdb: str | None = None
    status: str = "Released"
    adult: bool = False


# Names and codes, and what else each is called.
GENRES = {"Drama": ("drama",), "Terror": ("Horror", "miedo"), "Comedia": ("Comedy",)}
LANGUAGES = {"en": ("inglés", "en", "English"), "fr": ("francés", "fr", "French")}
COUNTRIES = {"US": ("Estados Unidos", "USA"), "FR": ("Francia", "France")}


def release_of(
    films: Sequence[Film], item_weights: ItemWeights | None = None, *, neighbours: bool = False
) -> Release:
    """Publish a small catalogue by hand and open it; the ids of the films are their places.

    A film has a feature for its language and its country, and one for each of its genres and
    themes, of equal weights. Its prior is the higher the more votes it has. `item_weights` are the
    release's, if it has any; `neighbours` says whether it has the films beside each.
    """
    frame = sort_films(
        pd.DataFrame(
            {
                "id": range(1, len(films) + 1),
                "title": pd.Series([film.title for film in films], dtype="str"),
                "vote_count": [film.votes for film in films],
                "vote_average": 5.0,
                "release_year": [film.year for film in films],
                "collection": pd.Series([film.collection for film in films], dtype="str"),
                "original_title": pd.Series([film.original for film in films], dtype="str"),
                "original_language": [film.language for film in films],
                "imdb_id": pd.Series([film.imdb for film in films], dtype="str"),
                "status": [film.status for film in films],
                "adult": [film.adult for film in films],
            }
        )
    )
    rows = [films[film_id - 1] for film_id in frame["id"]]
    features, others = _features(rows)
    taste = dict.fromkeys(features.names["block"], 1.0)
    model = build_model(features, frame, Hyperparameters(taste, taste, 1.0, 0.0, {}))
    akas = [(row, aka) for row, film in enumerate(rows) for aka in film.akas]
    aka_rows = pd.DataFrame(akas, columns=["film", "name"]).astype({"film": "int64", "name": "str"})
    names = by_reading_key(frame, film_names(frame, aka_rows))
    titled = frame.assign(better_known=better_known(frame, names)).rename(
        columns={"title": "titulo", "release_year": "anio"}
    )
    files = {
        path: table_file(table)
        for path, table in [
            *filter_tables(features, others),
            (RECOMENDACION.path, film_table(RECOMENDACION, titled)),
            *((schema.path, table) for schema, table in name_tables(frame, names)),
            (FEATURES, pa.Table.from_pandas(features.names, preserve_index=False)),
        ]
    }
    files[MODEL] = ReleaseFile(pickled(model), model.films)
    if item_weights is not None:
        sink = BytesIO()
        dump_item_weights(item_weights, sink)
        files[ITEM_WEIGHTS] = ReleaseFile(sink.getvalue(), model.films)
    if neighbours:
        reasons = FeatureNames(files[FEATURES].data)
        records = NeighbourRecords(model, pa.Table.from_pandas(frame), reasons, item_weights)
        writer = FilmLinesWriter(NEIGHBOURS_FOLDER, BlockSizes(block_rows=2))
        (found,) = find_neighbours(model, DEFAULT_N, 1, item_weights=item_weights)
        written = chain(writer.add(records.of(range(model.films), found)), writer.end())
        for path, file in written:
            files[path] = file if isinstance(file, ReleaseFile) else table_file(file)
    store = MemoryStore()
    manifest = make_manifest(files, len(films), {}, [], datetime(2026, 1, 1, tzinfo=UTC))
    return Release(store, upload(store, manifest, files), Deadline(60))


def _features(rows: Sequence[Film]) -> tuple[Features, dict[str, list[tuple[str, ...]]]]:
    """Return the features of the films, and what those of each filter are called beside it."""
    themes = sorted({theme for film in rows for theme in film.themes})
    columns = [
        *(("genres", genre, [genre in film.genres for film in rows]) for genre in GENRES),
        *(("keywords", theme, [theme in film.themes for film in rows]) for theme in themes),
        *(
            ("production_countries", COUNTRIES[code][0], [film.country == code for film in rows])
            for code in COUNTRIES
        ),
        *(
            ("original_language", LANGUAGES[code][0], [film.language == code for film in rows])
            for code in LANGUAGES
        ),
    ]
    matrix = unit_rows(np.array([having for _, _, having in columns], np.float32).T)
    names = pd.DataFrame([column[:2] for column in columns], columns=["block", "name"], dtype="str")
    others: dict[str, list[tuple[str, ...]]] = {
        "genres": list(GENRES.values()),
        "production_countries": list(COUNTRIES.values()),
        "original_language": list(LANGUAGES.values()),
    }
    return Features(sparse.csr_array(matrix), names), others


# One of a title each, so that their rows are in this order.
CATALOGUE = [
    Film("A", 1980, 50, ("Drama",), "fr", "FR", None, ("sea",)),
    Film("B", 1985, 40, ("Drama", "Terror"), "fr", "FR", "Sagas", ("sea",)),
    Film("C", 1990, 90, ("Terror",), "en", "US", "Sagas", ("sea", "ship")),
    Film("D", 1995, 10, ("Terror", "Comedia"), "en", "US", "Sagas", ("ship",)),
    Film("E", 2000, 10, (), "en", "FR", "Tales", ()),
    Film("F", 2005, 0, ("Comedia",), "en", "US", "Tales", ("ship",)),
    Film("G", 2010, 70, ("Drama",), "en", "US", None, ()),
]
films = st.builds(
    Film,
    title=st.sampled_from("ABCDEFGHIJ"),
    year=st.integers(1990, 1994),
    votes=st.integers(0, 3),
    genres=st.sets(st.sampled_from(list(GENRES))).map(tuple),
    language=st.sampled_from(["en", "fr"]),
    country=st.sampled_from(["US", "FR"]),
    collection=st.sampled_from([None, None, "Sagas", "Tales"]),
    status=st.sampled_from(["Released", "", "Rumored"]),
    adult=st.sampled_from([False, False, True]),
)
years = st.none() | st.integers(1989, 1995)
filter_values = st.fixed_dictionaries(
    {
        "genero": st.sampled_from([None, *GENRES]),
        "idioma": st.sampled_from([None, "en", "fr"]),
        "pais": st.sampled_from([None, "Francia", "Estados Unidos"]),
        "desde": years,
        "hasta": years,
        "min_votos": st.none() | st.integers(0, 4),
        "sin_franquicia": st.booleans(),
        "estado": st.sampled_from(["estrenada", "estrenada", "rumoreada", "todas"]),
        "adultos": st.booleans(),
    }
)


def passes_filters(film: Film, seeds: Sequence[Film], values: Mapping[str, Any]) -> bool:
    """Return whether a film passes the filters of recommendations that start from `seeds`."""
    country = {"US": "Estados Unidos", "FR": "Francia"}[film.country]
    return (
        (values["genero"] is None or values["genero"] in film.genres)
        and values["idioma"] in (None, film.language)
        and values["pais"] in (None, country)
        and (values["desde"] is None or film.year >= values["desde"])
        and (values["hasta"] is None or film.year <= values["hasta"])
        and film.votes >= (values["min_votos"] or 0)
        and values["estado"] in ("todas", STATUSES.get(film.status, "estrenada"))
        and (values["adultos"] or not film.adult)
        and not (
            values["sin_franquicia"]
            and film.collection
            and film.collection in {other.collection for other in seeds}
        )
    )
