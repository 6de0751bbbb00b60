"""Which files of a place are read: the names that data sets go by, in folders and in archives."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from cartelera.contract.release_format import AKAS, LINKS, RATINGS
from etl.errors import RawInputError
from etl.extract.data_sets import DATA_SETS, ROLES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from etl.extract.data_sets import DataSet

# The endings of a file, the first preferred.
ENDINGS = (".csv", ".csv.gz", ".csv.zip", ".tsv", ".tsv.gz", ".tsv.zip", ".parquet")
ARCHIVE = ".zip"
# IMDb's other titles, of whatever data set the films are.
AKAS_NAMES = (AKAS, f"{AKAS}.gz")
# MovieLens' files, too: what people rated, and which film each of MovieLens' is.
RATINGS_ENDINGS = (".csv", ".csv.gz", ".csv.zip")
# As browsers number a second download: "credits (1).csv".
_DOWNLOADED_AGAIN = re.compile(r"\s*\([0-9]+\)(?=\.)")
_MOST_NAMES = 10
# What macOS packs beside files, and what is hidden.
_HIDDEN = re.compile(r"(^|/)(__MACOSX|\.[^/]*)(/|$)")


class Choice(NamedTuple):
    """What is read of a place.

    Attributes
    ----------
    files
        By role, one of `ROLES`, the file's name; `akas` has IMDb's other titles, if they are there,
        and `ratings` and `links` MovieLens' files, if both are.
    archives
        When no films lie there: the archives that may hold them.
    awaited
        The roles of which there is no file, though every data set with such films has one, but
        for keywords, which nobody waits for.
    notes
        What a person should know of the choice.
    """

    files: dict[str, str]
    archives: Sequence[str] = ()
    awaited: Sequence[str] = ()
    notes: Sequence[str] = ()

    @property
    def names(self) -> Sequence[str]:
        """The names of all files that are read, each once."""
        return [*self.files.values(), *self.archives]


class _Candidate(NamedTuple):
    """A file that may have a role; the least is preferred."""

    # The place of its stem among those of the role.
    place: int
    # Whether it was downloaded again.
    again: bool
    ending: int
    name: str
    stem: str


def stems_of(role: str, data_sets: Sequence[DataSet] = DATA_SETS) -> list[str]:
    """Return how a role's files may be called, without their endings; `*` is any text.

    Parameters
    ----------
    role
        One of `ROLES`.
    data_sets
        The data sets in question.
    """
    described = filter(None, (data_set.file(role) for data_set in data_sets))
    return list(dict.fromkeys(name for file in described for name in file.names))


def is_hidden(name: str) -> bool:
    """Return whether a path is that of a file that nobody put there to be read."""
    return _HIDDEN.search(name) is not None


def may_hold_films(names: Collection[str]) -> bool:
    """Return whether there are films among files, or an archive that may hold them."""
    seen = [name for name in names if not is_hidden(name)]
    return any(_candidates(seen, "movies")) or bool(_archives(seen))


def choose_raw(names: Collection[str], place: str) -> Choice:
    """Choose the files to read among those of a place.

    They lie in the place itself, or in one folder of it.

    Parameters
    ----------
    names
        The files' names: paths with `/` from the place on.
    place
        What messages call the place.

    Raises
    ------
    RawInputError
        When there are neither films nor an archive, or it is not clear which films are meant.
    """
    seen = [name for name in names if not is_hidden(name)]
    akas = {"akas": name} if (name := _akas(seen)) else {}
    people, people_notes = _movielens(seen)
    films = list(_candidates(seen, "movies"))
    folders = sorted({_folder(film.name) for film in films})
    if not folders:
        if archives := _archives(seen):
            return Choice(akas | people, archives)
        raise RawInputError(_nothing(seen, place))
    # Files in the place itself go before those in folders of it.
    folder = folders[0]
    if folder and len(folders) > 1:
        raise RawInputError(
            f"{place} holds films in several folders: {', '.join(folders)}; give one of them"
        )
    here = [name for name in seen if _folder(name) == folder]
    films = sorted(_candidates(here, "movies"))
    own = [data_set for data_set in DATA_SETS if films[0].stem in data_set.movies.names]
    _refuse_two_data_sets(films, place)
    others = [each for each in DATA_SETS if each not in own]
    chosen, notes = {"movies": films[0].name}, _not_read(films)
    for role in ROLES[1:]:
        candidates = sorted(_candidates(here, role, own)) or sorted(_candidates(here, role, others))
        if candidates:
            chosen[role] = candidates[0].name
            notes += _not_read(candidates)
    awaited = "credits" not in chosen and all(each.credits for each in own)
    if awaited:
        notes.append(f"there are no credits beside {films[0].name}")
    return Choice(
        chosen | akas | people,
        awaited=("credits",) if awaited else (),
        notes=[*notes, *people_notes],
    )


def _archives(names: Collection[str]) -> list[str]:
    """Return the archives that are not one packed file of a data set."""
    files = {file.name for role in ROLES for file in _candidates(names, role)}
    files.update(_rated(names, RATINGS), _rated(names, LINKS))
    return sorted(name for name in set(names) - files if name.lower().endswith(ARCHIVE))


def _candidates(
    names: Collection[str], role: str, data_sets: Sequence[DataSet] = DATA_SETS
) -> Iterator[_Candidate]:
    """Yield the files that may have a role in some data sets."""
    stems = stems_of(role, data_sets)
    for name in names:
        base = _base(name)
        own = _DOWNLOADED_AGAIN.sub("", base)
        for (place, stem), (rank, ending) in product(enumerate(stems), enumerate(ENDINGS)):
            if own.endswith(ending) and fnmatchcase(own.removesuffix(ending), stem.lower()):
                yield _Candidate(place, own != base, rank, name, stem)
                break


def _not_read(candidates: Sequence[_Candidate]) -> list[str]:
    first, *others = candidates
    return [f"{other.name} is not read, because {first.name} is" for other in others]


def _refuse_two_data_sets(films: Sequence[_Candidate], place: str) -> None:
    """Refuse films that no data set calls by all of their names."""
    stems = {film.stem for film in films}
    if not any(stems <= set(data_set.movies.names) for data_set in DATA_SETS):
        raise RawInputError(
            f"{place} holds the films of several data sets: "
            f"{', '.join(film.name for film in films)}; leave one of them there"
        )


def _nothing(names: Sequence[str], place: str) -> str:
    expected = ", ".join(f"{stem}.csv" for stem in stems_of("movies"))
    found = ", ".join(sorted(names)[:_MOST_NAMES]) or "nothing"
    return (
        f"{place} holds no films: there is {found}. The films' file is called one of {expected} "
        f"(or {', '.join(ENDINGS[1:])}), or lies in a {ARCHIVE}: rename it, or give its folder"
    )


def _akas(names: Collection[str]) -> str | None:
    return min((name for name in names if _base(name) in AKAS_NAMES), default=None)


def _movielens(names: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """Return MovieLens' ratings and links by role, if both are there, and what to know of them.

    They are used because they lie there: links alone say nothing, and ratings alone cannot be of
    any film.
    """
    ratings, links = _rated(names, RATINGS), _rated(names, LINKS)
    if not ratings:
        return {}, []
    notes = [f"{other} is not read, because {ratings[0]} is" for other in ratings[1:]]
    if not links:
        missing = f"there is no {LINKS[0]}.csv beside it that says which films they are of"
        return {}, [*notes, f"{ratings[0]} is not read, because {missing}"]
    notes += [f"{other} is not read, because {links[0]} is" for other in links[1:]]
    return {"ratings": ratings[0], "links": links[0]}, notes


def _rated(names: Collection[str], stems: Sequence[str]) -> list[str]:
    """Return the files of some stems, the preferred first."""
    found = []
    for name in names:
        base = _base(name)
        own = _DOWNLOADED_AGAIN.sub("", base)
        for (place, stem), (rank, ending) in product(enumerate(stems), enumerate(RATINGS_ENDINGS)):
            if own == stem + ending:
                found.append(_Candidate(place, own != base, rank, name, stem))
    return [each.name for each in sorted(found)]


def _base(name: str) -> str:
    return name.rpartition("/")[2].lower()


def _folder(name: str) -> str:
    return name.rpartition("/")[0]
