"""What makes up a list of recommendations unless something else is asked."""

from typing import NamedTuple

# How many films, unless asked, and at most.
DEFAULT_N = 5
MAX_N = 50


class RankingOptions(NamedTuple):
    """How a list is chosen by scores: see `Model.ranking_scores` and `Model.top_n`."""

    quality: float
    diversity: float
    per_collection: int


# Each as it measured best: beside a film by what the same people rate alike, over the whole
# catalogue and by eye, for a person by what they rate next.
FILM_RANKING = RankingOptions(quality=0.5, diversity=0.0, per_collection=2)
PERSON_RANKING = RankingOptions(quality=0.5, diversity=0.3, per_collection=2)
