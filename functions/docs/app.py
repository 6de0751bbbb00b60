"""GET /docs: the API's documentation to read and try; GET /openapi.json: what it is made of.

Both in English are below, as /docs/en and /docs/openapi.en.json.
"""

import json
import os
from functools import partial
from pathlib import Path

from cartelera.errors import Message
from cartelera.http.static import PAGE_POLICY, StaticFiles

FOLDER = Path(__file__).parent
ASSETS = [file for file in FOLDER.iterdir() if file.suffix in {".css", ".js"}]
# Whether the deployment asks for an API key: "required", or empty.
API_KEY_VARIABLE = "CARTELERA_API_KEY"
API_KEY = Message(
    "La clave de la API; sin ella, o con otra, la respuesta es un 403.",
    "The API's key; without it, or with another, the answer is a 403.",
)


def with_api_key(document: str, described_as: str) -> str:
    """Return the description of the API with its key, if the deployment asks for one.

    Parameters
    ----------
    document
        The description, in JSON.
    described_as
        What it says of the key.
    """
    if not os.environ.get(API_KEY_VARIABLE):
        return document
    described = json.loads(document)
    key = {"type": "apiKey", "in": "header", "name": "x-api-key", "description": described_as}
    described["components"]["securitySchemes"] = {"clave": key}
    described["security"] = [{"clave": []}]
    return json.dumps(described, ensure_ascii=False)


handler = StaticFiles(
    "/docs",
    {
        "/docs": FOLDER / "index.html",
        "/docs/en": FOLDER / "en.html",
        "/openapi.json": FOLDER / "openapi.json",
        "/docs/openapi.en.json": FOLDER / "openapi.en.json",
    }
    | {f"/docs/{file.name}": file for file in ASSETS},
    PAGE_POLICY,
    {
        "/openapi.json": partial(with_api_key, described_as=API_KEY),
        "/docs/openapi.en.json": partial(with_api_key, described_as=API_KEY.english),
    },
)
