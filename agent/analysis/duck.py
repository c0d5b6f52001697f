"""The queries on DuckDB, in this process."""

from typing import Any

from agent.analysis.engine import Function, Rows, Sources
from agent.analysis.extra import library
from agent.errors import AnalysisError

_VIEW = (
    "create view {table} as select * from read_parquet({files}, hive_partitioning = true, "
    "hive_types = {{'fleet': varchar, 'date': date}}, union_by_name = true) where {days}"
)


class Duck:
    """An open DuckDB; raises AnalysisError for files that are no export."""

    def __init__(self, sources: Sources) -> None:
        self._duckdb = library("duckdb")
        self._db: Any = self._duckdb.connect(":memory:")
        self._db.execute("create macro unix_micros(t) as epoch_us(t)")  # Spark's name for it
        for table in ("track", "record"):
            files = [f"{folder}/{table}/fleet=*/date=*/*.parquet" for folder in sources.folders]
            quoted = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
            self._run(_VIEW.format(table=table, files=f"[{quoted}]", days=sources.days))

    def define(self, name: str, function: Function) -> None:
        """Make a function known to queries."""
        self._db.create_function(name, function, ["double", "double"], "varchar")

    def keep(self, name: str, query: str) -> None:
        """Have the rows of a query as a table, computed once."""
        self._run(f"create temp table {name} as {query}")

    def rows(self, query: str) -> Rows:
        """The rows of a query."""
        done = self._run(query)
        names = [column[0] for column in done.description]
        return [dict(zip(names, row, strict=True)) for row in done.fetchall()]

    def close(self) -> None:
        """Let go what it holds."""
        self._db.close()

    def _run(self, query: str) -> Any:
        try:
            return self._db.execute(query)
        except self._duckdb.Error as e:
            first = str(e).splitlines()[0]
            raise AnalysisError(first, where="DuckDB", remedy="are all folders exports of ours?") from e
