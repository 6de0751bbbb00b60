"""The statuses of films."""

# TMDB's statuses, and what they are called here. A film without one has been released: it has a
# date, and data sets without the column have released films.
STATUSES = {
    "Released": "estrenada",
    "Rumored": "rumoreada",
    "Planned": "planeada",
    "In Production": "en_produccion",
    "Post Production": "en_posproduccion",
    "Canceled": "cancelada",
}
STATUS_VALUES = tuple(STATUSES.values())
RELEASED = STATUSES["Released"]
