"""Numbers of charts as CSV."""

from __future__ import annotations

from etl.report.numbers import Numbers, data_url, to_csv
from etl.report.texts import Bilingual


def test_texts_in_both_languages_are_two_columns_and_numbers_stay_numbers() -> None:
    rows = [(Bilingual("enero", "January"), 1.0, None), (Bilingual("a, b", "c"), 1 / 3, "=1+1")]

    csv = to_csv(Numbers(("month", "share", "note"), rows))

    assert csv.splitlines() == [
        "\ufeffmonth_es,month_en,share,note",
        "enero,January,1,",
        '"a, b",c,0.3333333,\'=1+1',
    ]


def test_a_url_holds_whatever_a_title_does() -> None:
    assert data_url('é"<&#%\n').partition(",")[2] == "%C3%A9%22%3C%26%23%25%0A"
