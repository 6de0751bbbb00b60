"""What every Cartelera handler shares: storage, releases, look-up, the model, HTTP manners."""

__version__ = "0.1.0"
# Word for word what TMDB asks of those who use its data.
ATTRIBUTION = "This product uses the TMDB API but is not endorsed or certified by TMDB."
# And of those who use IMDb's, as a release with other titles of films does.
IMDB_ATTRIBUTION = "Information courtesy of IMDb (https://www.imdb.com). Used with permission."
# And of those who use MovieLens' ratings, as its licence asks for them to be cited.
MOVIELENS_ATTRIBUTION = (
    "Ratings by MovieLens, for research: F. Maxwell Harper and Joseph A. Konstan, The MovieLens "
    "Datasets: History and Context, ACM TiiS 5, 4 (2015), https://doi.org/10.1145/2827872."
)
