"""The structure as tests: size limits, imports, and what a running daemon may hold."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = ("agent", "drivers", "buffer", "firmware_profiles")
FUNCTION_LINES, FILE_LINES, PARAMETERS = 40, 300, 6
Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(*folders: str) -> list[Path]:
    made = ROOT / "training" / "out"  # where make model puts the environments it needs
    files = (f for folder in folders for f in (ROOT / folder).rglob("*.py"))
    return sorted(f for f in files if made not in f.parents)


def functions(file: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, Function):
            yield node


def public(tree: ast.Module | ast.ClassDef) -> Iterator[ast.ClassDef | Function]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node)


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


ALL = sources(*PRODUCT, "tests", "benchmarks", "training")


@pytest.mark.parametrize("file", ALL, ids=lambda f: str(f.relative_to(ROOT)))
def test_file_keeps_the_size_limits(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= FILE_LINES
    for function in functions(file):
        where = f"{file.name}:{function.lineno} {function.name}"
        assert length(function) <= FUNCTION_LINES, where
        arguments = function.args
        names = [a.arg for a in arguments.posonlyargs + arguments.args + arguments.kwonlyargs]
        assert len([n for n in names if n not in ("self", "cls")]) <= PARAMETERS, where


def test_functions_have_a_median_under_ten_lines() -> None:
    lengths = [length(f) for file in sources(*PRODUCT) for f in functions(file)]
    assert statistics.median(lengths) < 10


@pytest.mark.parametrize("file", sources(*PRODUCT), ids=lambda f: str(f.relative_to(ROOT)))
def test_every_public_thing_has_a_docstring(file: Path) -> None:
    tree = ast.parse(file.read_text())
    assert ast.get_docstring(tree), "no module docstring"
    for node in public(tree):
        assert ast.get_docstring(node), f"line {node.lineno}: {node.name}"


@pytest.mark.parametrize("file", sources(*PRODUCT), ids=lambda f: str(f.relative_to(ROOT)))
def test_no_naked_clock_and_no_sleep_in_logic(file: Path) -> None:
    # drivers/clock.py is the clock; simulators are the world and keep their own time.
    if file == ROOT / "drivers/clock.py" or ROOT / "drivers/sim" in file.parents:
        return
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "time":
            assert node.attr not in ("time", "time_ns", "sleep"), f"{file}:{node.lineno} time.{node.attr}"


@pytest.mark.parametrize("file", sources(*PRODUCT), ids=lambda f: str(f.relative_to(ROOT)))
def test_no_module_level_state(file: Path) -> None:
    for node in ast.parse(file.read_text()).body:
        assert not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)) or file.name in (
            "__main__.py",
        ), f"{file}:{node.lineno} runs at import"
    assert not [n for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Global)]
