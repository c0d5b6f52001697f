"""The same queries on Spark: in local mode here, or on a cluster whose workers have haulwatch[analysis]."""

import os
import shutil
import sys
from functools import reduce
from pathlib import Path
from typing import Any

from agent.analysis.engine import Function, Rows, Sources
from agent.analysis.extra import library
from agent.errors import AnalysisError

LOCAL = "local[*]"


class Spark:
    """A session of Spark; raises AnalysisError when Spark or Java is missing, or files are no export."""

    def __init__(self, sources: Sources, master: str = LOCAL) -> None:
        sql = library("pyspark.sql")
        self._error: type[Exception] = library("pyspark.errors").PySparkException
        if master.startswith("local"):
            _need_java()
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # the workers': read from there alone
        self._spark: Any = _session(sql, master)
        for table in ("track", "record"):
            parts = [self._read(folder / table) for folder in sources.folders]
            whole = reduce(lambda a, b: a.unionByName(b, allowMissingColumns=True), parts)
            whole.where(sources.days).createOrReplaceTempView(table)

    def define(self, name: str, function: Function) -> None:
        """Make a function known to queries."""
        self._spark.udf.register(name, function, "string")

    def keep(self, name: str, query: str) -> None:
        """Have the rows of a query as a table, computed once."""
        try:
            found = self._spark.sql(query).cache()
            found.count()
            found.createOrReplaceTempView(name)
        except self._error as e:
            raise _known(e) from e

    def rows(self, query: str) -> Rows:
        """The rows of a query."""
        try:
            return [row.asDict() for row in self._spark.sql(query).collect()]
        except self._error as e:
            raise _known(e) from e

    def close(self) -> None:
        """Let go what it holds."""
        self._spark.stop()

    def _read(self, folder: Path) -> Any:
        try:
            return self._spark.read.option("mergeSchema", "true").parquet(str(folder))
        except self._error as e:
            raise _known(e) from e


def _session(sql: Any, master: str) -> Any:
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.sources.partitionColumnTypeInference.enabled": "false",  # a fleet may be called 007
        "spark.sql.shuffle.partitions": "8" if master.startswith("local") else "200",
        "spark.sql.adaptive.enabled": "true",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    builder = sql.SparkSession.builder.master(master).appName("haulwatch analyse")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _need_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not (shutil.which("java") or (home and (Path(home) / "bin" / "java").exists())):
        raise AnalysisError(
            "is not installed", where="Java", remedy="install default-jre-headless, or leave --engine out"
        )


def _known(error: Exception) -> AnalysisError:
    first = str(error).splitlines()[0]
    return AnalysisError(first, where="Spark", remedy="are all folders exports of ours?")
