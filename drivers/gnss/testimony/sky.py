"""What the signals say: how strong they are, falling together, gone at once, too alike, never changing."""

from collections import deque
from collections.abc import Iterable, Mapping
from statistics import fmean, pstdev
from typing import NamedTuple

from drivers.gnss.testimony.limits import Thresholds, seconds
from drivers.readings import Constellation, Signal, Strength

Satellite = tuple[Constellation, int]
_STALE_NS = 15_000_000_000  # receivers that list satellites every few seconds exist; older lists are none
_REFERENCE_S = 20.0  # how much of the past is the measure of a fall
_BEST = 4
_FAINT_DBHZ = 20  # what a cable without an antenna brings in at most; too weak for a fix
_AUDIBLE_DBHZ = 25  # any receiver still tracks that
_FEW = 3  # satellites with which a comparison is still one
_STRONG = 6  # satellites before a loss that make it worth a question


class Sky(NamedTuple):
    """C/N0 in dB-Hz of each tracked satellite, the best of its bands."""

    mono_ns: int
    cn0: dict[Satellite, int]


class Loss(NamedTuple):
    """All signals but one or two gone, since when; `together`: after falling alike by so many dB.

    `satellites` and `best` (mean of the best four, dB-Hz) are of before; `standing`: so did the truck.
    """

    since: int
    together: float | None
    satellites: int
    best: float
    standing: bool


class SkyWitness:
    """Takes each list of satellites once; bounded by a minute of them."""

    def __init__(self, limits: Thresholds) -> None:
        self._limits = limits
        self._skies: deque[Sky] = deque(maxlen=90)
        self._blank_since: int | None = None
        self._same_since: int | None = None
        self._before: dict[Satellite, float] | None = None  # the measure of a fall under way
        self.loss: Loss | None = None

    def take(self, signals: Iterable[Signal], now: int, *, standing: bool | None) -> None:
        """A new list of the satellites in view; `standing`: whether the truck stood just before."""
        sky = Sky(now, _tracked(signals))
        last = self._skies[-1] if self._skies else None
        if last is None or sky.cn0 != last.cn0:
            self._same_since = now
        if max(sky.cn0.values(), default=0) >= _FAINT_DBHZ:
            self._blank_since = None
        elif self._blank_since is None:
            self._blank_since = now
        if len(sky.cn0) >= _FEW:
            self.loss = None
        elif last is not None and len(last.cn0) >= _FEW:
            self.loss = self._lost(now, standing=bool(standing))
        self._skies.append(sky)

    def now(self, now: int) -> Sky | None:
        """The newest sky that is not stale."""
        sky = self._skies[-1] if self._skies else None
        return None if sky is None or now - sky.mono_ns > _STALE_NS else sky

    def strength(self, now: int) -> dict[Constellation, Strength]:
        """Of each constellation with tracked satellites; empty when no list came lately."""
        values: dict[Constellation, list[int]] = {}
        sky = self.now(now)
        for (constellation, _), cn0 in sky.cn0.items() if sky else ():
            values.setdefault(constellation, []).append(cn0)
        return {
            name: Strength(len(cn0s), round(fmean(cn0s), 1), float(max(cn0s)))
            for name, cn0s in sorted(values.items())
        }

    def blank_s(self, now: int) -> float:
        """For how long lists have come without a single signal worth the name, s."""
        blank = self._blank_since is not None and self.now(now) is not None
        return (now - (self._blank_since or 0)) / 1e9 if blank else 0.0

    def fallen(self, now: int) -> str | None:
        """All constellations' C/N0 fell together and have not recovered; nothing to compare is None."""
        sky = self.now(now)
        if sky is None or not sky.cn0:
            return None
        reference = self._before if self._before is not None else self._reference(now)
        drops = _drops(reference, sky.cn0)
        if self._before is None:
            if not self._together(reference, drops) or not self._just_now(sky):
                return None
            self._before = reference
        elif len(drops) < _FEW or fmean(drops.values()) < self._limits.jam_drop_db / 2:
            self._before = None
            return None
        now_mean = fmean(sky.cn0.values())
        return (
            f"C/N0 of {len(drops)} satellites fell together by {fmean(drops.values()):.0f} dB "
            f"to {now_mean:.0f} dB-Hz ({_names(drops)})"
        )

    def alike(self, now: int) -> str | None:
        """Many satellites of one and the same C/N0."""
        sky = self.now(now)
        if sky is None or len(sky.cn0) < self._limits.same_cn0_satellites:
            return None
        spread = pstdev(sky.cn0.values())
        if spread > self._limits.same_cn0_db:
            return None
        mean = fmean(sky.cn0.values())
        return f"C/N0 of {len(sky.cn0)} satellites alike: {mean:.0f} dB-Hz +-{spread:.1f}"

    def unchanged_s(self, now: int) -> float:
        """For how long every C/N0 has been the same while lists come, s; 0 with too few satellites."""
        sky = self.now(now)
        if sky is None or len(sky.cn0) < self._limits.frozen_satellites or self._same_since is None:
            return 0.0
        return (sky.mono_ns - self._same_since) / 1e9

    def _reference(self, now: int) -> dict[Satellite, float]:
        """The mean C/N0 of each satellite in the time before the last `jam_within_s`."""
        end = now - seconds(self._limits.jam_within_s)
        begin = end - seconds(_REFERENCE_S)
        skies = [s for s in self._skies if begin <= s.mono_ns <= end and s.cn0]
        values: dict[Satellite, list[int]] = {}
        for satellite, cn0 in (pair for sky in skies for pair in sky.cn0.items()):
            values.setdefault(satellite, []).append(cn0)
        return {satellite: fmean(cn0s) for satellite, cn0s in values.items() if 2 * len(cn0s) > len(skies)}

    def _just_now(self, sky: Sky) -> bool:
        """Whether the fall is younger than `jam_within_s`: the list of that time does not show it yet."""
        end = sky.mono_ns - seconds(self._limits.jam_within_s)
        then = next((s for s in reversed(self._skies) if s.mono_ns <= end), None)
        drops = _drops(then.cn0, sky.cn0).values() if then else ()
        return bool(drops) and fmean(drops) >= self._limits.jam_drop_db / 2

    def _together(self, reference: dict[Satellite, float], drops: dict[Satellite, float]) -> bool:
        """Whether these falls are one fall: of every constellation, of most satellites, and alike."""
        limits = self._limits
        known = {c for c, _ in reference}
        enough = limits.jam_satellites if len(known) > 1 else limits.same_cn0_satellites
        if len(drops) < max(enough, len(reference) / 2) or fmean(drops.values()) < limits.jam_drop_db:
            return False
        if self._hidden(reference, drops) > limits.jam_hidden_share * len(reference):
            return False
        by = [[d for (name, _), d in drops.items() if name == c] for c in {c for c, _ in drops}]
        if len(by) < min(2, len(known)) or min(fmean(falls) for falls in by) < limits.jam_drop_db:
            return False
        spread = fmean((d - fmean(falls)) ** 2 for falls in by for d in falls) ** 0.5
        return bool(spread <= limits.jam_spread_share * fmean(drops.values()))

    def _hidden(self, reference: dict[Satellite, float], drops: dict[Satellite, float]) -> int:
        """How many are gone that the fall would have left audible: a wall is before them."""
        fall = fmean(drops.values())
        return sum(cn0 - fall >= _AUDIBLE_DBHZ for s, cn0 in reference.items() if s not in drops)

    def _lost(self, now: int, *, standing: bool) -> Loss | None:
        """How the signals went; None when they had been weak or few, or faded one by one."""
        strong = next((s for s in reversed(self._skies) if self._is_strong(s)), None)
        if strong is None or now - strong.mono_ns > seconds(self._limits.jam_within_s):
            return None
        best = fmean(sorted(strong.cn0.values())[-_BEST:])
        together = self._fell_alike(strong)
        if together is None and now - strong.mono_ns > seconds(self._limits.switch_within_s):
            return None
        return Loss(now, together, len(strong.cn0), best, standing)

    def _fell_alike(self, strong: Sky) -> float | None:
        """By how many dB the signals had fallen, all alike, in the lists after the last strong one."""
        reference = {satellite: float(cn0) for satellite, cn0 in strong.cn0.items()}
        falls = [
            fmean(drops.values())
            for drops in (_drops(reference, s.cn0) for s in self._skies if s.mono_ns > strong.mono_ns)
            if self._together(reference, drops)
        ]
        return max(falls, default=None)

    def _is_strong(self, sky: Sky) -> bool:
        best = sorted(sky.cn0.values())[-_BEST:]
        return len(sky.cn0) >= _STRONG and fmean(best) >= self._limits.switch_cn0_dbhz


def _tracked(signals: Iterable[Signal]) -> dict[Satellite, int]:
    best: dict[Satellite, int] = {}
    for s in signals:
        if s.cn0:
            key = (s.constellation, s.number)
            best[key] = max(s.cn0, best.get(key, 0))
    return best


def _drops(before: Mapping[Satellite, float], now: dict[Satellite, int]) -> dict[Satellite, float]:
    return {satellite: before[satellite] - now[satellite] for satellite in before.keys() & now.keys()}


def _names(satellites: Iterable[Satellite]) -> str:
    return ", ".join(sorted({constellation for constellation, _ in satellites}))
