"""What the consumers' databases say together: vehicles, streams, gaps, delays, what was not in order.

Several consumers may share one subscription, each with a database of its own; a gap is then what is in none.
"""

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from agent.errors import PlatformMissing
from agent.platform.account import Accounts
from agent.platform.delays import share_s
from agent.platform.totals import Hours, together
from agent.platform.trips import Trips

Lane = dict[str, float | int | None]
_SUMS = ("messages", "fixes", "duplicates", "invalid", "bytes")
_MOST_RANGES = 20


class StreamReport(msgspec.Struct):
    """One stream of a vehicle; `open` are gaps (generation, first, last), `live` and `backlog` delays, s."""

    vehicle: str
    stream: str
    messages: int = 0
    fixes: int = 0
    duplicates: int = 0
    invalid: int = 0
    bytes: int = 0
    missing: int = 0
    open: list[tuple[str, int, int]] = []
    closed: int = 0
    live: Lane = {}
    backlog: Lane = {}


class Report(msgspec.Struct):
    """All of it. `invalid`: vehicle, topic, reason, number; `pictures`, `commands`, `signatures` by state.

    `coverage`: seconds by vehicle, source and state, of the totals that add up. `trips` by verdict;
    `broken_trips`: their versions do not count up one by one.
    """

    vehicles: list[dict[str, Any]] = []
    streams: list[StreamReport] = []
    invalid: list[dict[str, Any]] = []
    pictures: dict[str, int] = {}
    commands: dict[str, int] = {}
    signatures: dict[str, int] = {}
    delays: dict[str, Lane] = {}
    coverage: dict[str, Hours] = {}
    trips: dict[str, int] = {}
    broken_trips: list[dict[str, Any]] = []

    @property
    def missing(self) -> int:
        """Seqs that are missing."""
        return sum(stream.missing for stream in self.streams)

    @property
    def fine(self) -> bool:
        """Whether nothing is missing and all was in order."""
        return not (self.missing or self.invalid or self.signatures.get("forged") or self.broken_trips)


def report(files: list[Path]) -> Report:
    """The report of one or more databases; raises PlatformMissing."""
    made = _Made()
    for file in files:
        try:
            db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
            try:
                made.add(db)
            finally:
                db.close()
        except sqlite3.Error as e:
            remedy = "name a database of `haulwatch sim platform --db`"
            raise PlatformMissing(str(e), where=str(file), remedy=remedy) from e
    return made.done()


def report_of(db: sqlite3.Connection) -> Report:
    """The report of an open database."""
    made = _Made()
    made.add(db)
    return made.done()


class _Made:
    """A report in the making."""

    def __init__(self) -> None:
        self._report, self._accounts, self._trips = Report(), Accounts(), Trips()
        self._streams: dict[tuple[str, str], StreamReport] = {}
        self._delays: dict[tuple[str, str, str], Counter[int]] = {}
        self._longest: dict[tuple[str, str, str], int] = {}
        self._vehicles: dict[str, dict[str, Any]] = {}
        self._totals: dict[str, dict[tuple[str, str], bytes]] = {}

    def add(self, db: sqlite3.Connection) -> None:
        """Add what one database holds."""
        for vehicle, *values in _rows(
            db, "vehicle, status, session, version, generation, first_ms, last_ms from vehicle"
        ):
            names = ("status", "session", "version", "generation", "first_ms", "last_ms")
            known, row = self._vehicles.get(vehicle), dict(zip(names, values, strict=True))
            if known is None or row["last_ms"] > known["last_ms"]:
                self._vehicles[vehicle] = {"vehicle": vehicle} | row
        for vehicle, generation, stream, known in _rows(db, "vehicle, generation, stream, known from series"):
            for lo, hi in msgspec.json.decode(known, type=list[tuple[int, int]]):
                self._accounts.take((vehicle, generation, stream), lo, hi)
        self._trips.add(db)
        self._add_counts(db)
        for vehicle, stream, count in _rows(
            db, "vehicle, stream, count(*) from gap where closed_ms not null group by 1, 2"
        ):
            self._stream(vehicle, stream).closed += count
        for wrong in _rows(db, "vehicle, topic, reason, number from invalid order by 4 desc"):
            said = zip(("vehicle", "topic", "reason", "number"), wrong, strict=True)
            self._report.invalid.append(dict(said))
        for table, column in (("picture", "state"), ("command", "state"), ("signature", "verdict")):
            counts: dict[str, int] = getattr(self._report, f"{table}s")
            for state, count in _rows(db, f"coalesce({column}, 'sent'), count(*) from {table} group by 1"):
                counts[state] = counts.get(state, 0) + count

        for vehicle, source, name, body in _rows(
            db, "vehicle, source, id, body from message where type = 'coverage.totals' and invalid is null"
        ):
            self._totals.setdefault(vehicle, {})[source, name] = bytes(body)

    def _add_counts(self, db: sqlite3.Connection) -> None:
        for vehicle, stream, live, backlog, *sums in _rows(
            db, f"vehicle, stream, longest_live_ms, longest_backlog_ms, {', '.join(_SUMS)} from count"
        ):
            row = self._stream(vehicle, stream)
            for name, value in zip(_SUMS, sums, strict=True):
                setattr(row, name, getattr(row, name) + value)
            for lane, longest in (("live", live), ("backlog", backlog)):
                key = (vehicle, stream, lane)
                self._longest[key] = max(self._longest.get(key, 0), longest or 0)
        for vehicle, stream, lane, bucket, number in _rows(
            db, "vehicle, stream, lane, bucket, number from delay"
        ):
            self._delays.setdefault((vehicle, stream, lane), Counter())[bucket] += number

    def done(self) -> Report:
        """The whole."""
        for series in self._accounts.all():
            vehicle, generation, stream = series
            gaps = self._accounts.gaps(series)
            row = self._stream(vehicle, stream)
            row.missing += sum(hi - lo + 1 for lo, hi in gaps)
            row.open += [(generation, lo, hi) for lo, hi in gaps[:_MOST_RANGES]]
        for (vehicle, stream, lane), counts in self._delays.items():
            setattr(self._stream(vehicle, stream), lane, self._lane(counts, [(vehicle, stream, lane)]))
        for lane in ("live", "backlog"):
            keys = [key for key in self._delays if key[2] == lane]
            if keys:
                whole = sum((self._delays[key] for key in keys), Counter[int]())
                self._report.delays[lane] = self._lane(whole, keys)
        self._report.coverage = {v: together(t.values()) for v, t in sorted(self._totals.items())}
        self._report.trips, self._report.broken_trips = self._trips.counts(), self._trips.broken()
        self._report.vehicles = [self._vehicles[name] for name in sorted(self._vehicles)]
        self._report.streams = [self._streams[key] for key in sorted(self._streams)]
        return self._report

    def _lane(self, counts: Counter[int], keys: list[tuple[str, str, str]]) -> Lane:
        longest = max(self._longest.get(key, 0) for key in keys) / 1000
        shares = {f"p{share}": min(share_s(counts, share / 100) or 0.0, longest) for share in (50, 95)}
        return {"number": sum(counts.values()), **shares, "max": longest}

    def _stream(self, vehicle: str, stream: str) -> StreamReport:
        return self._streams.setdefault((vehicle, stream), StreamReport(vehicle, stream))


def _rows(db: sqlite3.Connection, what: str) -> list[tuple[Any, ...]]:
    return db.execute(f"select {what}").fetchall()
