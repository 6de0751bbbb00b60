"""The report's colours, by day and by night.

Neighbours in `SERIES` can be distinguished with any kind of colour vision. Charts are drawn in the
colours of the day; the page's style sheet replaces each where the reader's scheme is dark.
"""

PAPER, INK, SOFT, GRID = "#fefefe", "#1f2a33", "#5c6a75", "#e3e8ec"
BLUE, ORANGE, TEAL, PLUM = "#2b6a99", "#c8641e", "#1f8a7d", "#85508f"
GOLD, ROSE, GREY = "#a8830f", "#b8466b", "#9aa6af"
SERIES = (BLUE, ORANGE, TEAL, PLUM, GOLD, ROSE)

# From few to many, one shade a step.
SEQUENTIAL = (
    *("#d5e3ee", "#b3cde0", "#8db4d1", "#6698bf"),
    *("#447ca9", "#2b6190", "#174872", "#0c3052"),
)
SHARES = ("#edf5f3", "#c2e0da", "#8cc5bb", "#4fa396", "#1f7d71")
# From -1 by 0 to 1. These cells look the same at night, and so do the letters on them.
DIVERGING = ("#b35806", "#f7f5f2", "#1f5a87")
ON_LIGHT, ON_DARK = "#14202b", "#fdfdfd"

_BY_DAY = (PAPER, INK, SOFT, GRID, *SERIES, GREY, *SEQUENTIAL, *SHARES)
_BY_NIGHT = (
    *("#17212a", "#e4eaef", "#a3b1bc", "#2b3843"),
    *("#62a5d8", "#ea8f4e", "#46b8a8", "#b98ac4", "#d4b04a", "#e0809f", "#76848f"),
    *("#1f3547", "#28475f", "#325b7a", "#3f7198", "#5089b5", "#6ca4ce", "#93c0e2", "#c3dff3"),
    *("#1d2d2f", "#23494a", "#2b6b67", "#389388", "#55bfae"),
)
AT_NIGHT = dict(zip(_BY_DAY, _BY_NIGHT, strict=True))


def diverging(value: float) -> str:
    """Return the colour of a number from -1 to 1, between those of `DIVERGING`."""
    low, middle, high = (bytes.fromhex(colour[1:]) for colour in DIVERGING)
    end, share = (low, -value) if value < 0 else (high, value)
    mixed = (round(one + (other - one) * share) for one, other in zip(middle, end, strict=True))
    return f"#{bytes(mixed).hex()}"
