"""What a receiver's settings are, seen from what it sends: rate, sentences, constellations. Pure."""

from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from drivers.gnss.dialogue.frames import Message
from drivers.gnss_profile import SENTENCES

_TIME_FIELD = {"RMC": 1, "GGA": 1, "GNS": 1, "ZDA": 1, "GST": 1, "GLL": 5}
_TALKERS = {"GP": "gps", "GL": "glonass", "GA": "galileo", "GB": "beidou", "BD": "beidou", "GQ": "qzss"}
_TALKERS |= {"QZ": "qzss", "GI": "navic"}
_SYSTEMS = {"1": "gps", "2": "glonass", "3": "galileo", "4": "beidou", "5": "qzss", "6": "navic"}
_GSA_WITH_SYSTEM = 19  # fields, from NMEA 4.1 on
_LINES_KEPT = 64
_KINDS = 64  # of sentences that are counted
_FEW = 2  # epochs tell nothing yet


class Observation:
    """Show it the messages of a while; times are CLOCK_BOOTTIME ns."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.sentences = 0
        self._epoch, self.epochs = "", 0
        self._seconds: list[float] = []
        self._seen_in: dict[str, list[int]] = {}
        self._arrivals: list[int] = []
        self._systems: set[str] = set()

    def see(self, message: Message, mono_ns: int) -> None:
        """One message."""
        text = message.body.decode("latin-1")
        fields = text.split(",")
        kind = fields[0][2:]
        if message.framing != "nmea" or len(fields[0]) != 5 or fields[0][0] == "P":
            self._note(text)
            return
        if kind == "TXT":
            self._note(text)
        self.sentences += 1
        self._date(kind, fields, mono_ns)
        self._count(kind.lower())
        self._systems |= set(_systems(fields))

    def settings(self) -> dict[str, int]:
        """Variables and their values, only those that what was seen tells."""
        if self.epochs <= _FEW:
            return {}
        found = {kind: self._every(kind) for kind in SENTENCES if kind != "txt"}
        return found | dict.fromkeys(self._systems, 1) | self._period()

    def _note(self, text: str) -> None:
        self.lines = [*self.lines[1 - _LINES_KEPT :], text]

    def _date(self, kind: str, fields: list[str], mono_ns: int) -> None:
        """A new time begins an epoch; without times each RMC (or whatever came first) does."""
        at = _TIME_FIELD.get(kind)
        time = fields[at] if at and len(fields) > at else ""
        if time and time != self._epoch:
            self._epoch, self.epochs = time, self.epochs + 1
            self._seconds.append(_seconds(time))
            self._arrivals.append(mono_ns)
        elif not time and not self._seconds and at and self._is_counted(kind.lower()):
            self.epochs += 1
            self._arrivals.append(mono_ns)

    def _count(self, kind: str) -> None:
        if not self._is_counted(kind) and len(self._seen_in) < _KINDS:
            self._seen_in.setdefault(kind, []).append(self.epochs)

    def _is_counted(self, kind: str) -> bool:
        """Whether this epoch had one already."""
        return self._seen_in.get(kind, [0])[-1] == self.epochs

    def _every(self, kind: str) -> int:
        """From one epoch with such a sentence to the next; 0: none came."""
        epochs = self._seen_in.get(kind, [])
        if len(epochs) == 1:
            return self.epochs
        return round(median(b - a for a, b in pairwise(epochs))) if epochs else 0

    def _period(self) -> dict[str, int]:
        """From the times told, else from those of arrival."""
        told = [b - a for a, b in pairwise(self._seconds) if b > a]
        if told:
            return {"period_ms": round(median(told) * 1000)}
        gaps = [(b - a) / 1e6 for a, b in pairwise(self._arrivals)]
        return {"period_ms": round(median(gaps) / 10) * 10} if gaps else {}


def _systems(fields: list[str]) -> Iterator[str]:
    talker, kind = fields[0][:2], fields[0][2:]
    named = talker in _TALKERS
    if named and ((kind == "GSV" and any(fields[4:8])) or (kind == "GSA" and any(fields[3:15]))):
        yield _TALKERS[talker]
    elif kind == "GSA" and len(fields) == _GSA_WITH_SYSTEM and fields[-1] in _SYSTEMS and any(fields[3:15]):
        yield _SYSTEMS[fields[-1]]


def _seconds(time: str) -> float:
    """Seconds of the day of `hhmmss.sss`; -1 when it is none."""
    try:
        return int(time[:2]) * 3600 + int(time[2:4]) * 60 + float(time[4:])
    except ValueError:
        return -1.0
