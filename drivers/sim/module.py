"""A simulated GNSS module without its line: it follows a world in its own time, epoch by epoch.

Nothing here waits or asks a clock: the same world, settings and commands give the same bytes.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec

from drivers.readings import Constellation
from drivers.sim.character import (
    CONSTELLATIONS,
    GENERIC,
    Character,
    Ear,
    Reply,
    Settings,
    Truth,
    Variables,
    World,
)
from drivers.sim.damage import damaged
from drivers.sim.deceit import deceived, misdated, wandering
from drivers.sim.faults import Active, Fault, Schedule
from drivers.sim.nmea import Output, Writer
from drivers.sim.reception import TTFF_S, Reception, Start, Wander
from drivers.sim.solution import Pose, Solution

__all__ = ["GENERIC", "Character", "Module", "Settings", "Truth", "World"]
_ANTENNA = {"antenna_short": "short", "antenna_open": "open"}


class Module:
    """Call `epoch` when `due`, and `hear` for what the reader wrote; both give sentences and frames."""

    def __init__(
        self,
        world: World,
        settings: Settings | None = None,
        faults: Schedule | None = None,
        character: Character = GENERIC,
        told: Callable[[Truth], None] | None = None,
    ) -> None:
        self.faults = faults or Schedule()
        self.powered = False
        self._world, self._character, self._told = world, character, told
        self._settings = settings = settings or Settings()
        self._utc = settings.epoch or datetime.now(UTC).replace(microsecond=0)
        self._last_ms, self._count = -1, 0
        self._wander = Wander()
        self._solution: Solution | None = None
        self._antenna = "ok"
        self._kept = self._configured()
        self.state: Variables = dict(self._kept)
        self._reception = Reception(self._constellations(), settings.seed)
        self._start = settings.start
        self._ear: Ear | None = None
        self.started = False

    @property
    def output(self) -> Output:
        """How it writes."""
        return self._character.output

    @property
    def baud(self) -> int | None:
        """The speed of its line; None: it takes any."""
        any_speed = self._settings.usb or self.controlled
        return None if any_speed or "baud" not in self.state else int(self.state["baud"])

    @property
    def controlled(self) -> bool:
        """Whether it takes commands on a port of their own, as a modem's does."""
        return self._character.controlled

    @property
    def due(self) -> float:
        """When the next epoch is, s of the module's time."""
        period = self._period_ms()
        return (self._last_ms // period + 1) * period / 1000

    @property
    def period(self) -> float:
        """From one epoch to the next, s."""
        return self._period_ms() / 1000

    def epoch(self) -> list[bytes]:
        """The sentences of the next epoch, as the line gets them."""
        t = self.due
        self._last_ms = round(t * 1000)
        on = self.faults.active(t)
        true = self._world(t)
        if self._told:
            self._told(self._truth(t, true, on))
        if "unplug" in on:
            self.powered = False
            return []
        spoken = self._awake(t)
        if not self.started:
            return spoken
        chance = Random(f"{self._settings.seed}/{self._last_ms}")
        self._solution = self._solve(t, true, on, chance)
        lines = [*spoken, *self._writer.epoch(self._solution, self._kinds()), *self._antenna_lines(on)]
        self._count += 1
        return damaged(lines, on, chance)

    def hear(self, t: float, chunk: bytes) -> list[bytes]:
        """Take what the reader wrote at t; gives the answers."""
        if not self._ear or not self.powered or "stall" in self.faults.active(t):
            return []
        answers: list[bytes] = []
        for reply in self._ear.hear(chunk, self.state):
            self.state.update(reply.changes)
            answers += reply.answers
            if reply.changes or reply.effect:
                answers += self._obey(t, reply)
        return answers

    def _obey(self, t: float, reply: Reply) -> list[bytes]:
        """Let changed variables and effects take hold; gives what it says of itself then."""
        self._last_ms = max(self._last_ms, int(t * 1000))
        self._apply()
        effect = reply.effect
        if effect == "save":
            self._kept = dict(self.state)
        elif effect in ("start", "stop"):
            self.started = effect == "start"
        elif effect == "factory":
            return self._restart(Fault("baud", t))
        elif effect is not None:
            return self._restart(Fault("restart", t, None, {"start": effect}))
        return []

    def power_on(self, t: float) -> list[bytes]:
        """Plug in at t: the banner. The stored settings hold; the receiver's clock ran on."""
        self.powered = True
        self._boot()
        self._begin(self._start, self._settings.ttff_s)
        self._start = "hot" if self._settings.start != "running" else "running"
        self._last_ms = max(self._last_ms, math.ceil(t * 1000) - 1)
        return list(self._character.banner)

    def bursts(self, seconds: float) -> Iterator[tuple[float, bytes]]:
        """Time and bytes of each epoch before `seconds`, at once: for tests that need no line."""
        while self.due < seconds:
            t = self.due
            yield t, b"".join(self.epoch())

    def _boot(self) -> None:
        """Take up the stored settings."""
        self.state = dict(self._kept)
        self._ear = self._character.ear() if self._character.ear else None
        self.started = not self._character.waits

    def _configured(self) -> Variables:
        state = dict(self._character.state)
        if self._settings.rate_hz:
            state["period_ms"] = round(1000 / self._settings.rate_hz)
        if self._settings.baud:
            state["baud"] = self._settings.baud
        return state

    def _constellations(self) -> list[Constellation]:
        return [c for c in CONSTELLATIONS if self.state.get(c)]

    def _begin(self, start: Start, ttff_s: float | None = None) -> None:
        self._reception.restart(start, TTFF_S[start] if ttff_s is None else ttff_s)
        self._antenna, self._solution = "", None
        self._apply()

    def _apply(self) -> None:
        """Let the state's constellations take effect."""
        on = self._constellations()
        self._reception.listen(on)
        self._writer = Writer(self._character.output, on)

    def _period_ms(self) -> int:
        period = max(1, int(self.state["period_ms"]))
        slow = self.faults.active((self._last_ms + period) / 1000).get("slow")
        return max(period, round(1000 / slow.number("hz"))) if slow else period

    def _awake(self, t: float) -> list[bytes]:
        """What it says at power on and after a restart."""
        spoken = [] if self.powered else self.power_on(t)
        for fault in self.faults.due(t):
            spoken = self._restart(fault)
        return spoken

    def _restart(self, fault: Fault) -> list[bytes]:
        if fault.kind == "baud":
            self._kept = dict(self._character.state)
            self._boot()
        start: Any = fault.word("start")
        self._begin(start)
        return list(self._character.banner)

    def _kinds(self) -> list[str]:
        """The sentences of this epoch: those of the usual order, further ones before the last."""
        order = list(self._character.output.order)
        further = [
            k for k in ("GLL", "GNS", "ZDA", "GST", "GBS") if k not in order and self.state.get(k.lower())
        ]
        order[-1:-1] = further
        every = {kind: int(self.state.get(kind.lower(), 1)) for kind in order}
        return [kind for kind in order if every[kind] and self._count % every[kind] == 0]

    def _solve(self, t: float, true: Pose | None, on: Active, chance: Random) -> Solution:
        if "frozen" in on and self._solution:
            running = on["frozen"].word("time") == "running" and self._solution.utc
            return (
                msgspec.structs.replace(self._solution, utc=self._now(t, on)) if running else self._solution
            )
        utc = self._now(t, on)
        seen = self._reception.receive(t, self._utc + timedelta(seconds=t), true, on, chance)
        if true is None or seen.mode == "none":
            return Solution(utc if seen.timed else None, None, "none", seen.heard)
        pose, sigma = wandering(true, t, on, self._wander, chance)
        error = math.hypot(sigma, 1.5 * (seen.dilution.hdop if seen.dilution else 1.0))
        return Solution(utc, deceived(pose, t, on), seen.mode, seen.heard, seen.dilution, error)

    def _now(self, t: float, on: Active) -> datetime:
        early = timedelta(weeks=self._character.weeks)
        return misdated(self._utc + timedelta(milliseconds=round(t * 1000)) - early, on)

    def _antenna_lines(self, on: Active) -> Sequence[bytes]:
        """The antenna's state in the module's words: where it has changed, or as often as `txt` says."""
        state = next((word for kind, word in _ANTENNA.items() if kind in on), "ok")
        every = self.state.get("txt")
        told = state == self._antenna if every is None else not every or self._count % int(every)
        self._antenna = state
        return () if told else self._character.antenna.get(state, ())

    def _truth(self, t: float, pose: Pose | None, on: Active) -> Truth:
        utc = self._utc + timedelta(milliseconds=round(t * 1000))
        time = utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if pose is None:
            return Truth(time, None, None, None, None, None, sorted(on))
        return Truth(time, pose.lat, pose.lon, pose.alt, pose.speed, pose.course, sorted(on))
