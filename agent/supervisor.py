"""Workers as data: what to build, how patient to be, how to start it again.

A worker blocks in `run(stop, beat)` until `stop` is set; it beats at least once a second while it is well.
One that fails is rebuilt after a back-off; one that is silent past its deadline is abandoned and replaced,
unless it is vital: then the watchdog is withheld and the service manager decides.
"""

import logging
import random
import threading
from collections.abc import Callable, Iterable
from typing import Literal, Protocol

import msgspec

from agent.model import WorkerState
from drivers.clock import Clock

log = logging.getLogger(__name__)
SECOND = 1_000_000_000
Condition = Literal["running", "waiting", "gave_up", "stopped"]


class Worker(Protocol):
    """Anything that blocks until told to stop."""

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until `stop` is set; raise on failure."""
        ...


class Policy(msgspec.Struct, frozen=True):
    """Back-off doubles from `first_s` to `cap_s`; after `burst` failures in `window_s` one try a minute."""

    first_s: float = 1.0
    cap_s: float = 60.0
    burst: int = 5
    window_s: float = 60.0
    gave_up_s: float = 60.0

    def delay_s(self, failures: int, jitter: float) -> float:
        """The wait after the `failures`-th failure in the window; `jitter` in 0..1 adds up to 20 %."""
        if failures > self.burst:
            return self.gave_up_s
        return float(min(self.cap_s, self.first_s * 2 ** (failures - 1))) * (1 + 0.2 * jitter)


class Spec(msgspec.Struct, frozen=True):
    """One worker: `build` is called anew for each run; silent for `deadline_s` it counts as stuck."""

    name: str
    build: Callable[[], Worker]
    deadline_s: float
    vital: bool = False
    policy: Policy = Policy()


class WorkerStatus(msgspec.Struct, frozen=True):
    """A worker as the status shows it; `silent_s` since its last beat."""

    name: str
    condition: Condition
    restarts: int
    abandoned: int
    silent_s: float
    reason: str | None


class _Run:
    """One life of a worker in its own thread."""

    def __init__(self, spec: Spec, clock: Clock) -> None:
        self.stop = threading.Event()
        self.failure: str | None = None
        self.beaten = clock.mono_ns()
        self._spec, self._clock = spec, clock
        self.thread = threading.Thread(target=self._work, name=spec.name, daemon=True)
        self.thread.start()

    def _beat(self) -> None:
        self.beaten = self._clock.mono_ns()

    def _work(self) -> None:
        try:
            self._spec.build().run(self.stop, self._beat)
            self.failure = None if self.stop.is_set() else "ended without being asked"
        except Exception as e:
            self.failure = str(e) or type(e).__name__
            level = logging.DEBUG if hasattr(e, "remedy") else logging.ERROR
            log.log(level, "worker %s failed", self._spec.name, exc_info=True)


class _Slot:
    """A worker's place: its present run or the time of the next one."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.run: _Run | None = None
        self.condition: Condition = "waiting"
        self.failures: list[int] = []
        self.restarts = 0
        self.abandoned = 0
        self.due = 0
        self.anew = False  # somebody asked for a new one
        self.reason: str | None = None


class Supervisor:
    """Starts, watches and stops workers; `watch` is called about twice a second by the main thread."""

    def __init__(self, specs: Iterable[Spec], clock: Clock, report: Callable[[WorkerState], None]) -> None:
        self._slots = {spec.name: _Slot(spec) for spec in specs}
        self._clock, self._report = clock, report
        self._random = random.Random()  # noqa: S311 - jitter, not secrecy

    def watch(self) -> None:
        """Start what is due, replace what failed or is stuck."""
        now = self._clock.mono_ns()
        for slot in self._slots.values():
            if slot.condition == "stopped":
                continue
            if slot.run is None:
                if now >= slot.due or slot.anew:
                    self._start(slot)
            elif slot.anew and not slot.run.thread.is_alive():
                self._start(slot)
            elif not slot.run.thread.is_alive():
                self._failed(slot, slot.run.failure or "ended", now)
            elif self._silent_s(slot, now) > slot.spec.deadline_s and not slot.spec.vital:
                slot.abandoned += 1
                slot.run.stop.set()
                self._failed(slot, f"silent for over {slot.spec.deadline_s:g} s, abandoned", now)

    def restart(self, names: Iterable[str]) -> None:
        """Have workers built anew once they have stopped, which is no failure; serves any thread."""
        for slot in [self._slots[name] for name in names if name in self._slots]:
            run, slot.anew = slot.run, True
            if run:
                run.stop.set()

    def vital_are_well(self) -> bool:
        """Whether the service manager's watchdog may be fed."""
        now = self._clock.mono_ns()
        return all(
            slot.run is not None and self._silent_s(slot, now) <= slot.spec.deadline_s
            for slot in self._slots.values()
            if slot.spec.vital and slot.condition != "stopped"
        )

    def stop(self, names: Iterable[str], within_s: float) -> list[str]:
        """Ask workers to stop and wait; returns the names of those that did not in time."""
        slots = [self._slots[name] for name in names if name in self._slots]
        for slot in slots:
            slot.condition = "stopped"
            if slot.run:
                slot.run.stop.set()
        end = self._clock.mono_ns() + within_s * SECOND
        for slot in slots:
            if slot.run:
                slot.run.thread.join(max(0.0, (end - self._clock.mono_ns()) / SECOND))
        late = [slot.spec.name for slot in slots if slot.run and slot.run.thread.is_alive()]
        for name in late:
            log.warning("worker %s did not stop within %g s", name, within_s)
        return late

    def status(self) -> list[WorkerStatus]:
        """Every worker's condition."""
        now = self._clock.mono_ns()
        return [
            WorkerStatus(
                slot.spec.name,
                slot.condition,
                slot.restarts,
                slot.abandoned,
                round(self._silent_s(slot, now), 1),
                slot.reason,
            )
            for slot in self._slots.values()
        ]

    def _start(self, slot: _Slot) -> None:
        again = slot.reason is not None
        slot.restarts += again
        slot.condition, slot.anew = "running", False
        slot.run = _Run(slot.spec, self._clock)
        if again:
            self._say(slot, "restarted")

    def _failed(self, slot: _Slot, reason: str, now: int) -> None:
        policy = slot.spec.policy
        slot.run, slot.reason = None, reason
        slot.failures = [t for t in slot.failures if now - t < policy.window_s * SECOND] + [now]
        count = len(slot.failures)
        slot.due = now + round(policy.delay_s(count, self._random.random()) * SECOND)
        slot.condition = "gave_up" if count > policy.burst else "waiting"
        log.warning("worker %s: %s; next try in %.1f s", slot.spec.name, reason, (slot.due - now) / SECOND)
        self._say(slot, "gave_up" if slot.condition == "gave_up" else "failed")

    def _say(self, slot: _Slot, state: str) -> None:
        self._report(WorkerState(self._clock.mono_ns(), slot.spec.name, state, slot.reason))

    def _silent_s(self, slot: _Slot, now: int) -> float:
        return (now - slot.run.beaten) / SECOND if slot.run else 0.0
