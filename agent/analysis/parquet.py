"""Rows of declared columns as pyarrow tables, and these as the bytes of a Parquet file."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

from agent.analysis.columns import Column
from agent.analysis.extra import library

VERSION = b"1"


def schema_of(columns: Sequence[Column]) -> Any:
    """The pyarrow schema of these columns."""
    arrow = library("pyarrow")
    kinds = {
        "string": arrow.string(),
        "double": arrow.float64(),
        "bigint": arrow.int64(),
        "timestamp": arrow.timestamp("us", "UTC"),
    }
    fields = [arrow.field(column.name, kinds[column.kind]) for column in columns]
    return arrow.schema(fields, metadata={b"haulwatch.export": VERSION})


def table_of(schema: Any, rows: Iterable[tuple[Any, ...]]) -> Any:
    """Rows as a pyarrow table."""
    arrow = library("pyarrow")
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [arrow.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return arrow.Table.from_arrays(arrays, schema=schema)


def encoded(table: Any) -> bytes:
    """A table as a Parquet file."""
    out = io.BytesIO()
    library("pyarrow.parquet").write_table(table, out, compression="zstd")
    return out.getvalue()
