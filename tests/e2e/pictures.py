"""`make page-pictures`: takes the pictures of the front pages, of what `make run` serves."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

import click
from playwright.sync_api import Error, sync_playwright

from infra.local import PROJECT
from tests.e2e.browser import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_QUALITY = 80
_WIDTH, _HEIGHT, _MARGIN = 1280, 1120, 24


class Picture(NamedTuple):
    """A picture: its file below `docs`, what the page is asked, and its language."""

    file: str
    query: str
    locale: str


PICTURES = (
    Picture("page.jpg", "?pelicula=603&lang=en", "en-US"),
    Picture("es/page.jpg", "?pelicula=603", "es-ES"),
)


def take(browser: Browser, address: str, picture: Picture) -> bytes:
    """Return a picture of the page, to the end of its answer.

    Parameters
    ----------
    browser
        A Chromium.
    address
        Where the page is served.
    picture
        What to ask it for.

    Returns
    -------
    bytes
        A JPEG file.

    Raises
    ------
    Error
        Of Playwright, when nothing is served there.
    """
    page = browser.new_page(
        viewport={"width": _WIDTH, "height": _HEIGHT},
        locale=picture.locale,
        reduced_motion="reduce",
    )
    page.goto(f"{address}{picture.query}")
    page.locator("#respuesta .film").first.wait_for()
    page.wait_for_load_state("networkidle")
    end = page.locator("#respuesta").evaluate("each => each.getBoundingClientRect().bottom")
    page.set_viewport_size({"width": _WIDTH, "height": int(end) + _MARGIN})
    image = page.screenshot(type="jpeg", quality=_QUALITY)
    page.close()
    return image


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=3000, help="That of `make run`.")
def main(port: int) -> None:
    """Take every picture again."""
    address = f"http://127.0.0.1:{port}/"
    with sync_playwright() as playwright:
        # As root, which containers are built as, Chromium has no sandbox to run in.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM.path(), args=arguments)
        for picture in PICTURES:
            file = PROJECT / "docs" / picture.file
            try:
                image = take(browser, address, picture)
            except Error as error:
                click.echo(f"no page at {address}: start it, `make run`\n{error.message}", err=True)
                sys.exit(1)
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(image)
            click.echo(f"{file.relative_to(PROJECT)} {len(image)} bytes")
        browser.close()


if __name__ == "__main__":
    main()
