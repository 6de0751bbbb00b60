"""What the check of the built layer finds, on small layers made for it."""

from __future__ import annotations

import py_compile
import shutil
from py_compile import PycInvalidationMode
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from infra.layer import HEAVY, import_problem, layer_problems, main

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from infra.local.template import Template


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """A layer that nothing is wrong with: a package of one module, from a wheel for x86-64."""
    layer = tmp_path / "SharedLayer"
    add(layer, "package/__init__.py")
    wheel(layer, "package", "cp311-abi3-manylinux2014_x86_64", "cp311-abi3-manylinux_2_17_x86_64")
    return layer


def check(layer: Path, *options: str) -> Result:
    """Run the command on Linux, on an x86-64 machine."""
    return CliRunner().invoke(main, [str(layer), *options], obj="linux-x86_64")


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


def wheel(layer: Path, name: str, *tags: str) -> None:
    """Add what an installer leaves of a wheel beside its packages."""
    folder = f"{name}-1.0.dist-info"
    add(layer, f"{folder}/METADATA", f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n")
    add(layer, f"{folder}/WHEEL", "".join(f"Tag: {tag}\n" for tag in tags))


def problems(layer: Path, architecture: str = "x86_64", **options: int) -> list[str]:
    return list(layer_problems(layer, architecture, **options))


def handler(folder: Path, source: str) -> Path:
    code = folder / "AskFunction"
    code.mkdir()
    (code / "app.py").write_text(source)
    return code


def test_a_sound_layer_has_no_problem(layer: Path) -> None:
    wheel(layer, "pure", "py3-none-any")

    assert problems(layer) == []


def test_a_layer_over_its_budget_names_its_largest_packages(layer: Path) -> None:
    add(layer, "small/data", "x" * 400_000)
    add(layer, "large/data", "x" * 600_000)
    add(layer, "large.libs/data", "x" * 700_000)
    add(layer, "large-1.0.dist-info/data", "x" * 300_000)
    wheel(layer, "large", "py3-none-any")

    (problem,) = problems(layer, budget=1_000_000)

    assert problem.startswith("SharedLayer has 2.0 MB unzipped, over 1: large 1.6, small 0.4")


@pytest.mark.parametrize(
    "bytecode", [PycInvalidationMode.TIMESTAMP, PycInvalidationMode.CHECKED_HASH]
)
def test_bytecode_that_is_checked_against_its_source_is_found(
    layer: Path, bytecode: PycInvalidationMode
) -> None:
    add(layer, "package/late.py", bytecode=bytecode)

    assert problems(layer) == [
        "SharedLayer holds 1 sources without unchecked bytecode, as python/package/late.py"
    ]


def test_a_source_without_bytecode_is_found(layer: Path) -> None:
    shutil.rmtree(layer / "python" / "package" / "__pycache__")

    (problem,) = problems(layer)

    assert problem.endswith("python/package/__init__.py")


@pytest.mark.parametrize(
    "tag",
    [
        "cp311-abi3-manylinux_2_24_aarch64",
        # What a build that forgot the platform would leave.
        "cp313-cp313-macosx_11_0_x86_64",
        "cp313-cp313-musllinux_1_2_x86_64",
        "cp313-cp313-win_amd64",
    ],
)
def test_libraries_for_another_machine_or_system_are_found(layer: Path, tag: str) -> None:
    wheel(layer, "other", tag)

    assert problems(layer) == [
        f"SharedLayer holds other for {tag.rpartition('-')[2]} instead of x86_64"
    ]


def test_a_layer_for_arm64_is_sound_where_arm64_is_expected(layer: Path) -> None:
    wheel(layer, "package", "cp313-cp313-manylinux_2_28_aarch64")

    assert problems(layer, "arm64") == []
    assert problems(layer, "x86_64") != []


@pytest.mark.parametrize("pure", [True, False])
def test_a_layer_without_libraries_was_not_built(layer: Path, *, pure: bool) -> None:
    shutil.rmtree(layer / "python" / "package-1.0.dist-info")
    if pure:
        wheel(layer, "pure", "py3-none-any")

    assert problems(layer) == ["SharedLayer holds no compiled library: it was not built to the end"]


def test_a_handler_that_imports_nothing_heavy_has_no_problem(layer: Path, tmp_path: Path) -> None:
    code = handler(tmp_path, "import json, package")

    assert import_problem(code, "app", layer / "python", HEAVY) is None


def test_a_heavy_import_is_told_with_the_modules_that_led_to_it(
    layer: Path, tmp_path: Path
) -> None:
    add(layer, "package/inner.py", "import pandas.io")
    add(layer, "pandas/__init__.py")
    add(layer, "pandas/io.py")
    code = handler(tmp_path, "from package import inner")

    assert import_problem(code, "app", layer / "python", HEAVY) == (
        "AskFunction cannot be imported: HeavyImport: pandas (inner.py < app.py)"
    )


def test_a_heavy_import_that_only_lambda_could_fulfil_is_told(layer: Path, tmp_path: Path) -> None:
    add(layer, "package/inner.py", "try:\n    import boto3\nexcept ImportError:\n    pass")
    code = handler(tmp_path, "import package.inner")

    assert import_problem(code, "app", layer / "python", HEAVY) == (
        "AskFunction cannot be imported: HeavyImport: boto3 (inner.py < app.py)"
    )


def test_a_handler_that_cannot_be_imported_says_why(layer: Path, tmp_path: Path) -> None:
    code = handler(tmp_path, "import nowhere")

    assert import_problem(code, "app", layer / "python", HEAVY) == (
        "AskFunction cannot be imported: ModuleNotFoundError: No module named 'nowhere' (app.py)"
    )


def test_looking_at_a_handler_leaves_nothing_behind(layer: Path, tmp_path: Path) -> None:
    code = handler(tmp_path, "import package")

    import_problem(code, "app", layer / "python", HEAVY)

    assert [file.name for file in code.iterdir()] == ["app.py"]


def test_what_our_package_imports_only_when_a_question_needs_it_must_be_there(
    layer: Path, tmp_path: Path, template: Template
) -> None:
    for name in ("numpy/__init__.py", "rapidfuzz/__init__.py", "rapidfuzz/distance.py"):
        add(layer, name)
    add(layer, "cartelera/__init__.py")
    add(layer, "cartelera/later.py", "import package")
    write_functions(tmp_path, template, "import cartelera")
    options = ("--architecture", "x86_64")

    lacking = check(layer, *options)
    assert "SharedLayer cannot be imported" in lacking.output
    assert "No module named 'rapidfuzz.process'" in lacking.output

    add(layer, "rapidfuzz/process.py")
    assert check(layer, *options).exit_code == 0

    add(layer, "cartelera/later.py", "import package.gone")
    assert "No module named 'package.gone'" in check(layer, *options).output


def test_only_recommendations_may_import_numpy(
    layer: Path, tmp_path: Path, template: Template
) -> None:
    add(layer, "numpy/__init__.py")
    write_functions(tmp_path, template, "import numpy")

    result = check(layer, "--architecture", "x86_64")

    refused = {line.partition(" ")[0] for line in result.stderr.splitlines()}
    assert result.exit_code == 1
    functions = {function.name for function in template.functions}
    assert refused == functions - {"RecomendacionFunction"} | {"ConsultasEnLoteFunction"}


def test_a_sound_layer_with_sound_functions_passes_in_silence(
    layer: Path, tmp_path: Path, template: Template
) -> None:
    write_functions(tmp_path, template, "import package")

    result = check(layer, "--architecture", "x86_64")

    assert (result.exit_code, result.output) == (0, "")


def test_functions_are_not_imported_where_the_libraries_cannot_be_loaded(layer: Path) -> None:
    wheel(layer, "package", "cp313-cp313-manylinux_2_28_aarch64")

    result = check(layer, "--architecture", "arm64")

    assert result.exit_code == 0
    assert result.stdout == (
        "SharedLayer: functions are not imported, this machine is not linux-aarch64\n"
    )


def test_the_architecture_must_be_said_and_be_one_that_lambda_has(layer: Path) -> None:
    unsaid = check(layer)
    unknown = check(layer, "--architecture", "aarch64")

    assert (unsaid.exit_code, unknown.exit_code) == (2, 2)
    assert "'arm64', 'x86_64'" in unknown.stderr
