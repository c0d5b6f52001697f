"""What a recording holds for the rules: fixes in order, and what is known of the load. Pure.

A log of NMEA sentences, JSON lines as `gnss decode` prints them, or JSON lines of `journal export`; of an
export also what became of the load then.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from agent.errors import TrackError
from agent.model import LoadReading, LoadState, Probabilities
from agent.uplink.track.fix import Said
from drivers.gnss.decode import Decoder
from drivers.readings import Fix, Mode, SwitchRole

SECOND = 1_000_000_000
_BEGIN_NS = 10 * SECOND
_STATES = ("empty", "covered", "partly", "uncovered")
_FORMS = "give a log of NMEA sentences, or JSON lines of `gnss decode` or `journal export`"
_Moment = Annotated[datetime, Meta(tz=True)]


class Run(msgspec.Struct):
    """One boot: fixes, and the load and the switches from moments on (ns of CLOCK_BOOTTIME)."""

    boot: str
    fixes: list[Fix]
    loads: list[tuple[int, LoadState]]
    switches: list[tuple[int, SwitchRole, bool | None]] = []

    @property
    def offset(self) -> int | None:
        """UTC minus CLOCK_BOOTTIME, ns, by the first fix that knows."""
        return next((utc_ns(fix.utc) - fix.mono_ns for fix in self.fixes if fix.utc), None)


class _Line(Said):
    """A fix as `gnss decode` (`time`) or the journal (`utc`) writes it; other fields are left aside."""

    mode: Mode = "none"
    time: _Moment | None = None
    utc: _Moment | None = None


class _Record(msgspec.Struct):
    """A record as `journal export` writes it."""

    stream: str
    boot: str
    mono_ns: int
    type: str
    payload: msgspec.Raw


class _Change(msgspec.Struct):
    """What is taken of `load.changed`."""

    to: LoadState
    since_us: int


class _Switched(msgspec.Struct):
    """What is taken of `switch.changed`."""

    switch: SwitchRole
    on: bool
    since_us: int


class _Reading(msgspec.Struct):
    """A reading as `camera watch --json` writes it: `t` s from the start; or with `time`."""

    state: LoadState
    t: float | None = None
    time: _Moment | None = None
    p: Probabilities | None = None
    usable: bool = True
    reason: str | None = None
    camera: str = "body"
    model: str = "recorded"


def runs_of(raw: bytes, where: str) -> list[Run]:
    """The runs of a recording; raises TrackError."""
    runs = _exported(raw, where) if raw.lstrip()[:1] == b"{" else [Run("recorded", _sentences(raw), [])]
    if not any(run.fixes for run in runs):
        raise TrackError("holds no fix", where=where, remedy=_FORMS)
    return runs


def readings_of(raw: bytes, where: str, run: Run) -> list[LoadReading]:
    """The readings of a run; those without a time are counted from its first fix. Raises TrackError."""
    offset = run.offset
    found = []
    for place, line in enumerate(raw.splitlines(), 1):
        if not line.strip():
            continue
        one = decoded(line, _Reading, f"{where}:{place}", "give JSON lines of `camera watch`")
        if one.time is not None and offset is not None:
            at = utc_ns(one.time) - offset
        else:
            at = run.fixes[0].mono_ns + round((one.t or 0.0) * SECOND)
        found.append(LoadReading(at, one.camera, one.state, one.p, one.usable, one.reason, one.model, place))
    return sorted(found, key=lambda reading: reading.mono_ns)


def assumed(loads: list[tuple[int, LoadState]], run: Run) -> Iterator[LoadReading]:
    """A sure reading each second of what is known, or assumed, of the load."""
    if not loads:
        return
    at, place = run.fixes[0].mono_ns, 0
    for number in range((run.fixes[-1].mono_ns - at) // SECOND + 1):
        now = at + number * SECOND
        while place + 1 < len(loads) and loads[place + 1][0] <= now:
            place += 1
        since, state = loads[place]
        if since <= now and state != "unknown":
            p = Probabilities(**{name: 0.97 if name == state else 0.01 for name in _STATES})
            yield LoadReading(now, "body", state, p, usable=True, reason=None, model="assumed", frame=number)


def _sentences(raw: bytes) -> list[Fix]:
    decoder = Decoder()
    return _timed([*decoder.feed(raw), *decoder.flush()])


def _exported(raw: bytes, where: str) -> list[Run]:
    runs: list[Run] = []
    plain: list[Fix] = []
    for place, line in enumerate(raw.splitlines(), 1):
        if not line.strip():
            continue
        if b'"payload"' not in line:
            plain.append(_fix(decoded(line, _Line, f"{where}:{place}", _FORMS), 0))
            continue
        record = decoded(line, _Record, f"{where}:{place}", _FORMS)
        if not runs or runs[-1].boot != record.boot:
            runs.append(Run(record.boot, [], []))
        _take(runs[-1], record, f"{where}:{place}")
    if plain:
        runs.append(Run("recorded", _timed(plain), []))
    return [run for run in runs if run.fixes]


def _take(run: Run, record: _Record, where: str) -> None:
    if bytes(record.payload) == b"null":  # damaged
        return
    if record.stream == "track":
        run.fixes.append(_fix(decoded(bytes(record.payload), _Line, where, _FORMS), record.mono_ns))
    elif record.type == "load.changed":
        change = decoded(bytes(record.payload), _Change, where, _FORMS)
        run.loads.append((change.since_us * 1000, change.to))
    elif record.type == "switch.changed":
        turned = decoded(bytes(record.payload), _Switched, where, _FORMS)
        run.switches.append((turned.since_us * 1000, turned.switch, turned.on))


def _fix(line: _Line, mono_ns: int) -> Fix:
    shared = {f: getattr(line, f) for f in _Line.__struct_fields__ if f not in ("time", "utc", "unfit")}
    return Fix(mono_ns=mono_ns, utc=line.utc or line.time, **shared)


def _timed(fixes: list[Fix]) -> list[Fix]:
    """With the moments at which they would have come: by their UTC, one second on where it fails them."""
    at, first = _BEGIN_NS - SECOND, next((fix.utc for fix in fixes if fix.utc), None)
    found = []
    for fix in fixes:
        meant = at + SECOND
        if fix.utc is not None and first is not None:
            by_utc = _BEGIN_NS + utc_ns(fix.utc) - utc_ns(first)
            meant = by_utc if by_utc > at else meant
        at = meant
        found.append(msgspec.structs.replace(fix, mono_ns=at))
    return found


def utc_ns(moment: datetime) -> int:
    """Nanoseconds since 1970, to the millisecond."""
    return round(moment.astimezone(UTC).timestamp() * 1000) * 1_000_000


def decoded(line: bytes, kind: type[Any], where: str, remedy: str) -> Any:
    """One line of a file as that type; raises TrackError."""
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.MsgspecError, RecursionError) as e:
        raise TrackError(f"is not understood ({e})", where=where, remedy=remedy) from e
