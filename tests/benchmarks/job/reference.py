"""The obvious script: what the job does, as a notebook would, and no more than half of it.

Both files whole in pandas, nested cells by `ast.literal_eval`, lists by `explode` and
`json_normalize`, the outcome as parquet. It builds no tables and no model, verifies nothing and
sets nothing aside.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from etl.extract.raw_files import find_raw


def literal(cell: object) -> Any:
    try:
        return ast.literal_eval(str(cell))
    except (ValueError, SyntaxError):
        return []


def main(folder: Path, out: Path) -> None:
    raw = find_raw(folder)
    movies = pd.read_csv(raw.movies.path, low_memory=False)
    credit = pd.read_csv(raw.files[1].path)

    movies["id"] = pd.to_numeric(movies["id"], errors="coerce")
    movies["release_date"] = pd.to_datetime(movies["release_date"], errors="coerce")
    movies = movies.dropna(subset=["id", "release_date"]).drop_duplicates("id")
    movies["release_year"] = movies["release_date"].dt.year
    for column in ("budget", "revenue", "popularity"):
        movies[column] = pd.to_numeric(movies[column], errors="coerce").fillna(0)
    movies["return"] = (movies["revenue"] / movies["budget"]).where(movies["budget"] > 0, 0)
    nested = {
        "genres": movies,
        "production_companies": movies,
        "production_countries": movies,
        "spoken_languages": movies,
        "cast": credit,
        "crew": credit,
    }
    for column, frame in nested.items():
        frame[column] = frame[column].map(literal)
    collection = movies["belongs_to_collection"].dropna().map(literal)
    movies["collection"] = collection.map(lambda it: it.get("name") if it else None)
    for column, frame in nested.items():
        exploded = frame[["id", column]].explode(column).dropna()
        entries = pd.json_normalize(exploded[column].tolist())
        entries["film"] = exploded["id"].to_numpy()
        if column == "crew":
            entries = entries[entries["job"] == "Director"]
        entries.astype("str").to_parquet(out / f"{column}.parquet")
    flat = movies.drop(columns=["belongs_to_collection", *list(nested)[:4]])
    flat.to_parquet(out / "movies.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
