"""Columns on disk as Parquet: TABLE/fleet=F/date=D/VEHICLE.GENERATION.STREAM.FIRST.parquet.

A file holds those of a fixed range of seqs that fall on its date, so that the same records always have the
same file, whoever writes it and when. Rows that are there and that the journal no longer holds stay.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from agent.analysis.columns import TABLES
from agent.analysis.extra import library
from agent.analysis.parquet import encoded, schema_of, table_of
from agent.analysis.rows import Row
from agent.durable_file import write_durable
from agent.errors import AnalysisError

SEQS = {"track": 100_000, "record": 20_000}
"""How many seqs of a stream one file is for, by table."""
UNDATED = "__HIVE_DEFAULT_PARTITION__"  # Hive's word for a null
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SEQ, _TIME = 3, 6  # places in every row


class Written(msgspec.Struct):
    """What became of a table's files: rows given, files written anew, left as they were, removed as empty."""

    rows: int = 0
    written: int = 0
    unchanged: int = 0
    removed: int = 0


class Partitions:
    """The export below `root` of one vehicle's journal generation. Raises AnalysisError."""

    def __init__(self, root: Path, fleet: str, vehicle: str, generation: str) -> None:
        self._root, self._fleet = root, f"fleet={quote(fleet, safe='')}"
        self._head = f"{quote(vehicle, safe='')}.{generation.replace('-', '')[:16]}"
        self._parquet = library("pyarrow.parquet")
        self._schemas = {table: schema_of(columns) for table, columns in TABLES.items()}
        self.found = {table: Written() for table in TABLES}

    def take(self, table: str, stream: str, first: int, rows: Sequence[Row]) -> None:
        """Have these rows of the range of seqs that begins with `first` in their files."""
        name = f"{self._head}.{stream}.{first:010d}.parquet"
        try:
            self._take(table, name, rows)
        except OSError as e:
            where = str(self._root / table)
            raise AnalysisError(
                f"cannot be written ({e.strerror or e})", where=where, remedy="make room, or name --out"
            ) from e

    def _take(self, table: str, name: str, rows: Sequence[Row]) -> None:
        dated = defaultdict(list)
        for row in rows:
            dated[_date(row[_TIME])].append(row)
        there = {
            file.parent.name: file
            for file in (self._root / table).glob(f"{_escaped(self._fleet)}/date=*/{_escaped(name)}")
        }
        held = {row[_SEQ] for row in rows}
        for date in sorted({*dated, *there}):
            old = self._read(table, there[date]) if date in there else None
            kept = [] if old is None else _left(old, held)
            file = self._root / table / self._fleet / date / name
            self._put(table, file, sorted([*dated[date], *kept], key=lambda row: row[_SEQ]), old)
        self.found[table].rows += len(rows)

    def _put(self, table: str, file: Path, rows: Sequence[Row], old: Any) -> None:
        found = self.found[table]
        if not rows:
            file.unlink()
            found.removed += 1
            return
        new = table_of(self._schemas[table], rows)
        if old is not None and old.equals(new):
            found.unchanged += 1
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        write_durable(file, encoded(new))
        found.written += 1

    def _read(self, table: str, file: Path) -> Any:
        arrow = library("pyarrow")
        try:
            whole = self._parquet.ParquetFile(file).read()
            names = [name for name in self._schemas[table].names if name in whole.schema.names]
            more = [name for name in self._schemas[table].names if name not in names]
            whole = whole.select(names)
            for name in more:  # a column that is younger than the file
                whole = whole.append_column(name, arrow.nulls(len(whole)))
            return whole.select(self._schemas[table].names).cast(self._schemas[table])
        except (arrow.ArrowException, OSError) as e:
            raise AnalysisError(
                f"is no export of ours ({e})", where=str(file), remedy="move it away, or name another --out"
            ) from e


def _left(old: Any, held: set[int]) -> list[Row]:
    """The rows that are not given anew, as they were given."""
    columns = []
    for column in old.columns:
        plain = column.cast("int64") if str(column.type).startswith("timestamp") else column
        columns.append(plain.to_pylist())
    return [row for row in zip(*columns, strict=True) if row[_SEQ] not in held]


def _date(us: int | None) -> str:
    if us is None:
        return f"date={UNDATED}"
    return f"date={(_EPOCH + timedelta(microseconds=us)).date().isoformat()}"


def _escaped(name: str) -> str:
    """For glob, which takes brackets for more than they are; % is none of its characters."""
    return name.replace("[", "[[]").replace("*", "[*]").replace("?", "[?]")
