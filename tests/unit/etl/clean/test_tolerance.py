from __future__ import annotations

import re

import pytest

from etl.clean.records import NO_SUCH_FILM, REPEATED, REPEATED_WORD_FOR_WORD
from etl.clean.schemas import BAD_DATE, UNDATED
from etl.clean.tolerance import Tolerance, check_tolerance
from etl.clean.unnest import UNREADABLE
from etl.errors import ContractError
from etl.quarantine import Quarantine, Rejection

FILE = "movies_metadata.csv"


def set_aside(
    count: int, reason: str, field: str | None = None, *, file: str = FILE, first: int = 2
) -> Quarantine:
    quarantine = Quarantine()
    quarantine.extend(
        Rejection(file, line, field, reason, f"value {line}", f"detail {line}")
        for line in range(first, first + count)
    )
    return quarantine


def together(*quarantines: Quarantine) -> Quarantine:
    whole = Quarantine()
    for quarantine in quarantines:
        whole.extend(quarantine)
    return whole


def test_a_file_of_which_more_than_the_share_breaks_a_rule_stops_the_job() -> None:
    broken = set_aside(51, BAD_DATE)

    with pytest.raises(ContractError):
        check_tolerance(broken, FILE, 1_000, Tolerance(0.05))


@pytest.mark.parametrize(
    ("count", "read", "tolerance"),
    [
        (50, 1_000, 0.05),
        (29, 100, 0.29),
        (58, 100, 0.58),
        (454, 45_400, 0.01),
        (1_000, 1_000, 1.0),
    ],
)
def test_exactly_the_share_is_tolerated_and_one_more_is_not(
    count: int, read: int, tolerance: float
) -> None:
    check_tolerance(set_aside(count, BAD_DATE), FILE, read, Tolerance(tolerance))

    with pytest.raises(ContractError):
        check_tolerance(set_aside(count + 1, BAD_DATE), FILE, read, Tolerance(tolerance))


@pytest.mark.parametrize("tolerance", [0.0, 0.01])
def test_a_handful_is_tolerated_in_the_smallest_file(tolerance: float) -> None:
    check_tolerance(set_aside(10, BAD_DATE), FILE, 10, Tolerance(tolerance))

    with pytest.raises(ContractError):
        check_tolerance(set_aside(11, BAD_DATE), FILE, 11, Tolerance(tolerance))


def test_a_file_without_records_breaks_no_rule() -> None:
    check_tolerance(Quarantine(), FILE, 0, Tolerance(0.0))


def test_the_error_names_file_rule_counts_and_shares_and_shows_the_first_five_examples() -> None:
    with pytest.raises(ContractError) as stopped:
        check_tolerance(set_aside(1_500, BAD_DATE), FILE, 45_000, Tolerance(0.015))

    first, *examples, last = str(stopped.value).splitlines()
    assert f"{FILE} breaks the rule «{BAD_DATE}»" in first
    assert "1,500 of 45,000 records" in first
    assert "(3.3%; tolerated: 1.5%)" in first
    assert examples == [f"  line {n}: detail {n}; 'value {n}'" for n in range(2, 7)]
    assert last.endswith(f'go: --tolerance "{BAD_DATE}=0.04"')


def test_examples_come_in_order_of_their_lines_and_are_cut_short() -> None:
    quarantine = Quarantine()
    for line in range(30, 10, -1):
        quarantine.extend([Rejection(FILE, line, None, BAD_DATE, f"{line}{'x' * 500}", "detail")])

    with pytest.raises(ContractError) as stopped:
        check_tolerance(quarantine, FILE, 20, Tolerance(0.0))

    examples = str(stopped.value).splitlines()[1:-1]
    assert [example.split(":")[0] for example in examples] == [f"  line {n}" for n in range(11, 16)]
    assert max(map(len, examples)) < 120
    assert "'11xxx" in examples[0]


def test_of_several_rules_the_worst_is_named() -> None:
    broken = together(
        set_aside(20, BAD_DATE),
        set_aside(30, REPEATED, first=100),
        set_aside(25, UNREADABLE, "genres", first=200),
    )

    with pytest.raises(ContractError, match=re.escape(f"«{REPEATED}» in 30 of 1,000")):
        check_tolerance(broken, FILE, 1_000, Tolerance())


def test_rules_that_are_each_within_the_share_are_not_added_up() -> None:
    broken = together(
        set_aside(10, BAD_DATE),
        set_aside(10, REPEATED, first=100),
        set_aside(10, UNREADABLE, "genres", first=200),
        set_aside(10, UNREADABLE, "cast", first=200),
    )

    check_tolerance(broken, FILE, 1_000, Tolerance())


@pytest.mark.parametrize("harmless", [REPEATED_WORD_FOR_WORD, NO_SUCH_FILM, UNDATED])
def test_records_with_which_nothing_is_lost_do_not_count(harmless: str) -> None:
    repeated = set_aside(900, harmless)

    check_tolerance(repeated, FILE, 1_000, Tolerance())
    with pytest.raises(ContractError, match=re.escape(f"«{REPEATED}» in 11 of 1,000")):
        check_tolerance(
            together(repeated, set_aside(11, REPEATED, first=1_000)), FILE, 1_000, Tolerance()
        )


def test_a_record_counts_once_however_many_of_its_entries_break_a_rule() -> None:
    entries = together(*(set_aside(10, UNREADABLE, "cast") for _ in range(50)))

    check_tolerance(entries, FILE, 1_000, Tolerance())
    with pytest.raises(ContractError, match=re.escape("«cast: unreadable» in 11 of 1,000")):
        check_tolerance(
            together(entries, set_aside(1, UNREADABLE, "cast", first=500)), FILE, 1_000, Tolerance()
        )


def test_every_field_has_a_rule_of_its_own() -> None:
    broken = together(set_aside(8, UNREADABLE, "cast"), set_aside(8, UNREADABLE, "crew", first=100))

    check_tolerance(broken, FILE, 16, Tolerance())


def test_what_other_files_break_is_theirs() -> None:
    broken = together(
        set_aside(10, UNREADABLE, file="credits.csv"),
        set_aside(500, UNREADABLE, file="keywords.csv", first=100),
    )

    check_tolerance(broken, "credits.csv", 100, Tolerance())
    with pytest.raises(ContractError, match=r"^keywords\.csv breaks"):
        check_tolerance(broken, "keywords.csv", 1_000, Tolerance())


def test_one_rule_may_have_a_share_of_its_own_by_its_name_or_by_its_reason() -> None:
    broken = together(
        set_aside(300, UNREADABLE, "cast"),
        set_aside(200, UNREADABLE, "crew"),
        set_aside(100, REPEATED),
    )

    def beyond(of_rules: dict[str, float]) -> list[str]:
        with pytest.raises(ContractError) as stopped:
            check_tolerance(broken, FILE, 1_000, Tolerance(0.05, of_rules))
        return re.findall(r'--tolerance "(.*?)"', str(stopped.value))

    cast, crew, repeated = "cast: unreadable=0.3", "crew: unreadable=0.2", f"{REPEATED}=0.1"
    assert beyond({}) == [cast, crew, repeated]
    assert beyond({"cast: unreadable": 0.3}) == [crew, repeated]
    assert beyond({UNREADABLE: 0.3}) == [repeated]
    assert beyond({UNREADABLE: 0.3, "crew: unreadable": 0.1, REPEATED: 0.1}) == [crew]
    check_tolerance(broken, FILE, 1_000, Tolerance(0, {UNREADABLE: 0.3, REPEATED: 0.1}))
