"""What the end-to-end run tells of its parts, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.__main__ import PARTS, main

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DOCKERS = sum(part.needs == "infra.docker" for part in PARTS)


NO_DOCKER, BROKEN_DOCKER = 3, 1
# pytest's own code for a fault of its own is the one that stands for "could not be tried".
FAILS, FAULT = 1, 3


@pytest.mark.parametrize(
    ("ends", "code", "told"),
    [
        ({}, 0, [len(PARTS), 0, 0]),
        ({"tests/e2e/test_sam_local.py": FAILS}, 1, [len(PARTS) - 1, 1, 0]),
        ({"tests/e2e/test_sam_local.py": FAULT}, 1, [len(PARTS) - 1, 1, 0]),
        ({"infra.docker": NO_DOCKER}, 3, [len(PARTS) - DOCKERS, 0, DOCKERS]),
        (
            {"infra.docker": NO_DOCKER, "tests/integration/test_rie.py": FAULT},
            1,
            [len(PARTS) - DOCKERS - 1, 1, DOCKERS],
        ),
        ({"infra.browser": NO_DOCKER}, 3, [len(PARTS) - 1, 0, 1]),
        ({"infra.docker": BROKEN_DOCKER}, 1, [len(PARTS) - DOCKERS, DOCKERS, 0]),
    ],
)
def test_each_part_is_told_and_one_that_did_not_run_is_no_success(
    capsys: pytest.CaptureFixture[str], ends: dict[str, int], code: int, told: list[int]
) -> None:
    def run(module: Sequence[str], _: Mapping[str, str]) -> int:
        return max(ends.get(word, 0) for word in module)

    assert main(run) == code

    said = capsys.readouterr().out
    assert [said.count(word) for word in ("passed", "FAILED", "DID NOT RUN")] == told


def test_docker_is_asked_for_once_and_not_before_it_is_needed() -> None:
    modules = []

    def run(module: Sequence[str], _: Mapping[str, str]) -> int:
        modules.append(module[0])
        return 0

    main(run)

    # Beside the tests, a network and a browser were asked for.
    assert modules.index("infra.docker") == len(PARTS) - DOCKERS + 2
    assert modules.count("infra.docker") == 1
