"""What of a simulated unit outlives a power cut: the rule state as kept, and the newest position. Pure."""

from collections import deque
from collections.abc import Iterable

from agent.model import Effect, Emit, LastFix, Snapshot, Track
from agent.rules.state import State
from agent.scenarios.boot import SECOND, Boot

_SNAPSHOT_NS = 30 * SECOND
_COMMIT_NS = SECOND  # positions are written together so often, and the last second of them is lost


class Disk:
    """As the daemon's core keeps it: the state with each lasting record, and every half a minute."""

    def __init__(self) -> None:
        self.state = State()
        self._at = self._newest = 0
        self._fixes: deque[tuple[Boot, Track]] = deque(maxlen=10)

    def begin(self, now: int) -> None:
        """A boot begins."""
        self._at = now

    def keep(self, boot: Boot, now: int, state: State, effects: Iterable[Effect]) -> None:
        """Take what a step at `now` made."""
        known = list(effects)
        lasting = any(isinstance(effect, Emit | Snapshot) for effect in known)
        if lasting or now - self._at >= _SNAPSHOT_NS:
            self.state, self._at = state, now
        for effect in known:
            if isinstance(effect, Track):
                self._fixes.append((boot, effect))
        self._newest = now

    def last_fix(self) -> LastFix | None:
        """The newest position that was written before the power went."""
        until = self._newest - _COMMIT_NS
        written = [(boot, track) for boot, track in self._fixes if track.fix.mono_ns <= until]
        if not written:
            return None
        boot, track = written[-1]
        fix = track.fix
        return LastFix(
            boot=boot.name,
            mono_ns=fix.mono_ns,
            lat=fix.lat,
            lon=fix.lon,
            speed=fix.speed,
            hdop=fix.hdop,
            fit=fix.mode != "none" and not track.unfit,
            quiet_s=(until - fix.mono_ns) / SECOND,
        )
