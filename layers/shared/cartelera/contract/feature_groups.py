"""The groups of the model's features."""

from cartelera.contract.tables import GENERO, IDIOMA, PAIS

# The kinds of features, in the order of the model's columns, and what each is in a reason.
FEATURE_GROUPS = {
    "genres": "género",
    "directors": "dirección",
    "writers": "guion",
    "cast": "reparto",
    "keywords": "tema",
    "collection": "saga",
    "production_companies": "productora",
    "production_countries": "país",
    "original_language": "idioma",
    "period": "época",
    "title": "título",
    "text": "argumento",
}
# Those whose features can be asked for, and the tables of their names. They have every name,
# even those of one film alone: a filter is a feature that a film must have.
FILTER_TABLES = {"genres": GENERO, "original_language": IDIOMA, "production_countries": PAIS}
