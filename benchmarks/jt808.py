"""What the same shift takes with other protocols, by the field sizes that their documents state.

JT/T 808-2019: a frame is 0x7e, a header of 17 bytes (id 2, attributes 2, version 1, phone BCD 10, serial 2; 4
more in a sub-packet), the body, a checksum, 0x7e; 0x7d and 0x7e inside are escaped, 2 of 256 bytes. 0x0200 is
28 bytes (alarm 4, status 4, latitude 4, longitude 4, altitude 2, speed 2, direction 2, time BCD 6), with the
additional items 0x01 mileage (6), 0x30 signal (3), 0x31 satellites (3). 0x0704 is count 2, kind 1, and each
report with a length of 2. 0x0801 is 36 bytes (id 4, type, format, event, channel 1 each, location 28) and the
picture, cut into bodies of at most 1,023 bytes. The platform answers each frame with 0x8001, a body of 5, and
a picture with 0x8800, a body of 5. There is nothing for the unit's own health, and no encryption.

ThingsBoard's gateway: one JSON of one device, time and values to `v1/gateway/telemetry` with QoS 1.
"""

import json
import math
from collections.abc import Sequence

from agent.records import fix_data
from drivers.readings import Fix

SEGMENT, MSS, TLS, TLS_RECORD = 52, 1400, 22, 16_384
"""Bytes: of IPv4 and TCP with timestamps; in a segment; of a TLS 1.3 record beside its content; in it."""
_ESCAPED = 258 / 256
_LOCATION, _ITEMS = 28, 12


def on_air(payload: int, *, tls: bool) -> int:
    """Bytes of one message one way."""
    whole = payload + (TLS * math.ceil(payload / TLS_RECORD) if tls else 0)
    return whole + SEGMENT * math.ceil(whole / MSS)


def exchange(up: float, down: float, *, tls: bool) -> int:
    """A message, its answer, and the bare acknowledgement of the answer."""
    return on_air(math.ceil(up), tls=tls) + on_air(math.ceil(down), tls=tls) + SEGMENT


def _frame(body: int, *, part: bool = False) -> float:
    return 2 + (17 + 4 * part + body + 1) * _ESCAPED


def jt808_track(count: int, together: int, *, tls: bool) -> int:
    """`count` location reports, in batches of `together`."""
    report = _LOCATION + _ITEMS
    if together == 1:
        return count * exchange(_frame(report), _frame(5), tls=tls)
    fit = min(together, (1023 - 3) // (report + 2))
    parts, found = math.ceil(together / fit), 0
    whole = 3 + together * (report + 2)
    for part in range(parts):
        body = min(1023, whole - part * 1023)
        found += exchange(_frame(body, part=parts > 1), _frame(5), tls=tls)
    return found * math.ceil(count / together)


def jt808_pictures(sizes: Sequence[int], *, tls: bool) -> int:
    """0x0801 with its sub-packets; each is answered, and the whole by 0x8800."""
    found = 0
    for size in sizes:
        whole = 36 + size
        for start in range(0, whole, 1023):
            found += exchange(_frame(min(1023, whole - start), part=True), _frame(5), tls=tls)
        found += on_air(math.ceil(_frame(5)), tls=tls) + SEGMENT
    return found


def thingsboard_track(fixes: Sequence[Fix]) -> int:
    """One message per fix, without what is null and without our own words."""
    topic, found = len("v1/gateway/telemetry"), 0
    for n, fix in enumerate(fixes):
        data = fix_data(fix)
        names = ("lat", "lon", "alt", "speed", "course", "satellites", "hdop", "mode")
        values = {name: data[name] for name in names if data[name] is not None}
        body = len(json.dumps({"truck-1": [{"ts": 1_772_344_800_000 + 1000 * n, "values": values}]}))
        found += exchange(3 + 2 + topic + 2 + body, 4, tls=True)
    return found


def picture_chunks(sizes: Sequence[int], topic: int = 120, chunk: int = 65_536) -> int:
    """Our pictures: a manifest of 1,100 bytes, and chunks, each with its PUBACK; MQTT 5 over TLS."""
    found = 0
    for size in sizes:
        found += exchange(10 + topic + 1100, 6, tls=True)
        found += sum(
            exchange(10 + topic + min(chunk, size - start), 6, tls=True) for start in range(0, size, chunk)
        )
    return found
