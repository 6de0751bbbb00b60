"""A stand-in for Lambda's base image, built from Debian and PyPI.

Debian's smallest system, this machine's CPython where Lambda has its own, the runtime
interface client of the project's lock file, and the EMULATOR that the SAM CLI carries. It is
laid out as the real one, and labelled, so that nobody takes it for that.
"""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from infra.local import PROJECT
from infra.local.emulator import EMULATOR, RUNTIME, MissingArtefactError, require
from tests.e2e.host import UnavailableError, install

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.host import Host

# Its value identifies the recipe; the real image has none.
LABEL = "org.cartelera.stand-in"
_MACHINE = "x86_64"
_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
_HERE = Path(__file__).parent
_SYSTEM_SECONDS = 500
_IMPORT_SECONDS = 200
_TOOL_SECONDS = 30
# The container trusts what the host trusts: a build inside may have to pass the host's proxy.
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
# Parts of an installation that no function needs.
_LEFT_OUT = shutil.ignore_patterns(
    "config-3*", "idlelib", "site-packages", "test", "tkinter", "_tkinter*"
)
_SCRIPTS = {
    "bootstrap": "var/runtime/bootstrap",
    "lambda-entrypoint.sh": "lambda-entrypoint.sh",
    "pip": "var/lang/bin/pip",
}
# The image has its own; another one would break all its programs.
_C_LIBRARY = re.compile(r"(ld-linux.*|lib(c|m|dl|rt|pthread|util|resolv))\.so")
_CHANGES = (
    "ENV PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin",
    "ENV LD_LIBRARY_PATH=/var/lang/lib:/var/runtime:/var/task:/var/task/lib:/opt/lib",
    "ENV LANG=C.UTF-8",
    "ENV TZ=:/etc/localtime",
    "ENV LAMBDA_TASK_ROOT=/var/task",
    "ENV LAMBDA_RUNTIME_DIR=/var/runtime",
    f"ENV SSL_CERT_FILE={_CERTIFICATES}",
    "WORKDIR /var/task",
    'ENTRYPOINT ["/lambda-entrypoint.sh"]',
)


def digest() -> str:
    """Return a hash of the recipe and its ingredients, without Debian's own packages."""
    recipe = hashlib.sha256(sys.version.encode())
    for file in sorted(_HERE.iterdir()):
        if file.is_file():
            recipe.update(file.read_bytes())
    for package in sorted(_runtime_packages().glob("*.dist-info")):
        recipe.update(package.name.encode())
    return recipe.hexdigest()


def build(host: Host, name: str) -> None:
    """Build the stand-in.

    Parameters
    ----------
    host : Host
        Where it is built; root on Debian.
    name : str
        What Docker calls the image.

    Raises
    ------
    UnavailableError
        When this machine is of another architecture, or lacks something that `make` fetches.
    CommandError
        When a tool failed.
    """
    if platform.machine() != _MACHINE:
        raise UnavailableError(
            f"a stand-in for {name} can be built on {_MACHINE} only, and this is "
            f"{platform.machine()}: run `docker pull {name}` where it can be reached"
        )
    if not host.has("debootstrap"):
        install(host, "debootstrap")
    work = PROJECT / ".cartelera"
    work.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="stand-in-", dir=work) as folder:
        root, archive = Path(folder, "root"), Path(folder, "root.tar")
        _add_debian(host, root)
        _add_python(host, root)
        _add_runtime(root)
        host.run("tar", "-C", root, "-cf", archive, ".", seconds=_IMPORT_SECONDS)
        changes = (*_CHANGES, f"LABEL {LABEL}={digest()}")
        options = [f"--change={change}" for change in changes]
        host.run("docker", "import", *options, archive, name, seconds=_IMPORT_SECONDS)


def _add_debian(host: Host, root: Path) -> None:
    # The host's release: its libraries come along with its Python, and must find their C library.
    release = host.debian_release()
    host.run("debootstrap", "--variant=minbase", release, root, seconds=_SYSTEM_SECONDS)
    for needless in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale"):
        shutil.rmtree(root / needless)
    certificates = root / _CERTIFICATES.relative_to("/")
    certificates.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(_CERTIFICATES, certificates)


def _add_python(host: Host, root: Path) -> None:
    source, target = Path(sys.base_prefix), root / "var/lang"
    library = Path("lib", _PYTHON)
    shutil.copytree(source / library, target / library, ignore=_LEFT_OUT)
    (target / "bin").mkdir()
    shutil.copy(source / "bin" / _PYTHON, target / "bin" / _PYTHON)
    for other_name in ("python3", "python"):
        (target / "bin" / other_name).symlink_to(_PYTHON)
    binaries = [target / "bin" / _PYTHON, *(target / library / "lib-dynload").glob("*.so")]
    for needed in {each for binary in binaries for each in _libraries(host, binary)}:
        shutil.copy(needed, target / "lib" / needed.name)
    (wheel,) = (source / library / "ensurepip" / "_bundled").glob("pip-*.whl")
    with zipfile.ZipFile(wheel) as pip:
        pip.extractall(target / library / "site-packages")


def _libraries(host: Host, binary: Path) -> Iterator[Path]:
    """Yield the shared libraries that a program or extension needs beside the C library."""
    for line in host.run("ldd", binary, seconds=_TOOL_SECONDS).splitlines():
        found = re.search(r"=> (/\S+)", line)
        if found and not _C_LIBRARY.match(Path(found[1]).name):
            yield Path(found[1])


def _add_runtime(root: Path) -> None:
    shutil.copytree(_runtime_packages(), root / "var/runtime")
    for folder in ("var/task", "opt"):
        (root / folder).mkdir(exist_ok=True)
    shutil.copy(EMULATOR, root / "usr/local/bin/aws-lambda-rie")
    for name, path in _SCRIPTS.items():
        shutil.copy(_HERE / name, root / path)
    for program in ("usr/local/bin/aws-lambda-rie", *_SCRIPTS.values()):
        (root / program).chmod(0o755)


def _runtime_packages() -> Path:
    try:
        require(RUNTIME, EMULATOR)
    except MissingArtefactError as error:
        raise UnavailableError(str(error)) from error
    return RUNTIME.parents[1] / "lib" / _PYTHON / "site-packages"
