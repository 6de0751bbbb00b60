"""The filters of recommendations, each declared once: its parameter, and the films it lets through.

A new filter is one more entry of `FILTERS`, and a text for its parameter in the documentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from cartelera.contract.tables import FEATURE, FIRST_YEAR, GENERO, IDIOMA, LAST_YEAR, PAIS
from cartelera.errors import NotInCatalogueError, not_in_catalogue
from cartelera.lookup.fuzzy import Budget
from cartelera.lookup.languages import language_spellings
from cartelera.parameters import ADULTS, ANY_STATUS, FILM_ID, STATUS, Flag, Integer, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from cartelera.contract.tables import Filtro, TableSchema
    from cartelera.parameters import Parameter
    from cartelera.release import Release

    type Mask = NDArray[np.bool_]
    # Takes the release, the rows of the films that the recommendations start from, and the value.
    type MaskFunction = Callable[[Release, Sequence[int], Any], Mask]


class Filter(NamedTuple):
    """A filter: its parameter, and what returns the mask of the films that a value lets through.

    Without a value, or with False, it lets all through, unless it `always` filters.
    """

    parameter: Parameter
    mask: MaskFunction
    always: bool = False


def _feature_filter(schema: TableSchema[Filtro]) -> Filter:
    """Return the filter for a feature that the films must have, found by name in a table.

    Of genres, several between commas: the films that are of each.
    """

    def mask(release: Release, seeds: Sequence[int], spellings: tuple[str, ...]) -> Mask:
        table = release.table(schema)
        if schema is IDIOMA:
            spellings = language_spellings(table, spellings)
        found = table.matches(*spellings)
        if not found and schema is GENERO and "," in spellings[0]:
            first, *others = spellings[0].split(",")
            films = mask(release, seeds, (first.strip(),))
            for name in others:
                films &= mask(release, seeds, (name.strip(),))
            return films
        if not found:
            budget = Budget()
            raise NotInCatalogueError(
                not_in_catalogue(spellings[0], schema.route),
                table.suggestions(spellings[0], budget),
                budget.notice,
            )
        return release.model().has_feature(cast("int", table.value(FEATURE, found[0])))

    return Filter(Text(schema.route, required=False), mask)


def _of_status(release: Release, seeds: Sequence[int], status: str) -> Mask:
    model = release.model()
    if status == ANY_STATUS:
        return model.all_but(seeds)
    return model.of_status(status)


def _for_whom(release: Release, _: Sequence[int], adults: bool) -> Mask:  # noqa: FBT001
    model = release.model()
    return model.all_but(()) if adults else model.for_everyone()


# In the order in which they are documented.
FILTERS = (
    _feature_filter(GENERO),
    _feature_filter(IDIOMA),
    _feature_filter(PAIS),
    Filter(
        Integer("desde", FIRST_YEAR, LAST_YEAR),
        lambda release, _, year: release.model().years >= year,
    ),
    Filter(
        Integer("hasta", FIRST_YEAR, LAST_YEAR),
        lambda release, _, year: release.model().years <= year,
    ),
    Filter(
        Integer("min_votos", 0, FILM_ID.high),
        lambda release, _, votes: release.model().votes >= votes,
    ),
    Filter(STATUS, _of_status),
    Filter(ADULTS, _for_whom, always=True),
    Filter(
        Flag("sin_franquicia"), lambda release, seeds, _: ~release.model().in_collections_of(seeds)
    ),
)


def filter_mask(release: Release, values: Mapping[str, object], seeds: Sequence[int]) -> Mask:
    """Return the films that may be recommended.

    Parameters
    ----------
    release
        The release to recommend from.
    values
        The filters' values, by name.
    seeds
        Rows of the films that the recommendations start from; they are never recommended.

    Returns
    -------
    NDArray
        bool, shape (films,).

    Raises
    ------
    NotInCatalogueError
        When a value names no genre, language or country; it suggests the nearest.
    """
    mask = release.model().all_but(seeds)
    for each in FILTERS:
        value = values[each.parameter.name]
        if each.always or (value is not None and value is not False):
            mask &= each.mask(release, seeds, value)
    return mask
