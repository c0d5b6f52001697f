"""What runs the queries: DuckDB in this process, or Spark. Both are given the same text."""

from collections.abc import Callable, Sequence
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

import msgspec

from agent.errors import AnalysisError

Rows = list[dict[str, Any]]
Function = Callable[[float, float], str]


class Sources(msgspec.Struct, frozen=True):
    """Folders of exports, and the UTC days of partitions that are read, first and last; None: no bound."""

    folders: tuple[Path, ...]
    first: date | None = None
    last: date | None = None

    @property
    def days(self) -> str:
        """A condition on the column `date`."""
        parts = [] if self.first is None else [f"date >= date '{self.first}'"]
        parts += [] if self.last is None else [f"date <= date '{self.last}'"]
        return " and ".join(parts) or "true"


class Engine(Protocol):
    """Has the tables `track` and `record`, and functions of two doubles that give a string."""

    def define(self, name: str, function: Function) -> None:
        """Make a function known to queries."""
        ...

    def keep(self, name: str, query: str) -> None:
        """Have the rows of a query as a table, computed once."""
        ...

    def rows(self, query: str) -> Rows:
        """The rows of a query."""
        ...

    def close(self) -> None:
        """Let go what it holds."""
        ...


def query(name: str, **values: float | str) -> str:
    """The text of agent/analysis/sql/NAME.sql with these values in it."""
    text = resources.files("agent.analysis").joinpath("sql", f"{name}.sql").read_text("utf-8")
    return text.format(**values)


def folders_of(given: Sequence[Path]) -> tuple[Path, ...]:
    """Each folder once; raises AnalysisError for one that holds no export."""
    found = tuple(dict.fromkeys(folder.resolve() for folder in given))
    for folder in found:
        for table in ("track", "record"):
            if next((folder / table).glob("fleet=*/date=*/*.parquet"), None) is None:
                raise AnalysisError(
                    f"holds no export: there is no {table}/fleet=…/date=…/*.parquet",
                    where=str(folder),
                    remedy="make one with: haulwatch journal export --format parquet --out FOLDER",
                )
    return found
