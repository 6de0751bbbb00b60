"""What companies are called, of which others have the name."""

from __future__ import annotations

import pandas as pd
import pytest

from cartelera.contract.tables import VOTES
from etl.tables.tables import everyday_names


def aliases(votes: dict[str, int]) -> dict[str, str]:
    """Return the aliases of companies by their votes; underscores stand for spaces."""
    names = [name.replace("_", " ") for name in votes]
    rows = everyday_names(pd.DataFrame({"name": names, VOTES: votes.values()}))
    return dict(zip(rows["alias"], rows["name"], strict=True))


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ({"Fox": 64, "Twentieth_Century_Fox": 900, "Fox_2000": 700}, "Twentieth Century Fox"),
        ({"MGM": 0, "Metro-Goldwyn-Mayer_(MGM)": 1}, "Metro-Goldwyn-Mayer (MGM)"),
        ({"DREAM_WORKS": 1, "DreamWorks_SKG": 11}, "DreamWorks SKG"),
        ({"Toho": 3, "TOHO": 9, "Toho_Company": 91}, "Toho Company"),
        # Nearly as well known.
        ({"Fox": 90, "Fox_Film": 900}, None),
        ({"Toho": 3, "TOHO": 9, "Toho_Company": 90}, None),
        # One of many with the word.
        ({"Media": 1, "Relativity_Media": 50, "Mosaic_Media": 30, "Media_Rights": 21}, None),
        # Other words, or the same in another order.
        ({"Fox": 1, "Foxtrot_Films": 900}, None),
        ({"Film_Fox": 1, "Fox_Film_Corporation": 900}, None),
        # Nobody is called that.
        ({"Pixar_Animation_Studios": 900}, None),
    ],
)
def test_a_well_known_company_goes_by_its_everyday_name_where_another_has_it(
    votes: dict[str, int], expected: str | None
) -> None:
    assert list(aliases(votes).values()) == ([expected] if expected else [])
