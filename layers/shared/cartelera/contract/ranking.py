"""What makes up a list of recommendations unless something else is asked."""

from typing import NamedTuple

# How many films, unless asked, and at most.
DEFAULT_N = 5
MAX_N = 50


# What films are scored by: their content, people's ratings, or both.
CONTENT = "contenido"
RATINGS = "publico"
MIXTURE = "mixto"
SCORED_BY = (MIXTURE, CONTENT, RATINGS)


class RankingOptions(NamedTuple):
    """How a list is chosen by scores: see `Model.ranking_scores`, `Query` and `Model.top_n`."""

    quality: float
    diversity: float
    per_collection: int
    # How much ratings weigh in a mixed score.
    ratings: float = 0.0
    # One of `SCORED_BY`.
    scored_by: str = MIXTURE
    # What quality is for likes that are all of one kind; None for the same as for others.
    narrow_quality: float | None = None


# Each as it measured best: beside a film by what the same people rate alike, over the whole
# catalogue and by eye, for a person by what they rate next.
FILM_RANKING = RankingOptions(quality=0.5, diversity=0.0, per_collection=2, ratings=1.25)
PERSON_RANKING = RankingOptions(
    quality=0.5, diversity=0.3, per_collection=2, ratings=1.25, narrow_quality=0.25
)
