"""The pages that people read: what they show is tried."""

from pathlib import Path

_PROJECT = Path(__file__).parent.parent
PAGES = sorted(
    str(path.relative_to(_PROJECT))
    for path in (*_PROJECT.glob("*.md"), *_PROJECT.glob("docs/**/*.md"))
)


def page(name: str) -> str:
    """Return a page's text."""
    return (_PROJECT / name).read_text()
