"""One light truck: a simulated drive, the real rules, a real journal, a real uplink."""

import shutil
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from agent.config import Camera, Config, Gnss, Sink, Unit
from agent.model import (
    Emit,
    LinkState,
    LoadReading,
    Observation,
    Probabilities,
    Restarted,
    Skipped,
    Stopping,
    Tick,
    Track,
)
from agent.records import entry, fix_payload
from agent.rules.state import State
from agent.rules.step import step
from agent.rules.transitions import CLASSES
from agent.settings import rule_settings
from agent.uplink.sink import Uplink
from agent.uplink.status import UplinkStatus
from buffer.journal import Journal
from drivers.clock import Clock
from drivers.readings import Fix
from drivers.sim.truck import Leg, Trip

_JOURNAL_BYTES = 64_000_000
_SURE = 0.97
_CAMERA = "bed"
LEGS = (
    Leg("is loaded", 60, 0, "uncovered"),
    Leg("the cover is closed", 30, 0, "covered"),
    Leg("hauls covered", 240, 14, "covered"),
    Leg("the cover opens while hauling", 90, 14, "uncovered"),
    Leg("dumps its load", 60, 0, "empty"),
    Leg("drives back empty", 240, 16, "empty"),
)
Link = Callable[[str, LinkState], None]


class LightTruck:
    """`second` is called once a second by one thread; the uplink has its own.

    `linked` is told of each change of the link; `offset_s` is how far into its round the drive begins.
    """

    def __init__(
        self, folder: Path, unit: Unit, sink: Sink, clock: Clock, linked: Link, offset_s: float
    ) -> None:
        self.name = unit.vehicle
        self._clock, self._linked, self._offset_s = clock, linked, offset_s
        path = folder / f"{unit.vehicle}.db"
        shutil.copyfile(folder / "template.db", path)  # else each would start a process to make its tables
        self.journal = Journal.open(path, clock.boot, max_bytes=_JOURNAL_BYTES, min_free_bytes=0)
        config = Config(unit, Gnss("sim"), cameras=(Camera(_CAMERA, "body", source="sim"),), sinks=(sink,))
        self._settings = rule_settings(config, clock)
        self._trip = Trip(31.23 + offset_s / 1e4, 121.47, 75.0, LEGS)
        self._state, self._frames, self.fixes = State(), 0, 0
        self._come: deque[Observation] = deque()
        self._born = clock.mono_ns()
        self._uplink = Uplink(sink, unit, self.journal, clock, self._heard, self._skip)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"uplink {unit.vehicle}", daemon=True)
        self.failure: str | None = None

    def start(self) -> None:
        """The birth, and the uplink's thread."""
        now = self._clock.mono_ns()
        self._take(Restarted(now, "sim", first=True, new_boot=True, clean=True))
        self._take(msgspec.structs.replace(self._settings, mono_ns=now))
        self._thread.start()

    def second(self) -> None:
        """One more second of the drive: a fix, a look at the load, a tick; then it is on disk."""
        while self._come:
            self._take(self._come.popleft())
        now, stamp = self._clock.mono_ns(), self._clock.stamp()
        fix, reading = self._seen(now, stamp.utc_ns)
        self._take(fix)
        self._take(reading)
        self._take(Tick(now, stamp.utc_ns))
        self.journal.commit()
        self._uplink.live(fix_payload(Track(fix)))
        self._uplink.wake()
        self.fixes += 1

    def retire(self) -> None:
        """The last record; what is there is still sent."""
        while self._come:
            self._take(self._come.popleft())
        self._take(Stopping(self._clock.mono_ns(), "fleet stops"))
        self._uplink.wake()

    def waiting(self) -> int:
        """Records that the platform has not acknowledged."""
        return sum(self.journal.backlog("city").values())

    def status(self) -> UplinkStatus:
        """The uplink's."""
        return self._uplink.status()

    def stop(self) -> None:
        """Begin to say good-bye."""
        self._stop.set()

    def close(self) -> None:
        """Wait for the good-bye and close the journal."""
        self._thread.join(5)
        while self._come:
            self._take(self._come.popleft())
        self.journal.close()

    def _run(self) -> None:
        try:
            self._uplink.run(self._stop, lambda: None)
        except Exception as e:  # noqa: BLE001 - told by the crew
            self.failure = f"{type(e).__name__}: {e}"

    def _heard(self, seen: Observation) -> None:
        if isinstance(seen, LinkState):
            self._linked(self.name, seen)
        self._come.append(seen)

    def _skip(self, stream: str, lo: int, hi: int, why: str) -> None:
        self._come.append(Skipped(self._clock.mono_ns(), "city", stream, lo, hi, why))

    def _take(self, seen: Observation) -> None:
        """One step, and its records into the journal: events at once, fixes with the next commit."""
        self._state, effects = step(self._state, seen)
        stamp = self._clock.stamp(seen.mono_ns)
        entries = [entry(e, stamp) for e in effects if isinstance(e, Emit | Track)]
        self.journal.defer(entries)
        if any(isinstance(e, Emit) for e in effects):
            self.journal.commit()
        if isinstance(seen, Skipped):
            self.journal.settle(seen.sink, seen.stream, seen.first, seen.last)

    def _seen(self, now: int, utc_ns: int | None) -> tuple[Fix, LoadReading]:
        """The drive goes round: each turn begins where the last one ended."""
        elapsed = (now - self._born) / 1e9 + self._offset_s
        turn, within = divmod(elapsed, self._trip.seconds)
        moment, whole = self._trip.at(within), self._trip.at(self._trip.seconds).pose
        utc = None if utc_ns is None else datetime.fromtimestamp(utc_ns // 10**9, UTC)
        fix = Fix(
            now,
            "3d",
            utc=utc,
            lat=moment.pose.lat + turn * (whole.lat - self._trip.lat),
            lon=moment.pose.lon + turn * (whole.lon - self._trip.lon),
            alt=moment.pose.alt,
            speed=moment.leg.speed,
            course=moment.pose.course,
            quality=1,
            satellites=14,
            hdop=0.8,
        )
        self._frames += 1
        chances = dict.fromkeys(CLASSES, (1 - _SURE) / 3) | {moment.leg.bed: _SURE}
        reading = LoadReading(
            mono_ns=now,
            camera=_CAMERA,
            state=moment.leg.bed,
            p=Probabilities(**chances),
            usable=True,
            reason=None,
            model="sim",
            frame=self._frames,
        )
        return fix, reading
