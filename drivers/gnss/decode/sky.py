"""The satellites in view, out of GSV sentences. Pure.

Lines are kept as they came and read only when somebody asks: forty satellites ten times a second are much
work for nobody. Several sentences make a set; there is one per talker and, since NMEA 0183 4.10, per signal.
"""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from functools import lru_cache

from drivers.gnss.decode.constellations import constellation
from drivers.gnss.decode.fields import whole
from drivers.readings import Constellation, Signal

_KEPT = 128  # lines not yet read, more than any receiver sends in a second at 10 Hz
_SENTENCES = 16  # of one set
_SETS = 64
_ROUNDS = 3  # after so many sets of the others, one that no longer comes is of satellites out of view


class View:
    """One GSV sentence: set `key` (talker, system, signal), `number` of `total`.

    A sentence that is damaged raises ValueError.
    """

    __slots__ = ("fields", "key", "number", "total")

    def __init__(self, line: bytes) -> None:
        self.fields = line.decode("ascii", "replace").split(",")
        size = len(self.fields)
        system = self.fields[-1].strip() if size % 4 == 2 else ""  # only of Quectel's own talker PQ
        signal = self.fields[-1 - (size % 4 == 2)].strip() if size % 4 in (1, 2) else ""
        self.key = (self.fields[0][1:3], system, signal)
        if size < 4 or size % 4 == 3:
            raise ValueError("GSV with a field too few or too many")
        self.total, self.number = int(self.fields[1]), int(self.fields[2])

    def signals(self) -> Iterable[Signal]:
        """The satellites of this sentence."""
        talker, system, band = self.key
        for i in range(4, len(self.fields) - 3, 4):
            number, *where = (field.strip() for field in self.fields[i : i + 4])
            if number.isdecimal():
                elevation, azimuth, cn0 = (int(text) if text.isdecimal() else None for text in where)
                yield Signal(
                    constellation(talker, system, number), int(number), elevation, azimuth, cn0, band
                )


class Sky:
    """Collects the sentences; `signals` are those of the last whole set of each talker and signal."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque(maxlen=_KEPT)
        self._growing: dict[tuple[str, str, str], list[View]] = {}
        self._sets: dict[tuple[str, str, str], list[View]] = {}
        self._ages: dict[tuple[str, str, str], int] = {}
        self._read = 0
        self._signals: tuple[Signal, ...] | None = ()

    def hear(self, line: bytes) -> None:
        """One GSV line, without its checksum."""
        self._lines.append(line)

    def signals(self) -> tuple[Signal, ...]:
        """The satellites in view; the same object until a new set came."""
        while self._lines:
            self._take(self._lines.popleft())
        if self._signals is None:
            views = (view for key in sorted(self._sets) for view in self._sets[key])
            self._signals = tuple(signal for view in views for signal in view.signals())
        return self._signals

    def _take(self, line: bytes) -> None:
        try:
            view = View(line)
        except ValueError:
            return
        grown = self._growing.setdefault(view.key, [])
        if view.number != len(grown) + 1:
            grown.clear()
        if view.number == len(grown) + 1 <= _SENTENCES:
            grown.append(view)
        if view.number == view.total == len(grown):
            self._keep(view.key)
        while len(self._growing) > _SETS:
            del self._growing[next(iter(self._growing))]

    def _keep(self, key: tuple[str, str, str]) -> None:
        self._read += 1
        self._sets[key], self._ages[key], self._signals = self._growing.pop(key), self._read, None
        oldest = self._read - _ROUNDS * len(self._ages)
        for gone in [k for k, age in self._ages.items() if age < oldest or self._read - age >= _SETS]:
            del self._sets[gone], self._ages[gone]


def in_view_by(lines: Sequence[bytes]) -> dict[Constellation, int]:
    """Satellites in view by constellation, each counted once however many signals it is seen on.

    Where a receiver spreads its list over several epochs, the number it states is taken.
    """
    if not lines:
        return {}
    heads = []
    for line in lines:
        fields = line.split(b",")
        if len(fields) > 3:
            system = fields[-1] if len(fields) % 4 == 2 else b""
            heads.append((fields[0], system, fields[3], tuple(fields[4 : len(fields) - 3 : 4])))
    return _in_view_by(tuple(heads))


@lru_cache(maxsize=64)  # which satellites these are changes every few minutes
def _in_view_by(heads: tuple[tuple[bytes, bytes, bytes, tuple[bytes, ...]], ...]) -> dict[Constellation, int]:
    listed: dict[tuple[str, str], set[str]] = {}
    stated: dict[tuple[str, str], int] = {}
    for address, system, count, numbers in heads:
        key = (address[1:3].decode("ascii", "replace"), system.decode("ascii", "replace"))
        listed.setdefault(key, set()).update(n.decode("ascii", "replace").strip() for n in numbers)
        stated[key] = max(whole(count.decode("ascii", "replace").strip()) or 0, stated.get(key, 0))
    total: Counter[Constellation] = Counter()
    for (talker, own), satellites in listed.items():
        satellites.discard("")
        if len(satellites) < stated[talker, own]:
            total[constellation(talker, own, "")] += stated[talker, own]
        else:
            total.update(constellation(talker, own, number) for number in satellites)
    return dict(total)
