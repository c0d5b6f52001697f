"""A clock, a feeder of the rules and a ring: for the tests of the flight recording."""

from pathlib import Path

import msgspec

from agent.flight.ring import Limits, Ring
from agent.flight.save import save
from agent.flight.setup import Setup
from agent.model import Restarted, Settings, Tick
from agent.rules.state import State
from agent.rules.step import step
from drivers.clock import Stamp

SECOND = 1_000_000_000
UTC_NS = 1_796_000_000 * SECOND
LIMITS = Limits(hours=24.0, max_bytes=10_000_000, min_free_bytes=0)


class Hand:
    """A clock in the test's hand."""

    boot = "b00tb00t-0000"

    def __init__(self):
        self.now = SECOND

    def mono_ns(self):
        return self.now

    def stamp(self, mono_ns=None):
        at = self.now if mono_ns is None else mono_ns
        return Stamp(self.boot, at, UTC_NS + at, "gnss")

    def anchor(self, utc_ns, mono_ns):
        pass


def setup(folder: Path, **limits) -> Setup:
    changed = msgspec.structs.replace(LIMITS, **limits)
    return Setup(folder, changed, 10**18, "1", "1+x", "any", "f/v", "run 1")


class Feeder:
    """Feeds the rules and the recorder, as the core does."""

    def __init__(self, taken, settings: Settings, clock: Hand):
        self.taken, self.settings, self.clock, self.state = taken, settings, clock, State()
        self.seen = []

    def feed(self, seen):
        before = self.state
        self.state, effects = step(before, seen)
        self.seen.append(seen)
        self.taken(before, seen, self.state)
        return effects

    def start(self):
        now = self.clock.now
        self.feed(Restarted(now, "1", first=True, new_boot=True, clean=True))
        self.feed(msgspec.structs.replace(self.settings, mono_ns=now))
        return self

    def ticks(self, count):
        for _ in range(count):
            self.clock.now += SECOND
            self.feed(Tick(self.clock.now, UTC_NS + self.clock.now))


def saved(ring: Ring, file: Path, since=0, until=None):
    with file.open("wb") as out:
        return save(ring, out, since, until)
