"""The sentences of a simulated receiver: NMEA 0183 2.1 to 4.11, in a module's order, with its talkers.

Field layout of 4.10: u-blox M9 SPG 4.04 interface description (UBX-21022436), section 2.7 "Standard
messages". What the versions differ in: mode letters since 2.3, navigational status, system id (GSA) and
signal id (GSV) since 4.10 (same document, 2.4 "NMEA protocol", and gpsd's "NMEA Revealed").
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import xor

import msgspec

from drivers.readings import Constellation
from drivers.sim.sky import Dilution
from drivers.sim.solution import Heard, Pose, Solution

__all__ = ["Output", "Pose", "Writer", "burst", "sentence"]
_KNOT = 1852 / 3600  # m/s
_UNKNOWN = Dilution(99.99, 99.99, 99.99, 99.99)
_GEOID_M = "8.6"  # of the area the simulated trucks work in
_SYSTEM: Mapping[Constellation, str] = {
    "gps": "1", "glonass": "2", "galileo": "3", "beidou": "4", "qzss": "5", "navic": "6",
}  # fmt: skip
# Signal ids of NMEA 4.11 of the first civil signal: L1 C/A, G1 C/A, E1, B1I, L1 C/A, L5 SPS.
_SIGNAL: Mapping[Constellation, str] = {**dict.fromkeys(_SYSTEM, "1"), "galileo": "7"}
_TALKER: Mapping[Constellation, str] = {"gps": "GP", "glonass": "GL", "galileo": "GA", "navic": "GI"}


class Output(msgspec.Struct, frozen=True):
    """How a module writes: NMEA version, order of an epoch's sentences, talkers, decimals.

    `combined` is the talker of what several constellations give together, "" for always GP; `qzss` "" puts
    it among the GPS satellites. `decimals` are those of the minutes of arc.
    """

    nmea: str = "4.10"
    order: tuple[str, ...] = ("RMC", "VTG", "GGA", "GSA", "GSV", "ZDA")
    beidou: str = "GB"
    qzss: str = "GQ"
    combined: str = "GN"
    decimals: int = 5
    time_decimals: int = 2

    @property
    def version(self) -> tuple[int, int]:
        """The NMEA version for comparison; 4.1 is 4.10."""
        major, _, minor = self.nmea.partition(".")
        return int(major), 10 if (major, minor) == ("4", "1") else int(minor or 0)


def sentence(*fields: str) -> bytes:
    """`$fields*checksum` with CR LF."""
    body = ",".join(fields)
    return f"${body}*{reduce(xor, body.encode(), 0):02X}\r\n".encode()


class Writer:
    """Writes the sentences of an epoch for the constellations that are on."""

    def __init__(
        self, output: Output, constellations: Sequence[Constellation], talker: str | None = None
    ) -> None:
        self._output = output
        self._systems = [c for c in _SYSTEM if c in constellations]
        self._offsets = _offsets(output)
        self._modal, self._signals = output.version >= (2, 3), output.version >= (4, 10)
        if talker or not output.combined:
            self._talker = talker or "GP"
        elif len(self._systems) == 1:
            self._talker = self._own_talker(self._systems[0])
        else:
            self._talker = output.combined

    def epoch(self, solution: Solution, kinds: Sequence[str]) -> list[bytes]:
        """The sentences of these kinds (RMC, GSV …), one after the other."""
        writers = {
            "RMC": self._rmc, "VTG": self._vtg, "GGA": self._gga, "GLL": self._gll, "GNS": self._gns,
            "GSA": self._gsa, "GSV": self._gsv, "ZDA": self._zda, "GST": self._gst, "GBS": self._gbs,
        }  # fmt: skip
        return [line for kind in kinds if kind in writers for line in writers[kind](solution)]

    def _own_talker(self, constellation: Constellation) -> str:
        if constellation == "beidou":
            return self._output.beidou
        if constellation == "qzss":
            return self._output.qzss or "GP"
        return _TALKER[constellation]

    def _line(self, kind: str, *fields: str) -> list[bytes]:
        return [sentence(self._talker + kind, *fields)]

    def _clock(self, utc: datetime | None) -> str:
        if utc is None:
            return ""
        digits = self._output.time_decimals
        fraction = f".{utc.microsecond // 10 ** (6 - digits):0{digits}d}" if digits else ""
        return f"{utc:%H%M%S}{fraction}"

    def _angle(self, value: float, digits: int, letters: str) -> tuple[str, str]:
        """Degrees and minutes, and the hemisphere."""
        decimals = self._output.decimals
        unit = 10**decimals
        whole, fraction = divmod(round(abs(value) * 60 * unit), 60 * unit)
        return f"{whole:0{digits}d}{fraction / unit:0{decimals + 3}.{decimals}f}", letters[value < 0]

    def _place(self, pose: Pose | None) -> tuple[str, str, str, str]:
        if not pose:
            return "", "", "", ""
        return (*self._angle(pose.lat, 2, "NS"), *self._angle(pose.lon, 3, "EW"))

    def _mode(self, pose: Pose | None, *status: str) -> list[str]:
        """The mode letter since 2.3, then the navigational status since 4.10."""
        return [*(["A" if pose else "N"] if self._modal else []), *(status if self._signals else ())]

    def _rmc(self, s: Solution) -> list[bytes]:
        pose, date = s.pose, f"{s.utc:%d%m%y}" if s.utc else ""
        motion = (f"{pose.speed / _KNOT:.3f}", f"{pose.course % 360:.2f}") if pose else ("", "")
        status, mode = "A" if pose else "V", self._mode(pose, "V")
        return self._line("RMC", self._clock(s.utc), status, *self._place(pose), *motion, date, "", "", *mode)

    def _vtg(self, s: Solution) -> list[bytes]:
        mode = self._mode(s.pose)
        if not s.pose:
            return self._line("VTG", "", "T", "", "M", "", "N", "", "K", *mode)
        knots, km_h = f"{s.pose.speed / _KNOT:.3f}", f"{s.pose.speed * 3.6:.3f}"
        return self._line("VTG", f"{s.pose.course % 360:.2f}", "T", "", "M", knots, "N", km_h, "K", *mode)

    def _gga(self, s: Solution) -> list[bytes]:
        hdop = f"{(s.dilution or _UNKNOWN).hdop:.2f}"
        if not s.pose:
            return self._line("GGA", self._clock(s.utc), "", "", "", "", "0", "00", hdop, *[""] * 6)
        heights = (f"{s.pose.alt:.1f}", "M", _GEOID_M, "M")
        return self._line(
            "GGA", self._clock(s.utc), *self._place(s.pose), "1", f"{s.used:02d}", hdop, *heights, "", ""
        )

    def _gll(self, s: Solution) -> list[bytes]:
        status = "A" if s.pose else "V"
        return self._line("GLL", *self._place(s.pose), self._clock(s.utc), status, *self._mode(s.pose))

    def _gns(self, s: Solution) -> list[bytes]:
        using = {h.constellation for h in s.heard if h.used}
        shown = list(_SYSTEM)[: max(2, 1 + max((list(_SYSTEM).index(c) for c in self._systems), default=0))]
        modes = "".join("A" if s.pose and c in using else "N" for c in shown)
        heights = (f"{s.pose.alt:.1f}", _GEOID_M) if s.pose else ("", "")
        hdop = f"{(s.dilution or _UNKNOWN).hdop:.2f}"
        fields = (self._clock(s.utc), *self._place(s.pose), modes, f"{s.used:02d}", hdop, *heights, "", "")
        return self._line("GNS", *fields, *(["V"] if self._signals else []))

    def _zda(self, s: Solution) -> list[bytes]:
        if s.utc is None:
            return self._line("ZDA", "", "", "", "", "00", "00")
        return self._line("ZDA", self._clock(s.utc), f"{s.utc:%d}", f"{s.utc:%m}", f"{s.utc:%Y}", "00", "00")

    def _gst(self, s: Solution) -> list[bytes]:
        if not s.pose:
            return self._line("GST", self._clock(s.utc), *[""] * 7)
        error, axis = f"{s.error_m:.2f}", f"{0.8 * s.error_m:.2f}"
        up = f"{1.5 * s.error_m:.2f}"
        return self._line(
            "GST", self._clock(s.utc), f"{2 * s.error_m:.1f}", error, axis, "0.0", error, axis, up
        )

    def _gbs(self, s: Solution) -> list[bytes]:
        errors = (
            (f"{s.error_m:.1f}", f"{s.error_m:.1f}", f"{1.5 * s.error_m:.1f}") if s.pose else ("", "", "")
        )
        extra = ["", ""] if self._signals else []
        return self._line("GBS", self._clock(s.utc), *errors, "", "", "", "", *extra)

    def _gsa(self, s: Solution) -> list[bytes]:
        fix = {"none": "1", "2d": "2", "3d": "3"}[s.mode]
        d = s.dilution or _UNKNOWN
        tail = (f"{d.pdop:.2f}", f"{d.hdop:.2f}", f"{d.vdop:.2f}")
        lines = []
        for system in self._systems:
            used = [
                f"{h.number + self._offsets[h.constellation]:02d}"
                for h in s.heard
                if h.used and h.constellation == system
            ]
            if self._skips_gsa(system):
                continue
            if system == "gps" and not self._output.qzss:
                used += [
                    f"{h.number + self._offsets['qzss']:02d}"
                    for h in s.heard
                    if h.used and h.constellation == "qzss"
                ]
            talker = self._talker if self._output.combined else self._own_talker(system)
            slots = [*used, *[""] * 12][:12]
            last = [_SYSTEM[system]] if self._signals else []
            lines.append(sentence(talker + "GSA", "A", fix, *slots, *tail, *last))
        return lines

    def _skips_gsa(self, system: Constellation) -> bool:
        """QZSS has none of its own where it counts as GPS."""
        return system == "qzss" and not self._output.qzss and "gps" in self._systems

    def _gsv(self, s: Solution) -> list[bytes]:
        views: dict[tuple[str, str], list[Heard]] = {
            (self._own_talker(c), _SIGNAL[c]): [] for c in self._systems if not self._skips_gsa(c)
        }
        for h in s.heard:
            key = (
                ("GP", "1")
                if h.constellation == "sbas"
                else (self._own_talker(h.constellation), _SIGNAL[h.constellation])
            )
            views.setdefault(key, []).append(h)
        return [
            line for (talker, signal), heard in views.items() for line in self._view(talker, signal, heard)
        ]

    def _view(self, talker: str, signal: str, heard: Sequence[Heard]) -> list[bytes]:
        last = [signal] if self._signals else []
        if not heard:
            return [sentence(talker + "GSV", "1", "1", "00", *last)]
        groups = [heard[i : i + 4] for i in range(0, len(heard), 4)]
        total, count = str(len(groups)), f"{len(heard):02d}"
        return [
            sentence(talker + "GSV", total, str(i), count, *[f for h in group for f in self._seen(h)], *last)
            for i, group in enumerate(groups, 1)
        ]

    def _seen(self, h: Heard) -> tuple[str, str, str, str]:
        elevation = "" if h.elevation is None else f"{h.elevation:02d}"
        azimuth = "" if h.azimuth is None else f"{h.azimuth:03d}"
        return (
            f"{h.number + self._offsets[h.constellation]:02d}",
            elevation,
            azimuth,
            "" if h.cn0 is None else f"{h.cn0:02d}",
        )


def _offsets(output: Output) -> Mapping[Constellation, int]:
    """What is added to a satellite's own number (u-blox M9, appendix B "Satellite numbering").

    Before 4.10 the others are told from GPS by their range: u-blox 301 and 401, MediaTek's BD 201.
    """
    own = output.version >= (4, 10)
    return {
        "gps": 0, "glonass": 64, "sbas": -87, "navic": 0, "galileo": 0 if own else 300,
        "beidou": 0 if own else 200 if output.beidou == "BD" else 400,
        "qzss": 0 if output.version >= (4, 11) and output.qzss else 192,
    }  # fmt: skip


_SKY = ((2, 62, 74, 45), (5, 41, 201, 42), (12, 33, 288, 40), (15, 25, 47, 38), (21, 58, 130, 44),
        (25, 17, 322, 35), (29, 71, 15, 46), (31, 9, 96, 30))  # fmt: skip


def burst(utc: datetime, pose: Pose | None) -> bytes:
    """All sentences of one epoch of a GPS receiver with a sky that stands still.

    Without a pose the receiver has time but no fix.
    """
    heard = tuple(Heard("gps", *row, used=True) for row in _SKY) if pose else ()
    known = Dilution(1.60, 0.92, 1.31, 0.9) if pose else None
    writer = Writer(Output(), ["gps"], "GN")
    solution = Solution(utc, pose, "3d" if pose else "none", heard, known)
    return b"".join(writer.epoch(solution, Output().order))
