"""What a platform knows of its vehicles, message by message, in memory: for demo and tests. Pure."""

import copy
from typing import Any

import msgspec

from agent.platform.account import Accounts
from agent.platform.intake import Batch, Chunk, Intake, Record, Unreadable, Volatile
from agent.platform.pictures import Collector

_MOST_REASONS = 100


class Vehicle(msgspec.Struct):
    """One vehicle: messages by stream in order of arrival, fixes by seq, the newest state and live fix.

    `seqs` are those that arrived, `missing` those that neither arrived nor are excused, per stream, the
    latter of the newest `generation`; `duplicates` counts messages and fixes that came again, manifests of
    pictures excepted, `batches` compact batches.
    """

    state: dict[str, Any] | None = None
    live: dict[str, Any] | None = None
    reported: dict[str, Any] | None = None
    lives: int = 0
    generation: str | None = None
    streams: dict[str, list[dict[str, Any]]] = {}
    fixes: dict[int, dict[str, Any]] = {}
    seqs: dict[str, set[int]] = {}
    missing: dict[str, list[tuple[int, int]]] = {}
    duplicates: int = 0
    batches: int = 0
    states: list[str] = []
    pictures: Collector = msgspec.field(default_factory=Collector)

    def events(self, stream: str = "event") -> list[dict[str, Any]]:
        """The messages of a stream in order of their seq."""
        return sorted(self.streams.get(stream, ()), key=lambda m: int(m["seq"]))

    def gaps(self, stream: str) -> list[tuple[int, int]]:
        """Ranges of seqs between 1 and the highest that neither arrived nor are excused."""
        return self.missing.get(stream, [])


class Ledger:
    """Takes messages. What it cannot read it counts in `unreadable`; `invalid` says what is not in order.

    `sink` is the name that the vehicles have for this platform: what is skipped for it is excused.
    """

    def __init__(self, sink: str) -> None:
        self._sink = sink
        self.vehicles: dict[str, Vehicle] = {}
        self.unreadable = 0
        self.invalid: list[str] = []
        self._intake, self._accounts = Intake(), Accounts()
        self._seen: set[tuple[str, str]] = set()

    def copy(self) -> dict[str, Vehicle]:
        """The vehicles as they are now, independent of what comes."""
        return copy.deepcopy(self.vehicles)

    def take(self, topic: str, payload: bytes) -> None:
        """One message from `haulwatch/v1/{fleet}/{vehicle}/...`."""
        found = self._intake.take(topic, payload)
        vehicle = self.vehicles.setdefault(found.vehicle, Vehicle())
        if isinstance(found, Unreadable):
            self.unreadable += found.reason is not None
            return
        if isinstance(found, Record | Batch | Volatile) and found.invalid:
            self.invalid = [*self.invalid[-_MOST_REASONS:], f"{topic}: {found.invalid}"]
        if isinstance(found, Volatile):
            _present(vehicle, found)
        elif isinstance(found, Chunk):
            vehicle.pictures.chunk(found.sha256, found.index, found.content)
        elif isinstance(found, Batch):
            self._fixes(vehicle, found)
        elif isinstance(found, Record):
            self._record(vehicle, found)

    def _fixes(self, vehicle: Vehicle, found: Batch) -> None:
        seqs = vehicle.seqs.setdefault("track", set())
        for fix in found.fixes:
            vehicle.duplicates += fix.seq in seqs
            seqs.add(fix.seq)
            vehicle.fixes[fix.seq] = msgspec.to_builtins(fix)
            self._known(vehicle, found, "track", fix.seq, fix.seq)
        for lo, hi in found.omitted:
            self._known(vehicle, found, "track", lo, hi)
        if found.body[:1] == b"{":
            vehicle.streams.setdefault("track", []).append(msgspec.json.decode(found.body))
        else:
            vehicle.batches += 1

    def _record(self, vehicle: Vehicle, found: Record) -> None:
        name, body = (found.source, found.id), found.object()
        if found.stream == "media":  # a manifest that comes again may name other files
            self._manifest(vehicle, body)
        if name in self._seen:
            vehicle.duplicates += found.stream != "media"
            return
        self._seen.add(name)
        vehicle.generation = body["generation"]
        vehicle.streams.setdefault(found.stream, []).append(body)
        vehicle.seqs.setdefault(found.stream, set()).add(found.seq)
        self._known(vehicle, found, found.stream, found.seq, found.seq)
        if found.skip and found.skip.sink == self._sink:
            self._known(vehicle, found, found.skip.stream, found.skip.first, found.skip.last)

    def _manifest(self, vehicle: Vehicle, body: dict[str, Any]) -> None:
        try:
            vehicle.pictures.manifest(body)
        except (msgspec.ValidationError, TypeError, AttributeError):
            self.unreadable += 1

    def _known(self, vehicle: Vehicle, found: Record | Batch, stream: str, lo: int, hi: int) -> None:
        series = (found.vehicle, found.generation, stream)
        self._accounts.take(series, lo, hi)
        vehicle.missing[stream] = self._accounts.gaps(series)


def _present(vehicle: Vehicle, found: Volatile) -> None:
    if found.what == "state":
        vehicle.state = found.body
        vehicle.states.append(str(found.body.get("status")))
    elif found.what == "live":
        vehicle.live = found.body
        vehicle.lives += 1
    else:
        vehicle.reported = found.body
