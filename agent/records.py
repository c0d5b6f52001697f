"""From effects to journal entries: canonical JSON payloads, rounded to declared decimals."""

from datetime import UTC, datetime
from typing import Any

import rfc8785

from agent.model import Emit, Track
from buffer.records import Entry
from drivers.clock import Stamp
from drivers.readings import Fix


def entry(effect: Emit | Track, stamp: Stamp) -> Entry:
    """The journal entry of an effect that happened at `stamp`."""
    if isinstance(effect, Track):
        return _entry("track", "fix", "unit", fix_data(effect.fix, effect.unfit), stamp)
    data = effect.data | {"severity": effect.severity}
    return _entry(effect.stream, effect.type, effect.subject, data, stamp)


def reply(sink: str, name: str, data: dict[str, Any], stamp: Stamp) -> Entry:
    """What is said of the command `name` (its id) to the sink that asked; raises ValueError for no JSON."""
    try:
        return _entry("life", f"command.{data['state']}", f"command/{sink}/{name}", data, stamp, sink)
    except rfc8785.CanonicalizationError as e:
        raise ValueError(f"command {name}: cannot be told ({e})") from e


def settled_in(stage: str, data: dict[str, Any], stamp: Stamp) -> Entry:
    """What became of a platform's settings: probation, applied or rolled_back."""
    return _entry("life", f"settings.{stage}", "unit", data, stamp)


def _entry(
    stream: str, kind: str, subject: str, data: dict[str, Any], stamp: Stamp, audience: str | None = None
) -> Entry:
    return Entry(
        stream=stream,
        type=kind,
        subject=subject,
        payload=rfc8785.dumps(data),
        mono_ns=stamp.mono_ns,
        utc_ns=stamp.utc_ns,
        clock=stamp.origin,
        audience=audience,
    )


def fix_payload(track: Track) -> bytes:
    """A fix as canonical JSON."""
    return rfc8785.dumps(fix_data(track.fix, track.unfit))


def fix_data(fix: Fix, unfit: tuple[str, ...] = ()) -> dict[str, Any]:
    """A fix as it stands in the track stream; decimals: degrees 7, m 2, m/s 2, course 1, dilutions 2.

    `unfit` is there only when there are reasons, so that the track stays small.
    """
    data = {
        "utc": None if fix.utc is None else utc_text(fix.utc),
        "mode": fix.mode,
        "lat": _round(fix.lat, 7),
        "lon": _round(fix.lon, 7),
        "alt": _round(fix.alt, 2),
        "speed": _round(fix.speed, 2),
        "course": _round(fix.course, 1),
        "quality": fix.quality,
        "satellites": fix.satellites,
        "hdop": _round(fix.hdop, 2),
        "accuracy": _round(fix.accuracy, 1),
        "inferred": list(fix.inferred),
    }
    return data | {"unfit": list(unfit)} if unfit else data


def utc_text(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _round(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(value, decimals)
