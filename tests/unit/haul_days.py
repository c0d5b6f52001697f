"""Trucks that are driven through the real rules into real journals, faster than time passes."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec

from agent.config import Camera, Config, Gnss, Unit
from agent.layers.gather import Gathered
from agent.model import Emit, LoadReading, Probabilities, Restarted, Stopping, Tick, Track
from agent.records import entry
from agent.rule_layers import Zone
from agent.rules.state import State
from agent.rules.step import step
from agent.settings import rule_settings
from buffer.journal import Journal
from drivers.clock import Stamp
from drivers.readings import Fix
from tests.fresh import fresh

SECOND = 1_000_000_000
DEGREE_M = 111_195.0
LAT, LON, EAST_M = 31.23, 121.47, 95_080.0  # m in a degree of longitude there
STATES = ("empty", "covered", "partly", "uncovered")
MIDNIGHT = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)  # in Shanghai


def place(east, north):
    """(lon, lat) of metres from the middle."""
    return LON + east / EAST_M, LAT + north / DEGREE_M


def box(name, role, east, north, size=150.0, label=""):
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return Zone(name, role, tuple(place(east + size * x, north + size * y) for x, y in corners), label)


SITE, TIP, TEA, RIVER, YARD = (0, 0), (6000, 1500), (2500, 0), (4000, -2500), (1500, 2500)
ZONES = (
    box("site-1", "loading", *SITE, label="北区工地"),
    box("tip-1", "disposal", *TIP, label="一号消纳场"),
)


class Clock:
    """What rule_settings asks of a clock."""

    def __init__(self, boot):
        self.boot = boot

    def mono_ns(self):
        return 0


class Journey:
    """One truck from `start` on; `pace` s from fix to fix."""

    def __init__(self, file, vehicle, start, *, zones=ZONES, pace=2, seed=0):
        self.boot = f"{seed:08x}-1111-4222-8333-444455556666"
        self.journal = Journal.open(fresh(file), self.boot, max_bytes=50_000_000, min_free_bytes=0)
        self.vehicle, self.start, self.pace, self.noise = vehicle, start, pace, random.Random(seed)
        config = Config(Unit("green", vehicle), Gnss("sim"), cameras=(Camera("bed", "body", source="sim"),))
        self.state, self.at, self.where, self.frame = State(), 10, SITE, 0
        self.take(Restarted(self.now, "1", first=True, new_boot=True, clean=True))
        settings = rule_settings(config, Clock(self.boot), Gathered(zones=zones))
        self.take(msgspec.structs.replace(settings, mono_ns=self.now))

    @property
    def now(self):
        return self.at * SECOND

    def take(self, seen):
        self.state, effects = step(self.state, seen)
        utc_ns = round(self.start.timestamp()) * SECOND + seen.mono_ns
        stamp = Stamp(self.boot, seen.mono_ns, utc_ns, "gnss")
        self.journal.defer([entry(e, stamp) for e in effects if isinstance(e, Emit | Track)])

    def stand(self, seconds, load):
        for _ in range(0, seconds, self.pace):
            self.second(0.0, load)
        return self

    def drive(self, load, *places, speed=14.0):
        """From place to place, straight on."""
        for (east, north), (to_east, to_north) in pairwise([self.where, *places]):
            way = ((to_east - east) ** 2 + (to_north - north) ** 2) ** 0.5
            steps = max(1, round(way / speed / self.pace))
            for n in range(1, steps + 1):
                self.where = (east + (to_east - east) * n / steps, north + (to_north - north) * n / steps)
                self.second(speed, load)
        return self

    def second(self, speed, load):
        self.at += self.pace
        wander = self.noise.gauss(0, 1.5), self.noise.gauss(0, 1.5)
        lon, lat = place(self.where[0] + wander[0], self.where[1] + wander[1])
        said = max(0.0, speed + self.noise.gauss(0, 0.1))
        utc = self.start + timedelta(seconds=self.at)
        self.take(Fix(self.now, "3d", utc=utc, lat=lat, lon=lon, speed=said, satellites=14, hdop=0.8))
        if load is not None:
            self.frame += 1
            p = Probabilities(**(dict.fromkeys(STATES, 0.01) | {load: 0.97}))
            self.take(LoadReading(self.now, "bed", load, p, True, None, "sim", self.frame))
        self.take(Tick(self.now, round(self.start.timestamp()) * SECOND + self.now))

    def end(self):
        """The journal's file, closed."""
        self.take(Stopping(self.now, "the day is over"))
        self.journal.commit()
        self.journal.close()
        return self.journal.path


def a_day(file, number):
    """Truck number n of a fleet: honest, with a tea break, or dumping at night where there is no site."""
    kind = number % 4
    start = MIDNIGHT + timedelta(hours=(9, 10, 1, 2)[kind], minutes=3 * number)
    truck = Journey(file, f"truck-{number:02d}", start, seed=number, pace=4)
    truck.stand(60, "empty").stand(60, "uncovered").stand(60, "covered")
    if kind == 1:
        truck.drive("covered", TEA).stand(240, "covered")
    goal = {2: RIVER, 3: YARD}.get(kind, TIP)
    truck.drive("covered", goal).stand(40, "covered").stand(80, "empty")
    truck.drive("empty", SITE)
    return truck.end()
