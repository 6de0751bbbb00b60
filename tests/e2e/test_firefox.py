"""The page in the other engine, once: what every browser must be able to do with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.e2e.firefox import FIREFOX, opened
from tests.e2e.serving import served

if TYPE_CHECKING:
    from pathlib import Path

    from infra.local.template import Template

pytestmark = pytest.mark.skipif("E2E" not in os.environ, reason="needs Firefox: make e2e runs it")

HEADING = "document.querySelector('#respuesta h2')?.textContent"
FILMS = "document.querySelectorAll('#{} .film').length"
ENTER = "\ue007"


def test_firefox_finds_films_keeps_likes_and_opens_the_page_again_without_a_network(
    template: Template, sample_place: Path, tmp_path: Path
) -> None:
    path = FIREFOX.path()
    assert path
    with opened(path, tmp_path) as tab:
        with served(template, sample_place, tmp_path) as site:
            tab.open(site)
            tab.until(f"{FILMS.format('gustos')} === 10")
            tab.ask("document.querySelector('#busqueda').focus()")
            tab.type(f"toy story collection{ENTER}")
            tab.until(f"{HEADING} === 'Toy Story Collection'")
            tab.open(f"{site}?pelicula=603&lang=en")
            tab.until(f"{FILMS.format('respuesta')} === 5")
            assert tab.ask(HEADING) == "The Matrix 1999"
            tab.ask("document.querySelector('.asked .like').click()")
            tab.until("document.querySelector('#gustos .pills .like')")
            tab.open(f"{site}?lang=en")
            tab.until("document.querySelector('#gustos h2')?.textContent === 'For you'")
            assert "gustos=603" in str(tab.ask("location.search"))
            tab.ask("navigator.serviceWorker.ready.then(() => '')")
            tab.open(f"{site}docs#pelicula")
            tab.until("document.querySelector('#pelicula form')")
        tab.open(f"{site}?pelicula=603&lang=en&gustos=603")
        tab.until("document.querySelector('#sin-red:not([hidden])')")
        assert tab.ask(HEADING) == "The Matrix 1999"
        # What it says of the questions that had no network is no fault of the page.
        faults = [text for text in tab.said if "NetworkError" not in text]

    assert faults == []
