"""Golden questions: what a new release must answer before it becomes the current one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cartelera.contract.ranking import DEFAULT_N, FILM_RANKING
from cartelera.contract.release_format import ITEM_WEIGHTS, QUARANTINE, rows_of
from cartelera.contract.tables import LOOK_UPS, RECOMENDACION
from cartelera.errors import NotInCatalogueError
from cartelera.films.by_title import Films
from cartelera.recommend.query import Query
from etl.errors import GoldenError
from etl.release.verification import VerifiedRelease

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cartelera.contract.release_format import Header
    from cartelera.contract.tables import TableSchema, Titulo
    from cartelera.lookup.table import Table
    from cartelera.recommend.model import Model

# Rows of a file over those of the last release; a difference of a few rows never matters.
_MIN_RATIO = 0.9
_MAX_RATIO = 2.0
_FEW_ROWS = 5
_EXPECTED = f"expected {_MIN_RATIO:.0%} to {_MAX_RATIO:.0%} of them"
_KNOWN_FILMS = 20
_NEIGHBOURS = 5
# A cosine of 1, as single precision adds it up.
_ALMOST_ONE = 1 + 1e-4


def ask_golden_questions(new: VerifiedRelease, last: VerifiedRelease | Header | None) -> None:
    """Ask a release for what it must know, and compare it with the last one, if there is one.

    Parameters
    ----------
    new
        The release.
    last
        The last one of its format; or the header of the last one of another format, of which only
        the number of films is compared.

    Raises
    ------
    GoldenError
        When an answer is wrong, or the two differ more than is likely; it lists every finding.
    """
    wrong = list(_wrong_answers(new))
    unlikely = list(_unlikely_differences(new, last))
    if wrong or unlikely:
        hint = "\nIf the films have changed so much, publish it without the comparison: --force"
        raise GoldenError(
            f"release {new.manifest['release']} is there and does not answer, because it failed "
            "its golden questions:\n"
            + "\n".join(f"  {finding}" for finding in wrong + unlikely)
            + (hint if unlikely and not wrong else "")
        )


def _wrong_answers(new: VerifiedRelease) -> Iterator[str]:
    for schema in LOOK_UPS:
        table = new.table(schema)
        for position in table.most_voted(1):
            yield from _check_name(new, table, schema, position)
    yield from _check_search(new)
    films, model = new.table(RECOMENDACION), new.model
    if not len(films) == model.films == new.manifest["films"]:
        yield (
            f"{len(films):,} films are in the table, {model.films:,} in the model and "
            f"{new.manifest['films']:,} in the manifest"
        )
        return
    yield from _check_facts(new, films)
    weights = new.item_weights
    if weights is not None and (rated := len(weights.confidence)) != model.films:
        yield f"{rated:,} films are in {ITEM_WEIGHTS}, {model.films:,} in the model"
    for film in films.most_voted(1):
        similarities = model.similarities(film)
        similarities[film] = -np.inf
        neighbours = model.top_n(similarities, _NEIGHBOURS)
        expected = min(_NEIGHBOURS, len(films) - 1)
        sound = all(0 <= similarities[near] <= _ALMOST_ONE for near in neighbours)
        if len(neighbours) != expected or not sound:
            yield f"the films nearest to «{films.value('titulo', film)}» are {neighbours}"
            continue
        yield from _check_neighbours(new, model, films, film)


def _check_name(
    new: VerifiedRelease, table: Table[Any], schema: TableSchema[Any], position: int
) -> Iterator[str]:
    """Look up one of a table's own names, as its function would."""
    name = str(table.value(schema.name, position))
    try:
        if schema.films:
            found = table.row(Films(new, schema).rows((name,), None, None).positions[0])
        else:
            found = table.find(name)
    except NotInCatalogueError:
        yield f"/{schema.route} does not find «{name}»"
    else:
        if found[schema.name] != name:
            yield f"/{schema.route} finds «{found[schema.name]}» for «{name}»"


def _check_neighbours(
    new: VerifiedRelease, model: Model, films: Table[Titulo], film: int
) -> Iterator[str]:
    """Hold the films that were computed beside one against those that the model recommends."""
    neighbours, how = new.neighbours, FILM_RANKING
    if neighbours is None:
        return
    query = Query.of_film(model, film, how, new.item_weights)
    mask = model.all_but([film]) & model.usual()
    best = model.top_n(query.scores(), DEFAULT_N, how.diversity, how.per_collection, mask)
    found = [each["id"] for each in neighbours.of(film)]
    if found != [films.value("id", each) for each in best]:
        yield f"the films beside «{films.value('titulo', film)}» are not the model's: {found}"


def _check_facts(new: VerifiedRelease, films: Table[Titulo]) -> Iterator[str]:
    """Look at the facts of the best known film, and whether it leads the list of all."""
    facts, lists = new.film_facts, new.film_lists
    if not len(films) == len(facts) == lists.films:
        yield (
            f"{len(films):,} films are in the table, {len(facts):,} have facts and "
            f"{lists.films:,} are listed"
        )
        return
    for film in films.most_voted(1):
        title = films.value("titulo", film)
        if facts.of(film)["id"] != films.value("id", film):
            yield f"/pelicula has the facts of another film for «{title}»"
        if lists.page(lists.of_rows([film]), "votos", 0, 1).films[0]["titulo"] != title:
            yield f"/peliculas does not list «{title}»"


def _check_search(new: VerifiedRelease) -> Iterator[str]:
    """Search for the best known of all."""
    index = new.name_index
    for number in range(min(len(index), 1)):
        entry = index.entry(number)
        if entry not in index.find(entry["nombre"], entry["tipo"], 0, 1).results:
            yield f"/buscar does not find the {entry['tipo']} «{entry['nombre']}»"


def _unlikely_differences(
    new: VerifiedRelease, last: VerifiedRelease | Header | None
) -> Iterator[str]:
    if isinstance(last, VerifiedRelease):
        yield from _check_rows(new, last)
        yield from _check_known_films(new, last)
    elif last and not _is_likely(new.manifest["films"], last["films"]):
        yield (
            f"it has {new.manifest['films']:,} films, the last release of format {last['format']} "
            f"{last['films']:,}; {_EXPECTED}"
        )


def _is_likely(now: int, before: int) -> bool:
    return before * _MIN_RATIO - _FEW_ROWS <= now <= before * _MAX_RATIO + _FEW_ROWS


def _check_rows(new: VerifiedRelease, last: VerifiedRelease) -> Iterator[str]:
    rows_before = rows_of(last.manifest)
    for path, rows in rows_of(new.manifest).items():
        before = rows_before.get(path)
        if before is not None and path != QUARANTINE and not _is_likely(rows, before):
            yield f"{path} has {rows:,} rows, the last release {before:,}; {_EXPECTED}"


def _check_known_films(new: VerifiedRelease, last: VerifiedRelease) -> Iterator[str]:
    films, before = new.table(RECOMENDACION), last.table(RECOMENDACION)
    for position in before.most_voted(_KNOWN_FILMS):
        film_id = int(str(before.value("id", position)))
        if films.position_of_id(film_id) is None:
            title, year = before.value("titulo", position), before.value("anio", position)
            yield f"{title} ({year}, id {film_id}) is gone, one of the best known films"
