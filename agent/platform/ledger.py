"""What a platform knows of its vehicles, message by message. Pure."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from agent.platform.pictures import Collector, chunk_of
from agent.uplink.track.batch import MAGIC, decode, span
from agent.uplink.track.errors import TrackFormatError

_PREFIX_LEVELS = 4  # haulwatch / v1 / fleet / vehicle


class Vehicle(msgspec.Struct):
    """One vehicle: messages by stream in order of arrival, fixes by seq, the newest state and live fix.

    `seqs` are those that arrived, `excused` those that a `skipped` record names or a batch of fixes leaves
    out, per stream, both of the newest `generation`; `duplicates` counts messages and fixes that came again
    but manifests of pictures, `batches` compact batches.
    """

    state: dict[str, Any] | None = None
    live: dict[str, Any] | None = None
    lives: int = 0
    generation: str | None = None
    streams: dict[str, list[dict[str, Any]]] = {}
    fixes: dict[int, dict[str, Any]] = {}
    seqs: dict[str, set[int]] = {}
    excused: dict[str, set[int]] = {}
    duplicates: int = 0
    batches: int = 0
    states: list[str] = []
    pictures: Collector = msgspec.field(default_factory=Collector)

    def events(self, stream: str = "event") -> list[dict[str, Any]]:
        """The messages of a stream in order of their seq."""
        return sorted(self.streams.get(stream, ()), key=lambda m: int(m["seq"]))

    def gaps(self, stream: str) -> list[tuple[int, int]]:
        """Ranges of seqs between 1 and the highest that neither arrived nor are excused."""
        known = sorted(self.seqs.get(stream, set()) | self.excused.get(stream, set()))
        return [(a + 1, b - 1) for a, b in zip([0, *known], known, strict=False) if b > a + 1]


class Ledger:
    """Takes messages; what it cannot read it counts in `unreadable`.

    `sink` is the name that the vehicles have for this platform: what is skipped for it is excused.
    """

    def __init__(self, sink: str) -> None:
        self._sink = sink
        self.vehicles: dict[str, Vehicle] = {}
        self.unreadable = 0
        self._seen: set[tuple[str, str]] = set()

    def copy(self) -> dict[str, Vehicle]:
        """The vehicles as they are now, independent of what comes."""
        return copy.deepcopy(self.vehicles)

    def take(self, topic: str, payload: bytes) -> None:
        """One message from `haulwatch/v1/{fleet}/{vehicle}/...`."""
        levels = topic.split("/")
        vehicle = self.vehicles.setdefault("/".join(levels[2:_PREFIX_LEVELS]), Vehicle())
        rest = "/".join(levels[_PREFIX_LEVELS:])
        chunk = chunk_of(rest)
        if chunk:
            vehicle.pictures.chunk(*chunk, payload)
            return
        if payload.startswith(MAGIC):
            self._compact(vehicle, payload, live=rest == "track/live")
            return
        try:
            body: dict[str, Any] = msgspec.json.decode(payload, type=dict[str, Any])
        except msgspec.MsgspecError:
            self.unreadable += 1
            return
        if rest == "state":
            vehicle.state = body
            vehicle.states.append(str(body.get("status")))
        elif rest == "track/live":
            vehicle.live = body
            vehicle.lives += 1
        else:
            self._record(vehicle, body)

    def _compact(self, vehicle: Vehicle, payload: bytes, *, live: bool) -> None:
        try:
            _, fixes = decode(payload)
            first, last = span(payload)
        except TrackFormatError:
            self.unreadable += 1
            return
        rows = [msgspec.to_builtins(fix) for fix in fixes]
        if live:
            vehicle.live = {"type": "track.live", "data": rows[0]}
            vehicle.lives += 1
            return
        vehicle.batches += 1
        _take_fixes(vehicle, rows)
        left_out = set(range(first, last + 1)) - {fix.seq for fix in fixes}
        vehicle.excused.setdefault("track", set()).update(left_out)

    def _record(self, vehicle: Vehicle, body: Mapping[str, Any]) -> None:
        name = (str(body.get("source")), str(body.get("id")))
        if not {"stream", "seq", "data"} <= body.keys():
            self.unreadable += 1
            return
        vehicle.generation = body.get("generation")
        stream, data = str(body["stream"]), body["data"]
        if stream == "track":
            _take_fixes(
                vehicle, data["fixes"]
            )  # a batch may come again with other bounds, so its id says nothing
            for lo, hi in data.get("omitted", ()):
                vehicle.excused.setdefault("track", set()).update(range(lo, hi + 1))
            vehicle.streams.setdefault(stream, []).append(dict(body))
            return
        if stream == "media":  # a manifest that comes again may name other files
            self._manifest(vehicle, body)
        if name in self._seen:
            vehicle.duplicates += stream != "media"
            return
        self._seen.add(name)
        vehicle.streams.setdefault(stream, []).append(dict(body))
        vehicle.seqs.setdefault(stream, set()).add(int(body["seq"]))
        # Where some are `kept`, batches say which are left out, and this record only why.
        if body.get("type") == "skipped" and data["sink"] == self._sink and not data.get("kept"):
            excused = vehicle.excused.setdefault(str(data["stream"]), set())
            excused.update(range(int(data["from"]), int(data["to"]) + 1))

    def _manifest(self, vehicle: Vehicle, body: Mapping[str, Any]) -> None:
        try:
            vehicle.pictures.manifest(dict(body))
        except msgspec.ValidationError:
            self.unreadable += 1


def _take_fixes(vehicle: Vehicle, fixes: Sequence[dict[str, Any]]) -> None:
    seqs = vehicle.seqs.setdefault("track", set())
    for fix in fixes:
        vehicle.duplicates += fix["seq"] in seqs
        seqs.add(fix["seq"])
        vehicle.fixes[fix["seq"]] = fix
