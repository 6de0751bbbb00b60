"""`python -m infra.layer LAYER --architecture x86_64`: check a built layer.

A layer that grew, has no bytecode, or makes a function import more than it needs is paid for at
every cold start; one with libraries for another processor answers nothing at all. Each problem is
printed, and the exit code is 1.
"""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from collections import Counter
from importlib.metadata import distributions
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING

import click

from infra.local import PROJECT
from infra.local.template import read_template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MB = 1_000_000
BUDGET = 105 * MB
_LARGEST = 5

HEAVY = frozenset({"boto3", "pandas", "pyarrow", "pydantic", "scipy", "sklearn"})
# Most functions only look up. The model's arithmetic is the one reason to import NumPy.
_HEAVY_FOR_LOOK_UPS = HEAVY | {"numpy"}
_RECOMMENDS = "RecomendacionFunction"
# Where a build leaves the function of `infra/bulk.yaml`, and its module.
_BULK = "Bulk/ConsultasEnLoteFunction", "consultas_en_lote.app"

# Lambda's architectures, as Python and wheels call them.
_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
# Of PEP 552: the flags that follow the magic number, for a hash that is not checked on import.
_FLAGS, _UNCHECKED_HASH = slice(4, 8), (0b01).to_bytes(4, "little")

_OURS = "cartelera"
# What our package imports when a question needs it, beside its own modules.
_LATER = ("numpy", "rapidfuzz.distance", "rapidfuzz.process")

# Imports a handler's module, or several. To import a forbidden package, even in a `try`, ends it
# with a traceback: no library catches a BaseException.
_IMPORT = """
import sys

class HeavyImport(BaseException):
    pass

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name in forbidden:
            raise HeavyImport(name)

modules, code, layer, *forbidden = sys.argv[1:]
sys.path[:0] = [code, layer]
sys.meta_path.insert(0, Finder())
for module in modules.split(","):
    __import__(module)
"""


@click.command()
@click.argument("layer", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--architecture",
    type=click.Choice(sorted(_MACHINES)),
    required=True,
    help="The processor that its libraries must be for.",
)
@click.pass_obj
def main(platform: str | None, layer: Path, architecture: str) -> None:
    """Check a layer as `sam build` left it, and the functions beside it.

    The functions are imported where the layer's libraries can be loaded: on Linux, on a machine of
    the layer's architecture.
    """
    problems = [*layer_problems(layer, architecture)]
    needed = f"linux-{_MACHINES[architecture]}"
    if (platform or sysconfig.get_platform()) == needed:
        problems += _function_problems(layer)
    else:
        click.echo(f"{layer.name}: functions are not imported, this machine is not {needed}")
    for problem in problems:
        click.echo(problem, err=True)
    sys.exit(bool(problems))


def layer_problems(layer: Path, architecture: str, budget: int = BUDGET) -> Iterator[str]:
    """Yield what is wrong with the files of a layer.

    Parameters
    ----------
    layer
        Its folder, which has the packages in `python`.
    architecture
        The architecture that it is for, x86_64 or arm64.
    budget
        The most bytes that it may have, unzipped.
    """
    packages = layer / "python"
    if (size := unzipped_bytes(packages)) > budget:
        largest = ", ".join(f"{name} {bytes_ / MB:.1f}" for name, bytes_ in _largest(packages))
        yield f"{layer.name} has {size / MB:.1f} MB unzipped, over {budget / MB:.0f}: {largest}"
    fitting = rf"any|manylinux\w*_{_MACHINES[architecture]}"
    platforms = {
        wheel.name: re.findall(r"^Tag: .*-(\w+)$", wheel.read_text("WHEEL") or "", re.MULTILINE)
        for wheel in distributions(path=[str(packages)])
    }
    for name, tags in sorted(platforms.items()):
        if not any(re.fullmatch(fitting, tag) for tag in tags):
            yield f"{layer.name} holds {name} for {', '.join(tags)} instead of {architecture}"
    if all(tags == ["any"] for tags in platforms.values()):
        yield f"{layer.name} holds no compiled library: it was not built to the end"
    slow = [file.relative_to(layer) for file in packages.rglob("*.py") if not _is_compiled(file)]
    if slow:
        yield f"{layer.name} holds {len(slow)} sources without unchecked bytecode, as {min(slow)}"


def import_problem(code: Path, module: str, layer: Path, forbidden: Iterable[str]) -> str | None:
    """Import a handler in a fresh process, as Lambda does, and return what goes wrong.

    It is one line that names the error and the modules that led to it, the innermost first.

    Parameters
    ----------
    code, module
        The function's folder and the handler's module in it, or several between commas.
    layer
        The layer's folder of packages. Beside these two there is the standard library alone.
    forbidden
        Packages that must not be imported.
    """
    done = subprocess.run(  # noqa: S603 (the command is ours)
        # -B: what was built stays as it was built.
        [sys.executable, "-BISc", _IMPORT, module, str(code), str(layer), *forbidden],
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.returncode:
        return None
    files = re.findall(r'File "([^<"]+)"', done.stderr)
    chain = " < ".join(Path(file).name for file in reversed(files))
    return f"{code.name} cannot be imported: {done.stderr.splitlines()[-1]} ({chain})"


def unzipped_bytes(folder: Path) -> int:
    """Return what Lambda counts against its limits: the sum of the sizes of a folder's files."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _function_problems(layer: Path) -> Iterator[str]:
    functions = read_template(PROJECT / "template.yaml").functions
    handlers = ((each.name, each.handler.partition(".")[0]) for each in functions)
    packages = layer / "python"
    own = [
        ".".join(file.relative_to(packages).with_suffix("").parts).removesuffix(".__init__")
        for file in sorted((packages / _OURS).rglob("*.py"))
    ]
    later = ",".join([*_LATER, *own])
    if own and (problem := import_problem(layer, later, packages, HEAVY)):
        yield problem
    for name, module in (*handlers, _BULK):
        forbidden = HEAVY if name == _RECOMMENDS else _HEAVY_FOR_LOOK_UPS
        code = layer.parent / name
        if problem := import_problem(code, module, packages, forbidden):
            yield problem


def _largest(packages: Path) -> list[tuple[str, int]]:
    sizes: Counter[str] = Counter()
    for entry in packages.iterdir():
        # A wheel's shared libraries (numpy.libs) and metadata count with their package.
        package = re.split(r"[.-]", entry.name)[0]
        sizes[package] += unzipped_bytes(entry) if entry.is_dir() else entry.stat().st_size
    return sizes.most_common(_LARGEST)


def _is_compiled(source: Path) -> bool:
    """Return whether a source has bytecode that a zip's new timestamps do not invalidate."""
    bytecode = Path(cache_from_source(source))
    return bytecode.exists() and bytecode.read_bytes()[_FLAGS] == _UNCHECKED_HASH


if __name__ == "__main__":
    main()
