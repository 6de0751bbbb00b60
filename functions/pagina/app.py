"""GET /: the page to ask and to be recommended films."""

from pathlib import Path

from cartelera.http.static import PAGE_POLICY, StaticFiles

FOLDER = Path(__file__).parent
ASSETS = [file for file in FOLDER.iterdir() if file.suffix in {".css", ".js", ".json"}]

handler = StaticFiles(
    "/",
    {"/": FOLDER / "index.html"} | {f"/pagina/{file.name}": file for file in ASSETS},
    PAGE_POLICY,
    # A service worker covers the folder where it lies; this one, the page too, under any stage.
    headers={"/pagina/worker.js": {"Service-Worker-Allowed": "../"}},
)
