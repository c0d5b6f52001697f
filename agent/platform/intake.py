"""From a topic and its payload to what it says, and whether that is as the schemas have it. Pure.

A message that is not in order is still taken as far as it can be understood: it is in the account, and
`invalid` says what is wrong with it.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from agent.messages.documents import ConfigReported
from agent.messages.envelope import State
from agent.messages.reading import Invalid, Reader
from agent.platform.account import short
from agent.platform.totals import wrong
from agent.uplink.track.batch import MAGIC, decode, span
from agent.uplink.track.errors import TrackFormatError
from agent.uplink.track.fix import Said, TrackFix
from buffer.ranges import Range, RangeSet

_PREFIX_LEVELS = 4  # haulwatch / v1 / fleet / vehicle
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST = 2**53  # integers beyond are none in JSON everywhere
Seq = Annotated[int, Meta(ge=1, le=_MOST)]
Whole = Annotated[int, Meta(ge=-_MOST, le=_MOST)]
Object = dict[str, Any]


class Skip(msgspec.Struct, frozen=True):
    """What a sink never gets."""

    sink: str
    stream: str
    first: int
    last: int


class Record(msgspec.Struct, frozen=True):
    """A record with its envelope; `body` is the whole message as it came, `recorded_ms` UTC ms since 1970."""

    vehicle: str
    stream: str
    generation: str
    seq: int
    id: str
    source: str
    type: str
    subject: str | None
    time: str | None
    recorded_ms: int | None
    historical: bool
    severity: str
    body: bytes
    skip: Skip | None = None
    invalid: str | None = None

    def object(self) -> Object:
        """The message as plain values."""
        return msgspec.json.decode(self.body, type=Object)


class Batch(msgspec.Struct, frozen=True):
    """Fixes, from JSON or compact; `omitted` never come. `historical` is None where only their age tells."""

    vehicle: str
    generation: str
    fixes: Sequence[TrackFix]
    omitted: Sequence[Range]
    recorded_ms: int | None
    historical: bool | None
    body: bytes
    invalid: str | None = None


class Volatile(msgspec.Struct, frozen=True):
    """A present value: `what` is state, live or reported."""

    vehicle: str
    what: str
    body: Object
    invalid: str | None = None


class Chunk(msgspec.Struct, frozen=True):
    """A piece of a file."""

    vehicle: str
    sha256: str
    index: int
    content: bytes


class Asked(msgspec.Struct, frozen=True):
    """A command on its way to a vehicle, by whomever."""

    vehicle: str
    name: str
    id: str
    document: bytes


class Unreadable(msgspec.Struct, frozen=True):
    """Nothing that can be understood, or nothing for us (`reason` None)."""

    vehicle: str
    reason: str | None


Arrival = Record | Batch | Volatile | Chunk | Asked | Unreadable


class _Envelope(msgspec.Struct):
    id: str
    source: str
    generation: str
    stream: str
    seq: Seq
    type: str
    data: msgspec.Raw
    subject: str | None = None
    time: str | None = None
    recordedtime: datetime | None = None
    historical: bool = False
    severity: str = "info"


class _Fix(Said, kw_only=True):
    seq: Seq
    monons: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    utc: datetime | None = None
    quality: Whole | None = None
    satellites: Whole | None = None


class _Fixes(msgspec.Struct):
    fixes: list[_Fix]
    omitted: list[tuple[Seq, Seq]] = []


class _Skipped(msgspec.Struct):
    sink: str
    stream: str
    first: Seq = msgspec.field(name="from")
    last: Seq = msgspec.field(name="to")
    kept: int | None = None


class Intake:
    """Understands messages; has no memory of them."""

    def __init__(self) -> None:
        self._reader = Reader()
        self._envelope = msgspec.json.Decoder(_Envelope)

    def take(self, topic: str, payload: bytes) -> Arrival:
        """What one message from `haulwatch/v1/{fleet}/{vehicle}/...` says."""
        levels = topic.split("/")
        vehicle, rest = "/".join(levels[2:_PREFIX_LEVELS]), levels[_PREFIX_LEVELS:]
        try:
            return self._take(vehicle, rest, payload)
        except RecursionError:  # msgspec's answer to JSON that is nested too deep
            return Unreadable(vehicle, "nested too deep")

    def _take(self, vehicle: str, rest: list[str], payload: bytes) -> Arrival:  # noqa: PLR0911 - one per topic
        match rest:
            case ["cmd", name, number]:
                return Asked(vehicle, name, number, payload)
            case ["media", sha256, index]:
                if index.isdecimal():
                    return Chunk(vehicle, sha256, int(index), payload)
                return Unreadable(vehicle, "a chunk without a number")
            case ["config"]:
                return Unreadable(vehicle, None)
            case ["state"]:
                return self._volatile(vehicle, "state", payload, _checks(State))
            case ["config", "reported"]:
                return self._volatile(vehicle, "reported", payload, _checks(ConfigReported))
            case ["track", "live"] if payload.startswith(MAGIC):
                return _live(vehicle, payload)
            case ["track", "live"]:
                return self._volatile(vehicle, "live", payload, self._reader.read)
        return self._batch(vehicle, payload) if payload.startswith(MAGIC) else self._record(vehicle, payload)

    def _volatile(
        self, vehicle: str, what: str, payload: bytes, check: Callable[[bytes], object]
    ) -> Volatile | Unreadable:
        try:
            body = msgspec.json.decode(payload, type=Object)
        except msgspec.MsgspecError as e:
            return Unreadable(vehicle, f"{what}: {e}")
        return Volatile(vehicle, what, body, _why(check, payload))

    def _record(self, vehicle: str, payload: bytes) -> Arrival:
        try:
            head = self._envelope.decode(payload)
            if head.stream == "track":
                return self._fixes(vehicle, head, payload)
            return Record(
                vehicle, head.stream, short(head.generation), head.seq, head.id, head.source, head.type,
                head.subject, head.time, _ms(head.recordedtime), head.historical, head.severity, payload,
                _skip(head), _why(self._reader.read, payload) or wrong(head.type, payload),
            )  # fmt: skip
        except msgspec.MsgspecError as e:
            return Unreadable(vehicle, f"no message: {e}")

    def _fixes(self, vehicle: str, head: _Envelope, payload: bytes) -> Batch:
        data = msgspec.json.decode(head.data, type=_Fixes)
        fixes = [f.at(f.seq, f.monons // 1_000_000, _ms(f.utc)) for f in data.fixes]
        omitted = [(lo, hi) for lo, hi in data.omitted if lo <= hi]
        why = _why(self._reader.read, payload)
        recorded = _ms(head.recordedtime)
        generation = short(head.generation)
        return Batch(vehicle, generation, fixes, omitted, recorded, head.historical, payload, why)

    def _batch(self, vehicle: str, payload: bytes) -> Batch | Unreadable:
        try:
            origin, fixes = decode(payload)
            first, _ = span(payload)
        except TrackFormatError as e:
            return Unreadable(vehicle, f"compact track batch: {e}")
        if first < 1 or fixes[-1].seq > _MOST:
            return Unreadable(vehicle, "compact track batch: its seqs are none")
        there = RangeSet((fix.seq, fix.seq) for fix in fixes)
        omitted = list(there.missing(first, fixes[-1].seq))
        return Batch(vehicle, origin.generation, fixes, omitted, origin.utc_ms, None, payload)


def _live(vehicle: str, payload: bytes) -> Volatile | Unreadable:
    """The newest fix as a compact batch of one."""
    try:
        _, fixes = decode(payload)
    except TrackFormatError as e:
        return Unreadable(vehicle, f"compact live fix: {e}")
    return Volatile(vehicle, "live", {"type": "track.live", "data": msgspec.to_builtins(fixes[-1])})


def _skip(head: _Envelope) -> Skip | None:
    if head.type != "skipped":
        return None
    said = msgspec.json.decode(head.data, type=_Skipped)
    if said.kept or said.first > said.last:  # of what is thinned the batches say which seqs are left out
        return None
    return Skip(said.sink, said.stream, said.first, said.last)


def _checks(kind: type[msgspec.Struct]) -> Callable[[bytes], object]:
    def check(payload: bytes) -> object:
        try:
            return msgspec.json.decode(payload, type=kind)
        except msgspec.MsgspecError as e:
            raise Invalid(f"{kind.__name__}: {e}") from e

    return check


def _why(check: Callable[[bytes], object], payload: bytes) -> str | None:
    """Why a message is not in order; None when it is."""
    try:
        check(payload)
    except Invalid as e:
        return str(e)
    return None


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else round((moment - _EPOCH).total_seconds() * 1000)
