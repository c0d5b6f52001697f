"""No circular imports: of all modules, with the lazy imports and those for type checkers."""

from graphlib import TopologicalSorter

import grimp


def test_imports_run_in_one_direction() -> None:
    graph = grimp.build_graph("agent", "drivers", "buffer", cache_dir=None)
    TopologicalSorter({m: graph.find_modules_directly_imported_by(m) for m in graph.modules}).prepare()
