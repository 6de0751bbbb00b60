"""The pages that people read: what they show is tried."""

from pathlib import Path

from tests.translations import TRANSLATIONS

_PROJECT = Path(__file__).parent.parent
_FOUND = (*_PROJECT.glob("*.md"), *_PROJECT.glob("docs/**/*.md"))
# But for translations, which show the same.
PAGES = sorted({str(path.relative_to(_PROJECT)) for path in _FOUND} - {*TRANSLATIONS.values()})


def page(name: str) -> str:
    """Return a page's text."""
    return (_PROJECT / name).read_text()
