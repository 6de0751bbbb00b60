"""GET /: the page to ask and to be recommended films."""

import hashlib
import re
from base64 import b64encode
from pathlib import Path

from cartelera.http.static import PAGE_POLICY, StaticFiles

FOLDER = Path(__file__).parent
PAGE = FOLDER / "index.html"
ASSETS = [file for file in FOLDER.iterdir() if file.suffix in {".css", ".js", ".json"}]


def own_script(page: str) -> str:
    """Return how a Content-Security-Policy names the one script that is in the page itself."""
    (script,) = re.findall("<script>(.*?)</script>", page, re.DOTALL)
    return f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


handler = StaticFiles(
    "/",
    {"/": PAGE} | {f"/pagina/{file.name}": file for file in ASSETS},
    PAGE_POLICY | {"script-src": f"{PAGE_POLICY['script-src']} {own_script(PAGE.read_text())}"},
    # A service worker covers the folder where it lies; this one, the page too, under any stage.
    headers={"/pagina/worker.js": {"Service-Worker-Allowed": "../"}},
)
