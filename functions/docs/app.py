"""GET /docs: the API's documentation to read and try; GET /openapi.json: what it is made of."""

import json
import os
from pathlib import Path

from cartelera.http.static import PAGE_POLICY, StaticFiles

FOLDER = Path(__file__).parent
ASSETS = [file for file in FOLDER.iterdir() if file.suffix in {".css", ".js"}]
# Whether the deployment asks for an API key: "required", or empty.
API_KEY_VARIABLE = "CARTELERA_API_KEY"
API_KEY = {
    "type": "apiKey",
    "in": "header",
    "name": "x-api-key",
    "description": "La clave de la API; sin ella, o con otra, la respuesta es un 403.",
}


def with_api_key(document: str) -> str:
    """Return the description of the API with its key, if the deployment asks for one."""
    if not os.environ.get(API_KEY_VARIABLE):
        return document
    described = json.loads(document)
    described["components"]["securitySchemes"] = {"clave": API_KEY}
    described["security"] = [{"clave": []}]
    return json.dumps(described, ensure_ascii=False)


handler = StaticFiles(
    "/docs",
    {"/docs": FOLDER / "index.html", "/openapi.json": FOLDER / "openapi.json"}
    | {f"/docs/{file.name}": file for file in ASSETS},
    PAGE_POLICY,
    {"/openapi.json": with_api_key},
)
