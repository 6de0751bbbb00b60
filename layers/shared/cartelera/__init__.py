"""What every Cartelera handler shares: storage, releases, look-up, the model, HTTP manners."""

__version__ = "0.1.0"
# Word for word what TMDB asks of those who use its data.
ATTRIBUTION = "This product uses the TMDB API but is not endorsed or certified by TMDB."
# And of those who use IMDb's, as a release with other titles of films does.
IMDB_ATTRIBUTION = "Information courtesy of IMDb (https://www.imdb.com). Used with permission."
