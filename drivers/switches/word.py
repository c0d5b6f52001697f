"""From samples of a switch's contacts to its word. Pure; times are CLOCK_BOOTTIME ns."""

from drivers.readings import SwitchRole, SwitchState
from drivers.switches.sample import Sample
from drivers.switches.spec import SwitchSpec

_SECOND = 1_000_000_000
_CONFLICT_NS = _SECOND  # two contacts of one switch do not change in the same moment
PEERS: tuple[SwitchRole, ...] = ("lift", "cover", "load")
"""Switches that move when a truck works; they are held against each other."""


class Word:
    """Debounces a switch, holds its contacts against each other, and itself against its peers."""

    def __init__(self, spec: SwitchSpec) -> None:
        self._spec = spec
        self._pair = _Pair()
        self._settling = _Settling(round(spec.debounce_s * _SECOND))
        self._rest = _Rest(spec)

    @property
    def role(self) -> SwitchRole:
        """Whose word it is."""
        return self._spec.role

    @property
    def moves(self) -> int:
        """How often it has changed."""
        return self._rest.moves

    def take(
        self, now: int, samples: tuple[Sample, ...], peers_moved: int, *, settled: bool = False
    ) -> SwitchState | None:
        """Hear its contacts and say what holds; None before anything does.

        `peers_moved`: how often its peers have changed, all together; `settled`: it is debounced already.
        """
        sample = self._settling.take(now, self._pair.take(now, samples), settled=settled)
        if sample is None:
            return None
        stuck = None if sample.on is None else self._rest.take(now, peers_moved, on=sample.on)
        if stuck is not None:
            return SwitchState(now, self.role, None, "stuck", stuck)
        return SwitchState(now, self.role, sample.on, sample.fault, sample.why)


class _Pair:
    """One or two contacts as one; two that differ for long contradict each other."""

    def __init__(self) -> None:
        self._apart: int | None = None
        self._agreed = Sample(None, "conflict", "its two contacts contradict each other")

    def take(self, now: int, samples: tuple[Sample, ...]) -> Sample:
        faulty = next((s for s in samples if s.on is None), None)
        if faulty is not None:
            return faulty
        if len({s.on for s in samples}) == 1:
            self._apart, self._agreed = None, samples[0]
            return samples[0]
        self._apart = now if self._apart is None else self._apart
        if now - self._apart < _CONFLICT_NS:
            return self._agreed
        return Sample(None, "conflict", "its two contacts contradict each other")


class _Settling:
    """What was the same for long enough holds."""

    def __init__(self, debounce_ns: int) -> None:
        self._debounce_ns = debounce_ns
        self._held: Sample | None = None
        self._newest: Sample | None = None
        self._since = 0

    def take(self, now: int, sample: Sample, *, settled: bool) -> Sample | None:
        if self._newest is None or (sample.on, sample.fault) != (self._newest.on, self._newest.fault):
            self._since = now
        self._newest = sample
        if settled or now - self._since >= self._debounce_ns:
            self._held = sample
        return self._held


class _Rest:
    """For how long a switch has not changed, while its peers did."""

    def __init__(self, spec: SwitchSpec) -> None:
        self._spec = spec
        self._on: bool | None = None
        self._since = self._peers = 0
        self.moves = 0

    def take(self, now: int, peers_moved: int, *, on: bool) -> str | None:
        """Why it is stuck, if it is."""
        if on is not self._on:
            self.moves += self._on is not None
            self._on, self._since, self._peers = on, now, peers_moved
        seconds, moved = (now - self._since) / _SECOND, peers_moved - self._peers
        limit = self._spec.stuck_s
        if limit is None or seconds < limit or moved < self._spec.stuck_moves:
            return None
        return f"unchanged for {seconds / 3600:.1f} h, while others changed {moved} times"
