"""What the reference consumer keeps, in SQLite; memory holds ranges of seqs, however many messages come."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from agent.platform.account import Accounts, Series
from agent.platform.delays import bucket
from agent.platform.intake import Asked, Batch, Record, Unreadable, Volatile
from agent.platform.tables import open_database
from agent.uplink.track.fix import TrackFix

BACKLOG_MS = 60_000
_SAMPLE = 2048  # bytes kept of what is not in order
_MESSAGE = "insert or ignore into message values(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
_FIX = "insert or ignore into fix values(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
_INVALID = (
    "insert into invalid values(?,?,?,1,?,?) on conflict do update set number=number+1, "
    "newest=excluded.newest, newest_ms=excluded.newest_ms"
)
_DELAY = "insert into delay values(?,?,?,?,1) on conflict do update set number=number+1"
_COUNT = (
    "insert into count(vehicle, stream, messages, fixes, duplicates, invalid, bytes) values(?,?,1,?,?,?,?) "
    "on conflict do update set messages=messages+1, fixes=fixes+excluded.fixes, "
    "duplicates=duplicates+excluded.duplicates, invalid=invalid+excluded.invalid, bytes=bytes+excluded.bytes"
)


class Store:
    """One open database; belongs to one thread. `sink` is what the vehicles call this platform."""

    def __init__(self, path: str, sink: str, *, joined_late: bool = False) -> None:
        self.db = open_database(path)
        self._sink = sink
        self._accounts = Accounts(joined_late=joined_late)
        for *series, known in self.db.execute("select vehicle, generation, stream, known from series"):
            for lo, hi in msgspec.json.decode(known, type=list[tuple[int, int]]):
                self._accounts.take((series[0], series[1], series[2]), lo, hi)
        self._accounts.changed.clear()
        self._unlooked: set[Series] = set(self._accounts.all())

    def close(self) -> None:
        """Close the database."""
        self.db.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is kept within goes to the disk as one transaction, durable at the end."""
        self.db.execute("begin immediate")
        try:
            yield
            self._write_series()
            self.db.execute("commit")
        except BaseException:
            if self.db.in_transaction:  # SQLite rolls back by itself on some errors
                self.db.execute("rollback")
            raise

    def record(self, found: Record, topic: str, now_ms: int) -> bool:
        """Keep a record; whether it is new."""
        new = self._run(
            _MESSAGE, found.source, found.id, found.vehicle, found.stream, found.generation, found.seq,
            found.type, found.subject, found.time, found.recorded_ms, now_ms, found.historical,
            found.severity, found.body, found.invalid,
        )  # fmt: skip
        self._accounts.take((found.vehicle, found.generation, found.stream), found.seq, found.seq)
        if found.skip and found.skip.sink == self._sink:
            skip = found.skip
            self._accounts.take((found.vehicle, found.generation, skip.stream), skip.first, skip.last)
        self._count(found, found.stream, 0, 1 - new)
        self._complain(found, topic, now_ms)
        if new:
            self._delayed(found, found.stream, now_ms)
        return bool(new)

    def batch(self, found: Batch, topic: str, now_ms: int) -> None:
        """Keep fixes."""
        head = (found.vehicle, found.generation)
        new = sum(self._run(_FIX, *head, *_columns(fix)) for fix in found.fixes)
        series = (*head, "track")
        for fix in found.fixes:
            self._accounts.take(series, fix.seq, fix.seq)
        for lo, hi in found.omitted:
            self._accounts.take(series, lo, hi)
        self._count(found, "track", new, len(found.fixes) - new)
        self._complain(found, topic, now_ms)
        if new:
            self._delayed(found, "track", now_ms)

    def volatile(self, found: Volatile, topic: str, now_ms: int) -> None:
        """Keep the newest of a present value."""
        self.known(found.vehicle, now_ms)
        text = msgspec.json.encode(found.body).decode()
        self._run(f"update vehicle set {found.what}=? where vehicle=?", text, found.vehicle)  # noqa: S608
        if found.what == "state" and not found.invalid:
            b = found.body
            values = (b.get("status"), b.get("session"), b.get("version"), b.get("generation"))
            self._run(
                "update vehicle set status=?, session=?, version=?, generation=? where vehicle=?",
                *values, found.vehicle,
            )  # fmt: skip
        self._complain(found, topic, now_ms)

    def unreadable(self, found: Unreadable, topic: str, payload: bytes, now_ms: int) -> None:
        """Count what is no message."""
        self._run(_INVALID, found.vehicle, topic, found.reason, payload[:_SAMPLE], now_ms)

    def known(self, vehicle: str, now_ms: int) -> None:
        """A vehicle was heard of."""
        self._run(
            "insert into vehicle(vehicle, first_ms, last_ms) values(?,?,?) "
            "on conflict do update set last_ms=excluded.last_ms",
            vehicle, now_ms, now_ms,
        )  # fmt: skip

    def asked(self, found: Asked, now_ms: int) -> None:
        """A command goes to a vehicle."""
        self._run(
            "insert or ignore into command(vehicle, id, name, document, sent_ms) values(?,?,?,?,?)",
            found.vehicle, found.id, found.name, found.document.decode(errors="replace"), now_ms,
        )  # fmt: skip

    def replied(self, vehicle: str, data: dict[str, Any], now_ms: int) -> None:
        """A vehicle says what became of a command."""
        result = None if data["result"] is None else msgspec.json.encode(data["result"]).decode()
        self._run(
            "insert into command(vehicle, id, name, state, reason, detail, result, replied_ms) "
            "values(?,?,?,?,?,?,?,?) on conflict do update set state=excluded.state, reason=excluded.reason, "
            "detail=excluded.detail, result=excluded.result, replied_ms=excluded.replied_ms",
            vehicle, *(data[key] for key in ("command", "name", "state", "reason", "detail")), result, now_ms,
        )  # fmt: skip

    def announced(self, vehicle: str, manifest: dict[str, Any], now_ms: int) -> None:
        """Files of a picture will come."""
        for file in manifest.get("files", ()):
            self._run(
                "insert into picture(vehicle, subject, announced_ms, state, sha256, kind, bytes, chunks) "
                "values(?,?,?,'announced',?,?,?,?) on conflict do update set chunks=excluded.chunks",
                vehicle, manifest.get("subject"), now_ms,
                *(file[key] for key in ("sha256", "kind", "bytes", "chunks")),
            )  # fmt: skip

    def chunk(self, vehicle: str, sha256: str, path: str | None, now_ms: int) -> None:
        """A chunk came; `path`: the file is complete and right."""
        self._run("update picture set arrived=arrived+1 where vehicle=? and sha256=?", vehicle, sha256)
        if path:
            self._picture(vehicle, sha256, "complete", path, now_ms)

    def never(self, vehicle: str, sha256: str, state: str, now_ms: int) -> None:
        """A file never comes: it is `unsent` or `deleted`; one that is complete stays so."""
        self._picture(vehicle, sha256, state, None, now_ms)

    def look_for_gaps(self, now_ms: int) -> None:
        """Open and close gaps in the series that changed since the last look."""
        for series in self._unlooked:
            present = set(self._accounts.gaps(series))
            query = "select rowid, first, last, seen_ms from gap where closed_ms is null and "
            old = self.db.execute(f"{query} vehicle=? and generation=? and stream=?", series).fetchall()
            for rowid, first, last, _ in old:
                if (first, last) not in present:
                    self._run("update gap set closed_ms=? where rowid=?", now_ms, rowid)
            for first, last in present - {(f, la) for _, f, la, _ in old}:
                since = min((seen for _, f, la, seen in old if f <= last and first <= la), default=now_ms)
                self._run("insert into gap values(?,?,?,?,?,?,null)", *series, first, last, since)
        self._unlooked.clear()

    def _picture(self, vehicle: str, sha256: str, state: str, path: str | None, now_ms: int) -> None:
        self._run(
            "update picture set state=?, path=?, done_ms=? "
            "where vehicle=? and sha256=? and state<>'complete'",
            state, path, now_ms, vehicle, sha256,
        )  # fmt: skip

    def _run(self, statement: str, *values: Any) -> int:
        return self.db.execute(statement, values).rowcount

    def _write_series(self) -> None:
        for series in self._accounts.changed:
            known = msgspec.json.encode(self._accounts.known(series)).decode()
            self._run("insert or replace into series values(?,?,?,?)", *series, known)
        self._unlooked |= self._accounts.changed
        self._accounts.changed.clear()

    def _count(self, found: Record | Batch, stream: str, fixes: int, duplicates: int) -> None:
        wrong = found.invalid is not None
        self._run(_COUNT, found.vehicle, stream, fixes, duplicates, wrong, len(found.body))

    def _complain(self, found: Record | Batch | Volatile, topic: str, now_ms: int) -> None:
        if found.invalid:
            body = found.body if isinstance(found.body, bytes) else msgspec.json.encode(found.body)
            self._run(_INVALID, found.vehicle, topic, found.invalid, body[:_SAMPLE], now_ms)

    def _delayed(self, found: Record | Batch, stream: str, now_ms: int) -> None:
        """From when the vehicle wrote it to its arrival; backlog apart, which waited for a network."""
        if found.recorded_ms is None:
            return
        delay = now_ms - found.recorded_ms
        old = delay > BACKLOG_MS if found.historical is None else found.historical
        lane = "backlog" if old else "live"
        self._run(_DELAY, found.vehicle, stream, lane, bucket(delay))
        longest = f"longest_{lane}_ms"
        self._run(
            f"update count set {longest}=max(coalesce({longest}, 0), ?) where vehicle=? and stream=?",  # noqa: S608
            delay, found.vehicle, stream,
        )  # fmt: skip


def _columns(fix: TrackFix) -> Iterable[Any]:
    told = (fix.seq, fix.mono_ms, fix.utc_ms, fix.mode, fix.lat, fix.lon, fix.alt, fix.speed, fix.course)
    more = (fix.quality, fix.satellites, fix.hdop, fix.accuracy)
    return (*told, *more, ",".join(fix.inferred), ",".join(fix.unfit))
