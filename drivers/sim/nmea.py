"""The sentences of a simulated receiver: NMEA 0183 4.10 as a u-blox M9 writes them, in its order.

Field layout: u-blox M9 SPG 4.04 interface description (UBX-21022436), section 2.7 "Standard messages".
"""

from datetime import datetime
from functools import reduce
from operator import xor

import msgspec

_KNOT = 1852 / 3600  # m/s
_SKY = ((2, 62, 74, 45), (5, 41, 201, 42), (12, 33, 288, 40), (15, 25, 47, 38), (21, 58, 130, 44),
        (25, 17, 322, 35), (29, 71, 15, 46), (31, 9, 96, 30))  # fmt: skip


class Pose(msgspec.Struct, frozen=True):
    """Where the truck is: degrees WGS-84, metres above mean sea level, m/s, degrees true."""

    lat: float
    lon: float
    alt: float = 0.0
    speed: float = 0.0
    course: float = 0.0


def sentence(*fields: str) -> bytes:
    """`$fields*checksum` with CR LF."""
    body = ",".join(fields)
    return f"${body}*{reduce(xor, body.encode(), 0):02X}\r\n".encode()


def burst(utc: datetime, pose: Pose | None) -> bytes:
    """All sentences of one epoch; without a pose the receiver has time but no fix."""
    sky = _gsv(visible=pose is not None)
    return b"".join([_rmc(utc, pose), _vtg(pose), _gga(utc, pose), _gsa(pose), *sky, _zda(utc)])


def _clock(utc: datetime) -> str:
    return f"{utc:%H%M%S}.{utc.microsecond // 10_000:02d}"


def _angle(value: float, digits: int, letters: str) -> tuple[str, str]:
    """Degrees and minutes with five decimals (2 cm), and the hemisphere."""
    whole, fraction = divmod(round(abs(value) * 6_000_000), 6_000_000)
    return f"{whole:0{digits}d}{fraction / 100_000:08.5f}", letters[value < 0]


def _place(pose: Pose | None) -> tuple[str, str, str, str]:
    return (*_angle(pose.lat, 2, "NS"), *_angle(pose.lon, 3, "EW")) if pose else ("", "", "", "")


def _rmc(utc: datetime, pose: Pose | None) -> bytes:
    motion = (f"{pose.speed / _KNOT:.3f}", f"{pose.course % 360:.2f}") if pose else ("", "")
    status, mode = ("A", "A") if pose else ("V", "N")
    date = f"{utc:%d%m%y}"
    return sentence("GNRMC", _clock(utc), status, *_place(pose), *motion, date, "", "", mode, "V")


def _vtg(pose: Pose | None) -> bytes:
    if not pose:
        return sentence("GNVTG", "", "T", "", "M", "", "N", "", "K", "N")
    knots, km_h = f"{pose.speed / _KNOT:.3f}", f"{pose.speed * 3.6:.3f}"
    return sentence("GNVTG", f"{pose.course % 360:.2f}", "T", "", "M", knots, "N", km_h, "K", "A")


def _gga(utc: datetime, pose: Pose | None) -> bytes:
    if not pose:
        return sentence("GNGGA", _clock(utc), "", "", "", "", "0", "00", "99.99", "", "", "", "", "", "")
    heights = (f"{pose.alt:.1f}", "M", "8.6", "M")
    return sentence("GNGGA", _clock(utc), *_place(pose), "1", f"{len(_SKY):02d}", "0.92", *heights, "", "")


def _zda(utc: datetime) -> bytes:
    return sentence("GNZDA", _clock(utc), f"{utc:%d}", f"{utc:%m}", f"{utc:%Y}", "00", "00")


def _gsa(pose: Pose | None) -> bytes:
    used = [f"{number:02d}" for number, *_ in _SKY] if pose else []
    dilution = ("1.60", "0.92", "1.31") if pose else ("99.99", "99.99", "99.99")
    return sentence("GNGSA", "A", "3" if pose else "1", *used, *[""] * (12 - len(used)), *dilution, "1")


def _gsv(*, visible: bool) -> list[bytes]:
    if not visible:
        return [sentence("GPGSV", "1", "1", "00", "1")]
    groups = [_SKY[i : i + 4] for i in range(0, len(_SKY), 4)]
    return [
        sentence(
            "GPGSV", str(len(groups)), str(i + 1), f"{len(_SKY):02d}",
            *[f"{v:02d}" if k != 2 else f"{v:03d}" for satellite in group for k, v in enumerate(satellite)],
            "1",
        )
        for i, group in enumerate(groups)
    ]  # fmt: skip
