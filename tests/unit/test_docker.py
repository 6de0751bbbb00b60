"""Whether Docker and Lambda's base image are used, installed, pulled, built, or unavailable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from infra.local.docker import IMAGE
from tests.e2e.docker.base_image import ensure_base_image
from tests.e2e.docker.daemon import ensure_daemon
from tests.e2e.host import CommandError, Host, Process, UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "recipe"
BUILT = f"built {IMAGE}"


class Daemon:
    """A dockerd that runs on, or ends at once."""

    def __init__(self, code: int | None) -> None:
        self.code = code

    def poll(self) -> int | None:
        return self.code

    def terminate(self) -> None:
        self.code = 0

    def wait(self) -> int:
        return 0


@dataclass(kw_only=True)
class Machine(Host):
    """A machine that only says what it would have done."""

    root: bool = True
    programs: frozenset[str] = frozenset({"docker", "dockerd"})
    running: bool = False
    refused: tuple[str, ...] = ()
    outputs: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def is_root_on_debian(self) -> bool:
        return self.root

    def has(self, program: str) -> bool:
        return program in self.programs

    def run(self, *command: str | Path, seconds: float) -> str:  # noqa: ARG002 (the machine's own waits)
        line = " ".join(map(str, command))
        if line.startswith("docker version"):
            if not self.running:
                raise CommandError("docker failed (1): no daemon")
            return "20.10"
        self.done.append(line)
        if any(line.startswith(each) for each in self.refused):
            raise CommandError(f"{command[0]} failed (1): refused")
        if line.endswith("docker.io"):
            self.programs |= {"docker", "dockerd"}
        return next((out for start, out in self.outputs.items() if line.startswith(start)), "")

    def start(self, *command: str, log: Path) -> Process:
        line = " ".join(command)
        self.done.append(line)
        log.write_text(f"{line} says why")
        if line in self.refused:
            return Daemon(1)
        self.running = True
        return Daemon(None)


class Recipe:
    """A recipe by which a stand-in is built at once."""

    def digest(self) -> str:
        return DIGEST

    def build(self, host: Host, name: str) -> None:
        host.run("built", name, seconds=0)


# ---------------------------------------------------------------------------------- Daemon


def test_a_daemon_that_runs_is_used(tmp_path: Path) -> None:
    machine = Machine(running=True, root=False)

    ensure_daemon(machine, tmp_path / "log")

    assert machine.done == []


def test_one_that_is_installed_is_started(tmp_path: Path) -> None:
    machine = Machine()

    ensure_daemon(machine, tmp_path / "log")

    assert machine.done == ["dockerd"]


def test_where_there_is_none_it_is_installed_and_started(tmp_path: Path) -> None:
    machine = Machine(programs=frozenset())

    ensure_daemon(machine, tmp_path / "log")

    *installed, started = machine.done
    assert installed[-1].startswith("apt-get install")
    assert started == "dockerd"


def test_where_its_storage_cannot_be_used_a_slower_one_is(tmp_path: Path) -> None:
    machine = Machine(refused=("dockerd",))

    ensure_daemon(machine, tmp_path / "log")

    assert machine.done == ["dockerd", "dockerd --storage-driver=vfs"]


def test_one_that_never_starts_is_told_with_its_own_words(tmp_path: Path) -> None:
    machine = Machine(refused=("dockerd", "dockerd --storage-driver=vfs"))

    with pytest.raises(UnavailableError, match="vfs says why"):
        ensure_daemon(machine, tmp_path / "log")


def test_only_root_on_debian_installs_one(tmp_path: Path) -> None:
    machine = Machine(root=False, programs=frozenset())

    with pytest.raises(UnavailableError, match=r"no daemon.*start Docker yourself"):
        ensure_daemon(machine, tmp_path / "log")

    assert machine.done == []


def test_what_apt_cannot_install_is_told(tmp_path: Path) -> None:
    machine = Machine(programs=frozenset(), refused=("apt-get install",))

    with pytest.raises(UnavailableError, match=r"docker\.io cannot be installed: .*refused"):
        ensure_daemon(machine, tmp_path / "log")


# ------------------------------------------------------------------------------- Base image

INSPECT = "docker image inspect"
PULL = f"docker pull --quiet {IMAGE}"


def asked(machine: Machine) -> list[str]:
    return [line for line in machine.done if not line.startswith((INSPECT, "docker tag"))]


@pytest.mark.parametrize("label", ["", DIGEST])
def test_an_image_that_is_there_is_used_real_or_not(label: str) -> None:
    machine = Machine(outputs={INSPECT: f"{label}\n"})

    ensure_base_image(machine, Recipe())

    assert asked(machine) == []
    assert machine.done[-1].startswith("docker tag")


def test_a_stand_in_of_another_recipe_is_built_anew() -> None:
    machine = Machine(outputs={INSPECT: "older\n"})

    ensure_base_image(machine, Recipe())

    assert asked(machine) == [BUILT]


def test_where_it_can_be_pulled_it_is() -> None:
    machine = Machine(refused=(INSPECT,))

    ensure_base_image(machine, Recipe())

    assert asked(machine) == [PULL]


def test_where_it_cannot_be_pulled_a_stand_in_is_built() -> None:
    machine = Machine(refused=(INSPECT, "docker pull"))

    ensure_base_image(machine, Recipe())

    assert asked(machine) == [PULL, BUILT]
    assert machine.done[-1].startswith("docker tag")


def test_without_either_it_says_which_image_to_pull() -> None:
    machine = Machine(root=False, refused=(INSPECT, "docker pull"))

    with pytest.raises(UnavailableError, match=rf"run `docker pull {IMAGE}`"):
        ensure_base_image(machine, Recipe())


def test_a_stand_in_that_cannot_be_built_says_why() -> None:
    machine = Machine(refused=(INSPECT, "docker pull", "built"))

    with pytest.raises(UnavailableError, match="cannot be built: built failed"):
        ensure_base_image(machine, Recipe())
