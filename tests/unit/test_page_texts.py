"""The page says everything in both of its languages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "functions" / "pagina"
# Texts whose names are put together: by what a thing is, a ranking's kind, a problem's status.
COMPOSED = {
    f"{part}{name}"
    for part, names in {
        "": "pelicula director actor franquicia productora pais idioma mes dia genero tema anio",
        "answer_": "director actor franquicia productora pais idioma mes dia",
        "list_": "franquicia productora pais idioma",
        "problem_": "0 timeout 400 403 404 429 503 other",
        "todo_": "0 timeout 400 403 404 429 503 other",
        "order_": "votos puntuacion fecha recaudacion titulo",
        "quality_": "0 1 2 3 4",
        "status_": "rumoreada planeada en_produccion en_posproduccion cancelada",
    }.items()
    for name in names.split()
} | {"like", "dislike", "likeFilm", "dislikeFilm", "found", "foundOne", "foundNone"}


@pytest.fixture(scope="module")
def texts() -> dict[str, dict[str, str]]:
    """The texts by language and name."""
    found: dict[str, dict[str, str]] = json.loads((PAGE / "texts.json").read_text())
    return found


@pytest.mark.parametrize("lang", ["es", "en"])
def test_every_text_is_there_in_each_language_and_used(
    texts: dict[str, dict[str, str]], lang: str
) -> None:
    sources = "\n".join(
        file.read_text() for file in PAGE.glob("*") if file.suffix in (".js", ".html")
    )
    asked = set(re.findall(r'say\("(\w+)"', sources))
    asked |= {
        name for pair in re.findall(r'say\([^()]+ \? "(\w+)" : "(\w+)"', sources) for name in pair
    }
    asked |= set(re.findall(r'data-(?:text|label)="(\w+)"', sources))
    asked |= {"everything", "role", "multiple", "before", "after"}
    # Of the facts of a film, of the filters, and of buttons.
    asked |= set(re.findall(r'\["(\w+)", \(?(?:facts|day|money|\[)', sources))
    asked |= set(re.findall(r'(?:select|named)\("\w+", "\w+", "(\w+)"', sources))
    asked |= set(re.findall(r'select\("\w+", "(\w+)"', sources))
    asked |= set(re.findall(r'button\("(\w+)"', sources))

    assert texts[lang].keys() == asked | COMPOSED


def test_what_is_filled_in_is_the_same_in_both_languages(texts: dict[str, dict[str, str]]) -> None:
    spanish, english = (
        {name: set(re.findall(r"\{\w+\}", text)) for name, text in texts[lang].items()}
        for lang in ("es", "en")
    )

    assert spanish == english


def test_what_stands_in_the_page_is_its_spanish_text(texts: dict[str, dict[str, str]]) -> None:
    page = (PAGE / "index.html").read_text()
    spanish = texts["es"]

    written = dict(re.findall(r'data-text="(\w+)"[^>]*>([^<]+)<', page))
    labels = {
        name: label for label, name in re.findall(r'aria-label="([^"]+)" data-label="(\w+)"', page)
    }
    assert written | labels == {name: spanish[name] for name in (*written, *labels)}
