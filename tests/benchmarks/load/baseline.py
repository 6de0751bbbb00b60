"""The usual design, as people write it: FastAPI over data frames that hold both CSVs.

What it does on purpose as it is mostly done: every worker reads the raw files when it starts,
each request filters the whole frame, titles must be spelled to the letter, nested cells are
searched as text, and recommendations compare the raw numeric columns of the first 1,000 films,
so that any other title, like a mistyped one, ends in an error 500.

Uvicorn serves it with its `standard` extra. Without uvloop the workers share a socket that does
not say it is TCP; small answers then wait 40 ms, and that is no part of the comparison.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd
from fastapi import FastAPI, HTTPException
from sklearn.metrics.pairwise import cosine_similarity

from etl.extract.raw_files import find_raw

NUMERIC = [
    "budget",
    "id",
    "popularity",
    "release_year",
    "return",
    "revenue",
    "runtime",
    "vote_average",
    "vote_count",
]

raw = find_raw(Path(os.environ["RAW"]))
movies = pd.read_csv(raw.movies.path, low_memory=False)
credit = pd.read_csv(raw.files[1].path)

movies["release_date"] = pd.to_datetime(movies["release_date"], errors="coerce")
movies = movies.dropna(subset=["release_date"])
movies["release_year"] = movies["release_date"].dt.year
for column in ("budget", "id", "popularity"):
    movies[column] = pd.to_numeric(movies[column], errors="coerce").fillna(0)
movies["return"] = (movies["revenue"] / movies["budget"]).where(movies["budget"] > 0, 0)

sample = movies.head(1000)
similarity = cosine_similarity(sample[NUMERIC].fillna(0))

app = FastAPI()


@app.get("/peliculas_idioma/{idioma}")
def peliculas_idioma(idioma: str) -> dict[str, Any]:
    found = some(movies[movies["original_language"] == idioma])
    return {"idioma": idioma, "cantidad": len(found)}


@app.get("/peliculas_duracion/{pelicula}")
def peliculas_duracion(pelicula: str) -> dict[str, Any]:
    film = movies[movies["title"] == pelicula].iloc[0]
    return {
        "pelicula": pelicula,
        "duracion": int(film["runtime"]),
        "anio": int(film["release_year"]),
    }


@app.get("/franquicia/{franquicia}")
def franquicia(franquicia: str) -> dict[str, Any]:
    found = some(movies[holds("belongs_to_collection", franquicia)])
    return {
        "franquicia": franquicia,
        "cantidad": len(found),
        "ganancia_total": float(found["revenue"].sum()),
        "ganancia_promedio": float(found["revenue"].mean()),
    }


@app.get("/peliculas_pais/{pais}")
def peliculas_pais(pais: str) -> dict[str, Any]:
    found = some(movies[holds("production_countries", pais)])
    return {"pais": pais, "cantidad": len(found)}


@app.get("/productoras_exitosas/{productora}")
def productoras_exitosas(productora: str) -> dict[str, Any]:
    found = some(movies[holds("production_companies", productora)])
    return {
        "productora": productora,
        "revenue_total": float(found["revenue"].sum()),
        "cantidad": len(found),
    }


@app.get("/recomendacion/{titulo}")
def recomendacion(titulo: str) -> dict[str, Any]:
    index = sample[sample["title"] == titulo].index[0]
    nearest = similarity[index].argsort()[::-1][1:6]
    return {"titulo": titulo, "lista_recomendada": sample["title"].iloc[nearest].tolist()}


def holds(column: str, name: str) -> pd.Series[bool]:
    return movies[column].str.contains(name, regex=False, na=False)


def some(found: pd.DataFrame) -> pd.DataFrame:
    if found.empty:
        raise HTTPException(404, "no está en los datos")
    return found
