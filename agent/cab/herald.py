"""The worker that gives warnings in the cab, one after the other, and says what became of each."""

import logging
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec

from agent.cab.hooks import Act, CabSetup, acts
from agent.cab.tone import tone
from agent.model import Warn, WarningDelivered
from agent.model_unit import Hook
from agent.uplink.envelope import rfc3339
from drivers.clock import Clock

log = logging.getLogger(__name__)
SECOND = 1_000_000_000
_PACE_S = 0.1
_PAUSE_S = 0.5
_MOST = 16


class Heralded(msgspec.Struct, frozen=True):
    """Since the start: warnings given and dropped, hooks that failed, why the last one did."""

    given: int
    failed: int
    dropped: int
    reason: str | None


class Herald:
    """`order` serves any thread and never blocks. A hook that hangs or fails touches no other."""

    def __init__(self, setup: CabSetup, clock: Clock, put: Callable[[WarningDelivered], None]) -> None:
        self._setup, self._clock, self._put = setup, clock, put
        self._changed = threading.Condition()
        self._waiting: deque[Warn] = deque()
        self._given = self._failed = self._dropped = 0
        self._reason: str | None = None

    @property
    def status(self) -> Heralded:
        """What became of the warnings."""
        return Heralded(self._given, self._failed, self._dropped, self._reason)

    def order(self, warn: Warn) -> None:
        """Have it given soon; of too many that wait the oldest goes."""
        with self._changed:
            if len(self._waiting) >= _MOST:
                lost = self._waiting.popleft()
                self._dropped += 1
                log.warning("warning %s: dropped, %d wait", lost.subject, _MOST)
            self._waiting.append(warn)
            self._changed.notify()

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until `stop` is set."""
        with tempfile.TemporaryDirectory(prefix="haulwatch-") as folder:
            sound = Path(folder) / "warning.wav"
            sound.write_bytes(tone())
            while not stop.is_set():
                beat()
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting, _PAUSE_S)
                    warn = self._waiting.popleft() if self._waiting else None
                if warn is not None:
                    self._give(warn, sound, stop, beat)

    def _give(self, warn: Warn, sound: Path, stop: threading.Event, beat: Callable[[], None]) -> None:
        begun = self._clock.mono_ns()
        utc_ns = self._clock.stamp(begun).utc_ns
        at = None if utc_ns is None else rfc3339(utc_ns)
        running = acts(self._setup, warn, at, sound, self._clock.mono_ns)
        self._given += 1
        end = begun + round(self._setup.timeout_s * SECOND)
        try:
            while running and not stop.is_set():
                beat()
                late = self._clock.mono_ns() >= end
                for hook, act in list(running.items()):
                    if self._done(warn, hook, act, begun, late):
                        del running[hook]
                if running:
                    stop.wait(_PACE_S)
        finally:
            for act in running.values():
                act.end()

    def _done(self, warn: Warn, hook: Hook, act: Act, begun: int, late: bool) -> bool:  # noqa: FBT001
        """Whether a hook is done, one way or another; then it is said how."""
        reason = act.poll()
        if reason is None and not late:
            return False
        if reason is None:
            act.end()
            reason = f"not done within {self._setup.timeout_s:g} s, ended"
        now = self._clock.mono_ns()
        seconds = (now - begun) / SECOND
        if reason:
            log.warning("warning %s: %s: %s", warn.subject, hook, reason)
            self._failed, self._reason = self._failed + 1, reason
        self._put(WarningDelivered(now, warn.kind, warn.subject, hook, not reason, seconds, reason or None))
        return True
