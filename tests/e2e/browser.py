"""`python -m tests.e2e.browser`: a Chromium for the tests of the page, found or installed.

Exit codes: 0 there is one; 3 none is available here, and the message says why.
"""

from __future__ import annotations

from tests.e2e.host import Browser

CHROMIUM = Browser(
    "Chromium",
    ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "chromium",
)

if __name__ == "__main__":
    CHROMIUM.main()
