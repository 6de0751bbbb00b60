"""The same question as `peliculas_duracion`, answered the usual way.

One script with the libraries that the data was prepared with: boto3 fetches the table, pandas
reads and searches it, and scikit-learn is imported because another route recommends.
"""

from __future__ import annotations

import json
import os
from io import BytesIO
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
import pandas as pd
from sklearn.metrics.pairwise import cosine_similarity  # noqa: F401 (as it stands in such a script)

s3 = boto3.client("s3")
bucket = urlsplit(os.environ["CARTELERA_RELEASES"]).netloc


def fetch(key: str) -> bytes:
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


# The pointer of the one release format that this script reads.
release = json.loads(fetch("current.9.json"))["release"]
films = pd.read_parquet(BytesIO(fetch(f"releases/{release}/tables/peliculas_duracion.parquet")))


def handler(event: dict[str, Any], context: object) -> dict[str, object]:
    title = unquote(event["pathParameters"]["pelicula"])
    found = films[films["pelicula"].str.lower() == title.lower()]
    if found.empty:
        return {"statusCode": 404, "body": json.dumps({"detail": "not found"})}
    columns = ["id", "pelicula", "duracion", "anio"]
    body = found[columns].to_json(orient="records", force_ascii=False)
    return {"statusCode": 200, "body": body}
