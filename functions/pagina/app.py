"""GET /: the page to ask and to be recommended films."""

from pathlib import Path

from cartelera.http.static import PAGE_POLICY, Static

FOLDER = Path(__file__).parent
ASSETS = (
    "style.css",
    "app.js",
    "api.js",
    "combobox.js",
    "dom.js",
    "films.js",
    "state.js",
    "texts.js",
    "views.js",
)

handler = Static(
    "/",
    {"/": FOLDER / "index.html"} | {f"/pagina/{name}": FOLDER / name for name in ASSETS},
    PAGE_POLICY,
)
