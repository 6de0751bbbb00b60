"""What the check of the built layer finds, on small layers made for it."""

from __future__ import annotations

import py_compile
import shutil
import struct
from py_compile import PycInvalidationMode
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from infra.layer import HEAVY, Platform, import_problems, layer_problems, main

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from infra.local.template import Template

X86 = 62
ARM = 183
LITTLE_ENDIAN = 1
BIG_ENDIAN = 2
X86_LINUX = Platform("linux", "x86_64")


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """A layer that nothing is wrong with: one package of one module and one library."""
    layer = tmp_path / "SharedLayer"
    add(layer, "package/__init__.py")
    library(layer, "package/core.abi3.so", X86)
    return layer


def check(layer: Path, *options: str) -> Result:
    """Run the command on Linux, on an x86-64 machine."""
    return CliRunner().invoke(main, [str(layer), *options], obj=X86_LINUX)


def add(
    layer: Path,
    name: str,
    source: str = "",
    bytecode: PycInvalidationMode = PycInvalidationMode.UNCHECKED_HASH,
) -> Path:
    file = layer / "python" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source)
    if file.suffix == ".py":
        py_compile.compile(str(file), doraise=True, invalidation_mode=bytecode)
    return file


def write_functions(build: Path, template: Template, source: str) -> None:
    """Lay out functions as a build does, that of questions in bulk among them."""
    modules = {function.name: "app.py" for function in template.functions}
    for name, module in (
        modules | {"Bulk/ConsultasEnLoteFunction": "consultas_en_lote/app.py"}
    ).items():
        file = build / name / module
        file.parent.mkdir(parents=True)
        file.write_text(source)


def library(layer: Path, name: str, machine: int, order: int = LITTLE_ENDIAN) -> None:
    """Add the first 20 bytes of a library: class, byte order and version, type and machine."""
    numbers = "<HH" if order == LITTLE_ENDIAN else ">HH"
    header = b"\x7fELF" + bytes([2, order, 1]) + bytes(9) + struct.pack(numbers, 3, machine)
    file = layer / "python" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(header)


def handler(folder: Path, source: str) -> Path:
    code = folder / "AskFunction"
    code.mkdir()
    (code / "app.py").write_text(source)
    return code


def test_a_sound_layer_has_no_problem(layer: Path) -> None:
    assert layer_problems(layer, "x86_64") == []


def test_a_layer_over_its_budget_names_its_largest_packages(layer: Path) -> None:
    add(layer, "small/data", "x" * 400_000)
    add(layer, "large/data", "x" * 600_000)
    add(layer, "large.libs/data", "x" * 700_000)
    add(layer, "large-1.0.dist-info/data", "x" * 300_000)

    (problem,) = layer_problems(layer, "x86_64", budget=1_000_000)

    assert problem.startswith("SharedLayer has 2.0 MB unzipped, 1 are allowed; largest: large 1.6")
    assert "small 0.4" in problem


@pytest.mark.parametrize(
    "name", ["package/tests/data.csv", "package/conftest.py", "package/test_it.py"]
)
def test_tests_are_found(layer: Path, name: str) -> None:
    add(layer, name)

    assert layer_problems(layer, "x86_64") == [f"SharedLayer holds 1 tests: python/{name}"]


def test_type_stubs_are_found_and_the_first_are_named(layer: Path) -> None:
    for number in range(4):
        add(layer, f"package/stub{number}.pyi")

    (problem,) = layer_problems(layer, "x86_64")

    assert problem.startswith("SharedLayer holds 4 type stubs: python/package/stub0.pyi, ")
    assert problem.endswith("stub2.pyi, …")


@pytest.mark.parametrize(
    "bytecode", [PycInvalidationMode.TIMESTAMP, PycInvalidationMode.CHECKED_HASH]
)
def test_bytecode_that_is_checked_against_its_source_is_found(
    layer: Path, bytecode: PycInvalidationMode
) -> None:
    add(layer, "package/late.py", bytecode=bytecode)

    (problem,) = layer_problems(layer, "x86_64")

    assert "1 sources without unchecked-hash bytecode" in problem
    assert problem.endswith("python/package/late.py")


def test_a_source_without_bytecode_is_found(layer: Path) -> None:
    shutil.rmtree(layer / "python" / "package" / "__pycache__")

    (problem,) = layer_problems(layer, "x86_64")

    assert problem.endswith("python/package/__init__.py")


def test_bytecode_of_an_older_source_is_found(layer: Path) -> None:
    add(layer, "package/late.py", "ANSWER = 1").write_text("ANSWER = 2")

    (problem,) = layer_problems(layer, "x86_64")

    assert problem.endswith("python/package/late.py")


def test_libraries_for_another_machine_are_found_and_named(layer: Path) -> None:
    library(layer, "package/other.so", ARM)
    library(layer, "package.libs/libother.so.1", ARM)

    (arm,) = layer_problems(layer, "x86_64")
    (x86,) = layer_problems(layer, "arm64")

    assert arm == (
        "SharedLayer holds 2 libraries for arm64 instead of x86_64: "
        "python/package.libs/libother.so.1, python/package/other.so"
    )
    assert x86 == (
        "SharedLayer holds 1 libraries for x86_64 instead of arm64: python/package/core.abi3.so"
    )


def test_a_layer_for_arm64_is_sound_where_arm64_is_expected(layer: Path) -> None:
    library(layer, "package/core.abi3.so", ARM)

    assert layer_problems(layer, "arm64") == []


@pytest.mark.parametrize(
    ("machine", "order", "told"),
    [(243, LITTLE_ENDIAN, "machine 243"), (X86, BIG_ENDIAN, "an unknown machine")],
)
def test_a_library_for_a_machine_that_lambda_has_not_is_found(
    layer: Path, machine: int, order: int, told: str
) -> None:
    library(layer, "package/odd.so", machine, order)

    (problem,) = layer_problems(layer, "x86_64")

    assert problem == (
        f"SharedLayer holds 1 libraries for {told} instead of x86_64: python/package/odd.so"
    )


def test_a_library_whose_header_is_cut_off_is_found(layer: Path) -> None:
    file = layer / "python" / "package" / "core.abi3.so"
    file.write_bytes(file.read_bytes()[:19])

    (problem,) = layer_problems(layer, "x86_64")

    assert "libraries for an unknown machine" in problem


def test_a_library_for_another_system_is_found(layer: Path) -> None:
    # A Mach-O file: what a build on macOS that forgot the platform would leave.
    (layer / "python" / "package" / "mac.so").write_bytes(b"\xcf\xfa\xed\xfe" + bytes(28))

    (problem,) = layer_problems(layer, "x86_64")

    assert problem.endswith("another system than Linux instead of x86_64: python/package/mac.so")


def test_a_layer_without_libraries_was_not_built(layer: Path) -> None:
    (layer / "python" / "package" / "core.abi3.so").unlink()

    (problem,) = layer_problems(layer, "x86_64")

    assert problem.startswith("SharedLayer holds no compiled library")


def test_a_handler_that_imports_nothing_heavy_has_no_problem(layer: Path, tmp_path: Path) -> None:
    code = handler(tmp_path, "import json, package")

    assert import_problems(code, "app", layer / "python", HEAVY) == []


def test_a_heavy_import_is_told_with_the_modules_that_led_to_it(
    layer: Path, tmp_path: Path
) -> None:
    add(layer, "package/inner.py", "import pandas.io")
    add(layer, "pandas/__init__.py")
    add(layer, "pandas/io.py")
    code = handler(tmp_path, "from package import inner")

    assert import_problems(code, "app", layer / "python", HEAVY) == [
        "AskFunction imports pandas < package.inner < app"
    ]


def test_a_heavy_import_that_only_lambda_could_fulfil_is_told(layer: Path, tmp_path: Path) -> None:
    add(layer, "package/inner.py", "try:\n    import boto3\nexcept ImportError:\n    pass")
    code = handler(tmp_path, "import package.inner")

    assert import_problems(code, "app", layer / "python", HEAVY) == [
        "AskFunction imports boto3 < package.inner < app"
    ]


def test_a_handler_that_cannot_be_imported_says_why(layer: Path, tmp_path: Path) -> None:
    code = handler(tmp_path, "import nowhere")

    assert import_problems(code, "app", layer / "python", HEAVY) == [
        "AskFunction cannot be imported: ModuleNotFoundError: No module named 'nowhere'"
    ]


def test_looking_at_a_handler_leaves_nothing_behind(layer: Path, tmp_path: Path) -> None:
    code = handler(tmp_path, "import package")

    import_problems(code, "app", layer / "python", HEAVY)

    assert [file.name for file in code.iterdir()] == ["app.py"]


def test_only_recommendations_may_import_numpy(
    layer: Path, tmp_path: Path, template: Template
) -> None:
    add(layer, "numpy/__init__.py")
    write_functions(tmp_path, template, "import numpy")

    result = check(layer, "--architecture", "x86_64")

    told = {line.partition(" ")[0] for line in result.stderr.splitlines()}
    assert result.exit_code == 1
    functions = {function.name for function in template.functions}
    assert told == functions - {"RecomendacionFunction"} | {"ConsultasEnLoteFunction"}


def test_a_sound_layer_with_sound_functions_passes_in_silence(
    layer: Path, tmp_path: Path, template: Template
) -> None:
    write_functions(tmp_path, template, "import package")

    result = check(layer, "--architecture", "x86_64")

    assert (result.exit_code, result.output) == (0, "")


def test_functions_are_not_imported_where_the_libraries_cannot_be_loaded(layer: Path) -> None:
    library(layer, "package/core.abi3.so", ARM)

    result = check(layer, "--architecture", "arm64")

    assert result.exit_code == 0
    assert result.stdout == (
        "SharedLayer: what functions import is not looked at, "
        "since this machine cannot load libraries for arm64\n"
    )


def test_the_architecture_must_be_said_and_be_one_that_lambda_has(layer: Path) -> None:
    unsaid = check(layer)
    unknown = check(layer, "--architecture", "aarch64")

    assert (unsaid.exit_code, unknown.exit_code) == (2, 2)
    assert "'arm64', 'x86_64'" in unknown.stderr
