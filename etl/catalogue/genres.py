"""The genres of TMDB in Spanish."""

from etl.catalogue.iso import Known

# As TMDB itself calls them where it speaks Spanish; it has no others.
_SPANISH = {
    "Action": "Acción",
    "Adventure": "Aventura",
    "Animation": "Animación",
    "Comedy": "Comedia",
    "Crime": "Crimen",
    "Documentary": "Documental",
    "Drama": "Drama",
    "Family": "Familia",
    "Fantasy": "Fantasía",
    "Foreign": "Extranjera",
    "History": "Historia",
    "Horror": "Terror",
    "Music": "Música",
    "Mystery": "Misterio",
    "Romance": "Romance",
    "Science Fiction": "Ciencia ficción",
    "TV Movie": "Película de televisión",
    "Thriller": "Suspense",
    "War": "Bélica",
    "Western": "Western",
}
# What else people call them.
_OTHERS = {
    "Animation": ("dibujos animados",),
    "Documentary": ("documentales",),
    "Family": ("familiar", "infantil"),
    "History": ("histórica",),
    "Horror": ("miedo",),
    "Music": ("musical",),
    "Romance": ("romántica", "amor"),
    "Science Fiction": ("sci-fi", "scifi"),
    "Thriller": ("suspenso",),
    "War": ("guerra",),
    "Western": ("del oeste",),
}


def known(genre: str) -> Known:
    """Return a genre's name in Spanish and what else it is called; TMDB has no others."""
    return Known(_SPANISH.get(genre), (genre, *_OTHERS.get(genre, ())))
