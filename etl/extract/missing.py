"""How programs write that there is no value."""

# pandas, R, SQL, Spark, Hive and spreadsheets. As they write it: a language may be "na", Nauru's.
MISSING = frozenset(
    {
        *("", "nan", "NaN", "-nan", "None", "null", "NULL", "NA", "N/A", "n/a", r"\N"),
        *("<NA>", "NaT", "#N/A", "#NA"),
    }
)
# What TMDB's exports have in place of some lists and collections, also after a spreadsheet.
FALSE = frozenset({"False", "false", "FALSE", "FALSO", "0", "0.0"})


def is_missing(text: str) -> bool:
    """Return whether a cell that is no text of its own has no value."""
    return text.strip() in MISSING


def is_no_list(cell: str) -> bool:
    """Return whether a cell that should be a list or an object stands for none."""
    text = cell.strip()
    return text in MISSING or text in FALSE
