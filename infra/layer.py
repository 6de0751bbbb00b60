"""`python -m infra.layer LAYER --architecture x86_64`: what must hold of a built layer.

A layer that grew, holds what nobody runs, or makes a function import more than it needs is
paid for at every cold start; one whose libraries are for another processor answers nothing at
all. Each of these is one line here, and an exit code of 1.
"""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash
from pathlib import Path
from typing import TYPE_CHECKING

import click

from infra.local.template import read_template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MB = 1_000_000
BUDGET = 120 * MB
_LARGEST = 5
_EXAMPLES = 3

HEAVY = frozenset({"boto3", "pandas", "pyarrow", "pydantic", "scipy", "sklearn"})
# Most functions only look up. The model's arithmetic is the one reason to import NumPy.
_HEAVY_FOR_LOOK_UPS = HEAVY | {"numpy"}
_RECOMMENDS = "RecomendacionFunction"
# Where a build leaves the function of `infra/bulk.yaml`, and its module.
_BULK = "Bulk/ConsultasEnLoteFunction"
_BULK_MODULE = "consultas_en_lote.app"

# Of PEP 552: the hash of the source is in the header, and is not looked at on import.
_UNCHECKED_HASH = 0b01
_HEADER_BYTES = 16

# An ELF header's beginning: the magic number, and after 18 bytes the machine, whose byte order
# the sixth byte tells (1: little-endian, as both of Lambda's machines are).
_ELF_MAGIC = b"\x7fELF"
_ELF_MACHINE = slice(18, 20)
_ELF_LITTLE_ENDIAN = 1
_ELF_BYTE_ORDER = 5
_MACHINES = {62: "x86_64", 183: "arm64"}
# What Linux calls Lambda's architectures.
_LINUX_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}

_TEMPLATE = Path(__file__).parents[1] / "template.yaml"

# Imports a handler's module and prints each import of a forbidden package, tried or done, with
# the modules that led there. Importing goes on, so that one run finds them all.
_WATCH = """
import sys

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name in forbidden:
            frame, chain = sys._getframe(1), [name]
            while frame:
                module = frame.f_globals["__name__"]
                machinery = frame.f_code.co_filename.startswith("<frozen importlib")
                if not machinery and module not in ("__main__", chain[-1]):
                    chain.append(module)
                frame = frame.f_back
            print(" < ".join(chain))

module, code, layer, *forbidden = sys.argv[1:]
sys.path[:0] = [code, layer]
sys.meta_path.insert(0, Watch())
__import__(module)
"""


@dataclass(frozen=True, slots=True)
class Platform:
    """What compiled libraries run on; by default, this machine.

    Attributes
    ----------
    system : str
        As `sys.platform` has it.
    machine : str
        As `platform.machine` has it.
    """

    system: str = sys.platform
    machine: str = field(default_factory=platform.machine)

    def loads(self, architecture: str) -> bool:
        """Tell whether it can load what is compiled for one of Lambda's architectures."""
        return (self.system, self.machine) == ("linux", _LINUX_MACHINES[architecture])


@click.command()
@click.argument("layer", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--architecture",
    type=click.Choice(sorted(_LINUX_MACHINES)),
    required=True,
    help="The processor that its libraries must be for.",
)
@click.make_pass_decorator(Platform, ensure=True)
def main(here: Platform, layer: Path, architecture: str) -> None:
    """Check a layer as `sam build` left it, and the functions beside it.

    What functions import is looked at where the layer's libraries can be loaded: on Linux, on a
    machine of the layer's architecture.
    """
    problems = layer_problems(layer, architecture)
    if here.loads(architecture):
        problems += _imports_of_functions(layer)
    else:
        click.echo(
            f"{layer.name}: what functions import is not looked at, since this machine cannot load "
            f"libraries for {architecture}"
        )
    for problem in problems:
        click.echo(problem, err=True)
    sys.exit(bool(problems))


def layer_problems(layer: Path, architecture: str, budget: int = BUDGET) -> list[str]:
    """Return what is wrong with the files of a layer for `architecture`, x86_64 or arm64."""
    files = [file for file in (layer / "python").rglob("*") if file.is_file()]
    return [
        *_too_large(layer, files, budget),
        *_for_another_machine(layer, files, architecture),
        *_found(layer, "tests", (file for file in files if _is_test(file.relative_to(layer)))),
        *_found(layer, "type stubs", (file for file in files if file.suffix == ".pyi")),
        *_found(
            layer,
            "sources without unchecked-hash bytecode of their own beside them",
            (file for file in files if file.suffix == ".py" and not _is_compiled(file)),
        ),
    ]


def import_problems(code: Path, module: str, layer: Path, forbidden: Iterable[str]) -> list[str]:
    """Return which of the `forbidden` packages a handler imports, and by which modules.

    The module is imported in a fresh process that has its `code`, the `layer` (its folder of
    packages) and the standard library.
    """
    # -B: what was built stays as it was built.
    python = [sys.executable, "-B", "-I", "-S", "-c", _WATCH]
    done = subprocess.run(  # noqa: S603 (the command is ours)
        [*python, module, str(code), str(layer), *forbidden],
        capture_output=True,
        text=True,
        check=False,
    )
    problems = [f"{code.name} imports {chain}" for chain in done.stdout.splitlines()]
    if done.returncode:
        problems.append(f"{code.name} cannot be imported: {done.stderr.splitlines()[-1]}")
    return problems


def unzipped_bytes(files: Iterable[Path]) -> int:
    """Return what Lambda counts against its limits: the sum of the files' sizes."""
    return sum(file.stat().st_size for file in files)


def _imports_of_functions(layer: Path) -> Iterator[str]:
    for function in read_template(_TEMPLATE).functions:
        forbidden = HEAVY if function.name == _RECOMMENDS else _HEAVY_FOR_LOOK_UPS
        module = function.handler.partition(".")[0]
        yield from import_problems(
            layer.parent / function.name, module, layer / "python", forbidden
        )
    yield from import_problems(
        layer.parent / _BULK, _BULK_MODULE, layer / "python", _HEAVY_FOR_LOOK_UPS
    )


def _for_another_machine(layer: Path, files: Sequence[Path], architecture: str) -> Iterator[str]:
    by_machine: dict[str, list[Path]] = {}
    for file in files:
        machine = _machine(file)
        if machine is not None:
            by_machine.setdefault(machine, []).append(file)
    if not by_machine:
        yield f"{layer.name} holds no compiled library: it was not built to the end"
    for machine in sorted(by_machine.keys() - {architecture}):
        yield from _found(
            layer, f"libraries for {machine} instead of {architecture}", by_machine[machine]
        )


def _machine(file: Path) -> str | None:
    """Return which machine a file is compiled for, None where it is not compiled."""
    with file.open("rb") as stream:
        header = stream.read(_ELF_MACHINE.stop)
    if not header.startswith(_ELF_MAGIC):
        return "another system than Linux" if file.suffix == ".so" else None
    if len(header) < _ELF_MACHINE.stop or header[_ELF_BYTE_ORDER] != _ELF_LITTLE_ENDIAN:
        return "an unknown machine"
    number = int.from_bytes(header[_ELF_MACHINE], "little")
    return _MACHINES.get(number, f"machine {number}")


def _too_large(layer: Path, files: Sequence[Path], budget: int) -> Iterator[str]:
    total = unzipped_bytes(files)
    if total > budget:
        largest = ", ".join(
            f"{package} {size / MB:.1f}"
            for package, size in Counter(_by_package(layer, files)).most_common(_LARGEST)
        )
        yield (
            f"{layer.name} has {total / MB:.1f} MB unzipped, {budget / MB:.0f} are allowed; "
            f"largest: {largest}"
        )


def _by_package(layer: Path, files: Iterable[Path]) -> Mapping[str, int]:
    sizes: Counter[str] = Counter()
    for file in files:
        # A wheel's shared libraries (numpy.libs) and metadata go with their package.
        name, *_ = file.relative_to(layer / "python").parts
        sizes[re.split(r"[.-]", name)[0]] += file.stat().st_size
    return sizes


def _found(layer: Path, what: str, files: Iterable[Path]) -> Iterator[str]:
    names = sorted(str(file.relative_to(layer)) for file in files)
    if names:
        examples = ", ".join(names[:_EXAMPLES]) + (", …" if len(names) > _EXAMPLES else "")
        yield f"{layer.name} holds {len(names)} {what}: {examples}"


def _is_test(file: Path) -> bool:
    return (
        not {"test", "tests"}.isdisjoint(file.parts[:-1])
        or file.name == "conftest.py"
        or (file.suffix == ".py" and file.name.startswith("test_"))
    )


def _is_compiled(source: Path) -> bool:
    bytecode = Path(cache_from_source(source))
    if not bytecode.exists():
        return False
    header = bytecode.read_bytes()[:_HEADER_BYTES]
    # The hash too: nothing would notice at run time that it is of another source.
    return header == (
        MAGIC_NUMBER + _UNCHECKED_HASH.to_bytes(4, "little") + source_hash(source.read_bytes())
    )


if __name__ == "__main__":
    main()
