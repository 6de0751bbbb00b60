"""The report's colours, by day and by night.

Those of `SERIES` can be told apart with any kind of colour vision when they touch. The charts are
drawn by day; the page's style sheet exchanges each colour for its other where it is dark.
"""

PAPER = "#fefefe"
INK = "#1f2a33"
SOFT = "#5c6a75"
GRID = "#e3e8ec"
BLUE = "#2b6a99"
ORANGE = "#c8641e"
TEAL = "#1f8a7d"
PLUM = "#85508f"
GOLD = "#a8830f"
ROSE = "#b8466b"
GREY = "#9aa6af"
SERIES = (BLUE, ORANGE, TEAL, PLUM, GOLD, ROSE)

# From few to many, one shade a step.
MANY = (
    "#d5e3ee",
    "#b3cde0",
    "#8db4d1",
    "#6698bf",
    "#447ca9",
    "#2b6190",
    "#174872",
    "#0c3052",
)
KNOWN = ("#edf5f3", "#c2e0da", "#8cc5bb", "#4fa396", "#1f7d71")
# From -1 by 0 to 1. These cells look the same at night, and so do the letters on them.
OPPOSITE = ("#b35806", "#f7f5f2", "#1f5a87")
ON_LIGHT, ON_DARK = "#14202b", "#fdfdfd"

AT_NIGHT = {
    PAPER: "#17212a",
    INK: "#e4eaef",
    SOFT: "#a3b1bc",
    GRID: "#2b3843",
    BLUE: "#62a5d8",
    ORANGE: "#ea8f4e",
    TEAL: "#46b8a8",
    PLUM: "#b98ac4",
    GOLD: "#d4b04a",
    ROSE: "#e0809f",
    GREY: "#76848f",
    **dict(
        zip(
            MANY,
            (
                "#1f3547",
                "#28475f",
                "#325b7a",
                "#3f7198",
                "#5089b5",
                "#6ca4ce",
                "#93c0e2",
                "#c3dff3",
            ),
            strict=True,
        )
    ),
    **dict(zip(KNOWN, ("#1d2d2f", "#23494a", "#2b6b67", "#389388", "#55bfae"), strict=True)),
}
