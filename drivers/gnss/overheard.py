"""What a receiver says beside its fixes: the satellites in view, and lines of text. Pure.

Sentences are kept as they are and read only when somebody asks: forty satellites ten times a second are much
work for nobody.
"""

import re
from collections import deque
from functools import reduce
from operator import xor

from drivers.readings import Constellation, Signal

_WANTED = re.compile(
    rb"\$((?:[A-Z]{2}(?:GSV|TXT)|P[A-Z]{2})[\x20-\x23\x25-\x29\x2b-\x7e]{1,400})\*([0-9A-Fa-f]{2})"
)
_OF: dict[str, Constellation] = {
    "GP": "gps", "GL": "glonass", "GA": "galileo", "GB": "beidou", "BD": "beidou", "GQ": "qzss", "QZ": "qzss",
    "GI": "navic",
}  # fmt: skip
_KEPT = 64  # notices; GSV sentences
_ROUNDS = 3


class Overheard:
    """Feed it all bytes of one connection."""

    def __init__(self) -> None:
        self._rest = b""
        self._growing: dict[tuple[str, str], list[list[str]]] = {}
        self._sets: dict[tuple[str, str], list[list[str]]] = {}
        self._notices: deque[str] = deque(maxlen=_KEPT)
        self._sky: tuple[Signal, ...] | None = ()
        self._ages: dict[tuple[str, str], int] = {}
        self.lists = 0  # whole sets so far

    def feed(self, chunk: bytes) -> None:
        """Some more bytes."""
        text = self._rest + chunk
        end = 0
        for found in _WANTED.finditer(text):
            end = found.end()
            if reduce(xor, found[1]) == int(found[2], 16):
                self._take(found[1].decode("ascii"))
        self._rest = text[end:][-512:]

    def notices(self) -> list[str]:
        """The lines of text and proprietary sentences since the last call, the newest 64."""
        notices = list(self._notices)
        self._notices.clear()
        return notices

    def sky(self) -> tuple[Signal, ...]:
        """The satellites of the last whole set of each talker and signal; the same object until one comes."""
        if self._sky is None:
            self._sky = tuple(
                _signal(talker, band, *fields[i : i + 4])
                for (talker, band), sentences in sorted(self._sets.items())
                for fields in sentences
                for i in range(4, len(fields) - 3, 4)
                if fields[i].isdigit()
            )
        return self._sky

    def _take(self, sentence: str) -> None:
        fields = sentence.split(",")
        talker, kind = fields[0][:2], fields[0][2:]
        if kind != "GSV":
            self._notices.append(sentence)
        elif talker in _OF and len(fields) >= 4 and fields[1].isdigit() and fields[2].isdigit():
            self._take_sky(talker, fields)

    def _take_sky(self, talker: str, fields: list[str]) -> None:
        band = fields[-1] if len(fields) % 4 == 1 else ""
        key, number = (talker, band), int(fields[2])
        grown = self._growing.setdefault(key, [])
        if number != len(grown) + 1:
            grown.clear()
        if number == len(grown) + 1 <= _KEPT:
            grown.append(fields)
        if number == int(fields[1]) == len(grown):
            self._keep(key)

    def _keep(self, key: tuple[str, str]) -> None:
        """A whole set; one that was left out several times is of satellites that are out of view."""
        self.lists += 1
        self._sets[key], self._sky, self._ages[key] = self._growing.pop(key), None, self.lists
        for other in [k for k, age in self._ages.items() if self.lists - age > _ROUNDS * len(self._ages)]:
            del self._sets[other], self._ages[other]


def _signal(talker: str, band: str, number: str, *where: str) -> Signal:
    elevation, azimuth, cn0 = (int(text) if text.isdigit() else None for text in where)
    return Signal(_constellation(talker, int(number)), int(number), elevation, azimuth, cn0, band)


def _constellation(talker: str, number: int) -> Constellation:
    """Some receivers send all under GP, with the number ranges of NMEA 0183 2.3 and of MediaTek."""
    if talker == "GP" and 33 <= number <= 64:
        return "sbas"
    if talker == "GP" and 65 <= number <= 96:
        return "glonass"
    return "qzss" if talker == "GP" and 193 <= number <= 202 else _OF[talker]
