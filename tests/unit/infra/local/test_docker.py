"""What `make sam-local` needs of Docker, and what it says where that is not there."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from infra.local.docker import IMAGE, DockerError, ensure_image, host_address

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    type Docker = Callable[..., Path]

# Adds its arguments to a log; fails for some commands, and says the same for the others.
PROGRAM = """#!{python}
import sys
command = " ".join(sys.argv[1:])
print(command, file=open({log!r}, "a"))
sys.exit("no connection") if command.startswith({failing!r}) else print({output!r})
"""


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    """Make a `docker` the only program on the path; returns its log."""

    def make(*failing: str, output: str = "") -> Path:
        log, program = tmp_path / "log", tmp_path / "docker"
        program.write_text(
            PROGRAM.format(python=sys.executable, log=str(log), failing=failing, output=output)
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        return log

    return make


@pytest.mark.parametrize(
    ("ipv4", "gateway"),
    [
        ({"Subnet": "172.17.0.0/16"}, "172.17.0.1"),
        ({"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.9"}, "172.17.0.9"),
    ],
)
def test_containers_reach_this_machine_on_their_network_or_by_docker_s_name_for_it(
    docker: Docker, ipv4: dict[str, str], gateway: str
) -> None:
    docker(output=json.dumps([{"IPAM": {"Config": [ipv4]}}]))

    on_linux = host_address(lambda address: address == gateway)
    in_a_virtual_machine = host_address(lambda _: False)

    assert on_linux == (gateway, gateway)
    assert in_a_virtual_machine == ("127.0.0.1", "host.docker.internal")


def test_where_docker_does_not_answer_the_message_says_what_to_do(docker: Docker) -> None:
    docker("network")

    with pytest.raises(DockerError, match=r"\(no connection\): install or start it"):
        host_address()


def test_where_docker_is_not_installed_the_message_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(DockerError, match=r"No such file.*docker"):
        host_address()


def test_an_image_that_is_there_is_not_pulled(docker: Docker) -> None:
    log = docker()

    ensure_image()

    assert log.read_text() == f"image inspect {IMAGE}\n"


def test_an_image_that_is_missing_is_pulled(docker: Docker) -> None:
    log = docker("image inspect")

    ensure_image()

    assert log.read_text().splitlines()[1:] == [f"pull --quiet {IMAGE}"]


def test_an_image_that_cannot_be_pulled_is_named_with_the_reason(docker: Docker) -> None:
    docker("image inspect", "pull")

    with pytest.raises(DockerError, match=rf"pulled \(no connection\).*docker pull {IMAGE}"):
        ensure_image()
