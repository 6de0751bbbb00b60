"""How wide texts are.

The advance widths are those of Liberation Sans 2.1, Regular and Bold, in thousandths of the size
(tables `cmap` and `hmtx`); Arial and Helvetica have the same ones.
"""

from __future__ import annotations

import unicodedata

# What charts are written in: whichever of them there is.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
_REGULAR = {
    191: "'",
    222: "ijl’",
    260: "|",
    278: " !,./:;I[\\]ft·ı",
    333: "()-`r“”¡",
    334: "{}",
    355: '"',
    389: "*",
    400: "°",
    469: "^",
    500: "Jcksvxyz",
    549: "÷",
    556: "#$0123456789?L_abdeghnopqu–«»€",
    584: "+<=>~×",
    611: "FTZßø¿",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%æ",
    944: "W",
    1000: "…",
    1015: "@",
}
_BOLD = {
    238: "'",
    278: " ,./I\\ijl’·ı",
    280: "|",
    333: "!()-:;[]`ft¡",
    389: "*r{}",
    400: "°",
    474: '"',
    500: "z“”",
    549: "÷",
    556: "#$0123456789J_aceksvxy–«»€",
    584: "+<=>^~×",
    611: "?FLTZbdghnopqußø¿",
    667: "EPSVXY",
    722: "&ABCDHKNRU",
    778: "GOQw",
    833: "M",
    889: "%mæ",
    944: "W",
    975: "@",
    1000: "…",
}
# Of letters that are not there: in East Asia they are as wide as high.
_OTHER, _EAST_ASIAN = 650, 1000
_ELLIPSIS = "…"


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a text in pixels.

    Parameters
    ----------
    text
        The text, in one line.
    size
        Of its letters, in pixels.
    bold
        Whether they are bold.
    """
    widths = _WIDTHS[bold]
    if not text.isascii():
        # A letter with an accent is as wide as the letter.
        text = unicodedata.normalize("NFKD", text)
    return sum(widths[sign] if sign in widths else _other(sign) for sign in text) * size / 1000


def fit(text: str, size: float, limit: float) -> str:
    """Return a text, or as much of its beginning as there is room for.

    Parameters
    ----------
    text, size
        As `text_width` takes them.
    limit
        How wide it may be, in pixels.
    """
    if text_width(text, size) <= limit:
        return text
    kept = len(text) - 1
    while kept > 1 and text_width(text[:kept].rstrip() + _ELLIPSIS, size) > limit:
        kept -= 1
    return text[:kept].rstrip() + _ELLIPSIS


def _by_sign(signs_by_width: dict[int, str]) -> dict[str, int]:
    return {sign: width for width, signs in signs_by_width.items() for sign in signs}


def _other(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    return _EAST_ASIAN if unicodedata.east_asian_width(sign) in "WF" else _OTHER


_WIDTHS = {False: _by_sign(_REGULAR), True: _by_sign(_BOLD)}
