"""What the end-to-end run tells of its parts, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.__main__ import PARTS, Ran, main

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DOCKERS = sum(part.needs == "tests.e2e.docker" for part in PARTS)


NO_DOCKER, BROKEN_DOCKER, NO_NETWORK = 3, 1, 3
ALONE = "tests.e2e.emulator.alone"
# pytest's own code for a fault of its own is the one that stands for "could not be tried".
FAILS, FAULT = 1, 3


@pytest.mark.parametrize(
    ("ends", "code", "told"),
    [
        ({}, 0, [len(PARTS), 0, 0]),
        ({"tests/e2e/test_sam_local.py": FAILS}, 1, [len(PARTS) - 1, 1, 0]),
        ({"tests/e2e/test_sam_local.py": FAULT}, 1, [len(PARTS) - 1, 1, 0]),
        ({"tests.e2e.docker": NO_DOCKER}, 3, [len(PARTS) - DOCKERS, 0, DOCKERS]),
        (
            {"tests.e2e.docker": NO_DOCKER, "tests/integration/test_emulator.py": FAULT},
            1,
            [len(PARTS) - DOCKERS - 1, 1, DOCKERS],
        ),
        ({"tests.e2e.browser": NO_DOCKER}, 3, [len(PARTS) - 1, 0, 1]),
        ({ALONE: NO_NETWORK}, 3, [len(PARTS) - 1, 0, 1]),
        ({"tests.e2e.docker": BROKEN_DOCKER}, 1, [len(PARTS) - DOCKERS, DOCKERS, 0]),
    ],
)
def test_each_part_is_told_and_one_that_did_not_run_is_no_success(
    capsys: pytest.CaptureFixture[str], ends: dict[str, int], code: int, told: list[int]
) -> None:
    def run(module: Sequence[str], _: Mapping[str, str]) -> Ran:
        return Ran(max(ends.get(word, 0) for word in module), "")

    assert main(run) == code

    said = capsys.readouterr().out
    assert [said.count(word) for word in ("passed", "FAILED", "DID NOT RUN")] == told


@pytest.mark.parametrize("code", [0, 3])
def test_a_browser_has_a_network_of_its_own_where_that_can_be_had(code: int) -> None:
    modules = []

    def run(module: Sequence[str], _: Mapping[str, str]) -> Ran:
        modules.append(module)
        return Ran(code if module == (ALONE,) else 0, "")

    main(run)

    (page,) = [module for module in modules if "tests/e2e/test_page.py" in module]
    assert (page[0] == ALONE) == (code == 0)
    assert page[-1] == "tests/e2e/test_page.py"


def test_docker_is_asked_for_once_and_not_before_it_is_needed() -> None:
    modules = []

    def run(module: Sequence[str], _: Mapping[str, str]) -> Ran:
        modules.append(module)
        return Ran(0, "")

    main(run)

    asked = modules.index(("tests.e2e.docker",))
    in_docker = [part.tests[0] for part in PARTS if part.needs == "tests.e2e.docker"]
    assert modules.count(("tests.e2e.docker",)) == 1
    assert not [module for module in modules[:asked] if in_docker[-1] in module]


def test_what_a_part_says_is_printed_in_one_piece(capsys: pytest.CaptureFixture[str]) -> None:
    main(lambda module, _: Ran(0, f"{module[-1]} 1\n{module[-1]} 2\n"))

    lines = capsys.readouterr().out.splitlines()
    firsts = [line for line in lines if line.endswith(" 1")]
    assert len(firsts) >= len(PARTS)
    for first in firsts:
        assert lines[lines.index(first) + 1] == f"{first[:-2]} 2"
