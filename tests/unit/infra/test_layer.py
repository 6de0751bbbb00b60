"""What the check of the built layer finds, on small layers made for it."""

from __future__ import annotations

import py_compile
import shutil
from py_compile import PycInvalidationMode
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from infra.layer import HEAVY, import_problems, layer_problems, main

if TYPE_CHECKING:
    from pathlib import Path

    from infra.local.template import Template


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """A layer that nothing is wrong with: one package of one module."""
    layer = tmp_path / "SharedLayer"
    add(layer, "package/__init__.py")
    return layer


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


def handler(folder: Path, source: str) -> Path:
    code = folder / "AskFunction"
    code.mkdir()
    (code / "app.py").write_text(source)
    return code


def test_a_sound_layer_has_no_problem(layer: Path) -> None:
    assert layer_problems(layer) == []


def test_a_layer_over_its_budget_names_its_largest_packages(layer: Path) -> None:
    add(layer, "small/data", "x" * 400_000)
    add(layer, "large/data", "x" * 600_000)
    add(layer, "large.libs/data", "x" * 700_000)
    add(layer, "large-1.0.dist-info/data", "x" * 300_000)

    (problem,) = layer_problems(layer, budget=1_000_000)

    assert problem.startswith("SharedLayer has 2.0 MB unzipped, 1 are allowed; largest: large 1.6")
    assert "small 0.4" in problem


@pytest.mark.parametrize(
    "name", ["package/tests/data.csv", "package/conftest.py", "package/test_it.py"]
)
def test_tests_are_found(layer: Path, name: str) -> None:
    add(layer, name)

    assert layer_problems(layer) == [f"SharedLayer holds 1 tests: python/{name}"]


def test_type_stubs_are_found_and_the_first_are_named(layer: Path) -> None:
    for number in range(4):
        add(layer, f"package/stub{number}.pyi")

    (problem,) = layer_problems(layer)

    assert problem.startswith("SharedLayer holds 4 type stubs: python/package/stub0.pyi, ")
    assert problem.endswith("stub2.pyi, …")


@pytest.mark.parametrize(
    "bytecode", [PycInvalidationMode.TIMESTAMP, PycInvalidationMode.CHECKED_HASH]
)
def test_bytecode_that_is_checked_against_its_source_is_found(
    layer: Path, bytecode: PycInvalidationMode
) -> None:
    add(layer, "package/late.py", bytecode=bytecode)

    (problem,) = layer_problems(layer)

    assert "1 sources without unchecked-hash bytecode" in problem
    assert problem.endswith("python/package/late.py")


def test_a_source_without_bytecode_is_found(layer: Path) -> None:
    shutil.rmtree(layer / "python" / "package" / "__pycache__")

    (problem,) = layer_problems(layer)

    assert problem.endswith("python/package/__init__.py")


def test_bytecode_of_an_older_source_is_found(layer: Path) -> None:
    add(layer, "package/late.py", "ANSWER = 1").write_text("ANSWER = 2")

    (problem,) = layer_problems(layer)

    assert problem.endswith("python/package/late.py")


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
    for function in template.functions:
        code = tmp_path / function.name
        code.mkdir()
        (code / "app.py").write_text("import numpy")

    result = CliRunner().invoke(main, [str(layer)])

    told = {line.partition(" ")[0] for line in result.stderr.splitlines()}
    assert result.exit_code == 1
    assert told == {function.name for function in template.functions} - {"RecomendacionFunction"}


def test_a_sound_layer_with_sound_functions_passes_in_silence(
    layer: Path, tmp_path: Path, template: Template
) -> None:
    for function in template.functions:
        code = tmp_path / function.name
        code.mkdir()
        (code / "app.py").write_text("import package")

    result = CliRunner().invoke(main, [str(layer)])

    assert (result.exit_code, result.output) == (0, "")
