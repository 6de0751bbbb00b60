"""GET /docs: the API's documentation to read and try; GET /openapi.json: what it is made of."""

from pathlib import Path

from cartelera.http.static import SWAGGER_POLICY, SWAGGER_UI, StaticFiles

FOLDER = Path(__file__).parent

handler = StaticFiles(
    "/docs",
    {
        "/docs": FOLDER / "index.html",
        "/docs/init.js": FOLDER / "init.js",
        "/docs/swagger-ui.css": SWAGGER_UI / "swagger-ui.min.css",
        "/docs/swagger-ui.js": SWAGGER_UI / "swagger-ui-bundle.min.js",
        "/openapi.json": FOLDER / "openapi.json",
    },
    SWAGGER_POLICY,
)
