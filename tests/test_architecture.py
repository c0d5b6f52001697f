"""The structure as tests: size limits, imports, and what a running daemon may hold."""

import ast
import statistics
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRODUCT = ("agent", "drivers", "buffer", "firmware_profiles")
FUNCTION_LINES, FILE_LINES, PARAMETERS = 40, 300, 6
Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(*folders: str) -> list[Path]:
    made = ROOT / "training" / "out"  # where make model puts the environments it needs
    files = (f for folder in folders for f in (ROOT / folder).rglob("*.py"))
    return sorted(f for f in files if made not in f.parents)


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def place(file: Path, node: ast.stmt | ast.expr | None = None) -> str:
    return f"{file.relative_to(ROOT)}{f':{node.lineno}' if node else ''}"


def functions(file: Path) -> Iterator[Function]:
    for node in ast.walk(parsed(file)):
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


def test_files_and_functions_keep_the_size_limits() -> None:
    assert [where for file in ALL for where in too_large(file)] == []


def too_large(file: Path) -> Iterator[str]:
    if len(file.read_text().splitlines()) > FILE_LINES:
        yield f"{place(file)}: more than {FILE_LINES} lines"
    for function in functions(file):
        arguments = function.args
        names = [a.arg for a in arguments.posonlyargs + arguments.args + arguments.kwonlyargs]
        where = f"{place(file, function)} {function.name}"
        if length(function) > FUNCTION_LINES:
            yield f"{where}: more than {FUNCTION_LINES} lines"
        if len([n for n in names if n not in ("self", "cls")]) > PARAMETERS:
            yield f"{where}: more than {PARAMETERS} parameters"


def test_functions_have_a_median_under_ten_lines() -> None:
    lengths = [length(f) for file in sources(*PRODUCT) for f in functions(file)]
    assert statistics.median(lengths) < 10


def test_every_public_thing_has_a_docstring() -> None:
    assert [where for file in sources(*PRODUCT) for where in undocumented(file)] == []


def undocumented(file: Path) -> Iterator[str]:
    tree = parsed(file)
    if not ast.get_docstring(tree):
        yield f"{place(file)}: no module docstring"
    for node in public(tree):
        if not ast.get_docstring(node):
            yield f"{place(file, node)} {node.name}: no docstring"


def test_no_naked_clock_and_no_sleep_in_logic() -> None:
    # drivers/clock.py is the clock; simulators are the world and keep their own time.
    logic = [
        f
        for f in sources(*PRODUCT)
        if f != ROOT / "drivers/clock.py" and ROOT / "drivers/sim" not in f.parents
    ]
    assert [
        f"{place(file, node)} time.{node.attr}"
        for file in logic
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "time"
        and node.attr in ("time", "time_ns", "sleep")
    ] == []


def test_no_module_level_state() -> None:
    assert [where for file in sources(*PRODUCT) for where in stateful(file)] == []


def stateful(file: Path) -> Iterator[str]:
    tree = parsed(file)
    for node in tree.body:
        calls = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        if calls and file.name != "__main__.py":
            yield f"{place(file, node)} runs at import"
    for inner in ast.walk(tree):
        if isinstance(inner, ast.Global):
            yield f"{place(file, inner)} global"
