"""Golden questions: what a new release must answer rightly before it answers anybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from cartelera.contract.release_format import QUARANTINE, rows_of
from cartelera.contract.tables import BUSCAR, LOOK_UPS, PALABRAS, RECOMENDACION
from cartelera.errors import NotInCatalogueError
from cartelera.lookup.films import find_film_rows
from cartelera.lookup.search import Lexicon, NameIndex
from etl.errors import GoldenError
from etl.release.releases import Opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cartelera.contract.release_format import Header
    from cartelera.contract.tables import TableSchema
    from cartelera.lookup.table import Table, WholeTable

# Rows of a file, in shares of the last release's; a handful more or less is never the matter.
_SHRINKS_TO = 0.9
_GROWS_TO = 2.0
_HANDFUL = 5
_EXPECTED = f"expected {_SHRINKS_TO:.0%} to {_GROWS_TO:.0%} of them"
_KNOWN_FILMS = 20
_NEIGHBOURS = 5
# A cosine of 1, as single precision adds it up.
_ALMOST_ONE = 1 + 1e-4


def ask_golden_questions(new: Opened, last: Opened | Header | None) -> None:
    """Ask a release what it must know, and compare it with the last one, if there is one.

    Parameters
    ----------
    new
        The release.
    last
        The last one of its format; or what is known of one of another format, which is how many
        films it has.

    Raises
    ------
    GoldenError
        When an answer is wrong, or the two differ more than is likely; it lists every such
        finding.
    """
    wrong = list(_wrong_answers(new))
    unlike = list(_differences(new, last))
    if wrong or unlike:
        hint = "\nIf the films have changed so much, publish it without the comparison: --force"
        raise GoldenError(
            f"release {new.manifest['release']} is there and does not answer, because it failed "
            "its golden questions:\n"
            + "\n".join(f"  {finding}" for finding in wrong + unlike)
            + (hint if unlike and not wrong else "")
        )


def _wrong_answers(new: Opened) -> Iterator[str]:
    for schema in LOOK_UPS:
        table = new.tables[schema.path]
        for position in table.most_voted(1):
            yield from _lost_name(table, schema, position)
    yield from _not_found(new)
    films, model = new.tables[RECOMENDACION.path], new.model
    if not len(films) == model.films == new.manifest["films"]:
        yield (
            f"{len(films):,} films are in the table, {model.films:,} in the model and "
            f"{new.manifest['films']:,} in the manifest"
        )
        return
    for film in films.most_voted(1):
        similarities = model.similarities(film)
        similarities[film] = -np.inf
        neighbours = model.top_n(similarities, _NEIGHBOURS)
        expected = min(_NEIGHBOURS, len(films) - 1)
        sound = all(0 <= similarities[near] <= _ALMOST_ONE for near in neighbours)
        if len(neighbours) != expected or not sound:
            yield f"the films nearest to «{films.value('titulo', film)}» are {neighbours}"


def _lost_name(table: Table[Any], schema: TableSchema[Any], position: int) -> Iterator[str]:
    """Ask a table for one of its own names, as its function would."""
    name = str(table.value(schema.name, position))
    try:
        if schema.films:
            found = table.row(find_film_rows(table, (name,), None, None)[0])
        else:
            found = table.find(name)
    except NotInCatalogueError:
        yield f"/{schema.route} does not find «{name}»"
    else:
        if found[schema.name] != name:
            yield f"/{schema.route} finds «{found[schema.name]}» for «{name}»"


def _not_found(new: Opened) -> Iterator[str]:
    """Search for what the search itself knows best."""
    # They are searched whole.
    table, words = (
        cast("WholeTable[Any]", new.tables[schema.path]) for schema in (BUSCAR, PALABRAS)
    )
    index = NameIndex(table)
    for position in table.most_voted(1):
        row = table.row(position)
        found = index.find(row["nombre"], row["tipo"], lambda: Lexicon(words), 0, 1)
        if row not in found.results:
            yield f"/buscar does not find the {row['tipo']} «{row['nombre']}»"


def _differences(new: Opened, last: Opened | Header | None) -> Iterator[str]:
    if isinstance(last, Opened):
        yield from _unlikely_sizes(new, last)
        yield from _lost_films(new, last)
    elif last and not _likely(new.manifest["films"], last["films"]):
        yield (
            f"it has {new.manifest['films']:,} films, the last release of format {last['format']} "
            f"{last['films']:,}; {_EXPECTED}"
        )


def _likely(now: int, before: int) -> bool:
    return before * _SHRINKS_TO - _HANDFUL <= now <= before * _GROWS_TO + _HANDFUL


def _unlikely_sizes(new: Opened, last: Opened) -> Iterator[str]:
    rows_before = rows_of(last.manifest)
    for path, rows in rows_of(new.manifest).items():
        before = rows_before.get(path)
        if before is None or path == QUARANTINE:
            continue
        if not _likely(rows, before):
            yield f"{path} has {rows:,} rows, the last release {before:,}; {_EXPECTED}"


def _lost_films(new: Opened, last: Opened) -> Iterator[str]:
    films, before = new.tables[RECOMENDACION.path], last.tables[RECOMENDACION.path]
    for position in before.most_voted(_KNOWN_FILMS):
        film_id = int(str(before.value("id", position)))
        if films.position_of_id(film_id) is None:
            title, year = before.value("titulo", position), before.value("anio", position)
            yield f"{title} ({year}, id {film_id}) is gone, one of the best known films"
