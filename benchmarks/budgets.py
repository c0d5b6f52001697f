"""What a process may take, from budgets.toml."""

import sys
import tomllib
from pathlib import Path


def exceeded(process: str, **took: float) -> int:
    """1 when a figure is over its budget, which is said on standard error; else 0."""
    budget = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())[process]
    over = {name: value for name, value in took.items() if value > budget[name]}
    for name, value in over.items():
        print(f"over budget: {process}: {name} {value:.1f}, at most {budget[name]}", file=sys.stderr)
    return 1 if over else 0
