"""Rows of an export made by hand, second by second, and an engine that has them."""

from agent.analysis.columns import RECORD, TRACK
from agent.analysis.duck import Duck
from agent.analysis.engine import Sources
from agent.analysis.hot_spots import Thresholds
from agent.analysis.partitions import Partitions
from agent.analysis.places import functions

GENERATION = "9d1f0c6e-1111-4222-8333-444455556666"
HOW = Thresholds(stop_s=20, bridge_s=6, gap_s=10, load_memory_s=300)
START_US = 1_764_000_000_000_000  # 2025-11-24T16:00:00Z, midnight in Shanghai
LAT, LON = 31.23, 121.47


class Vehicle:
    """Rows of one vehicle, second by second."""

    def __init__(self, name="v", boot="b00t", fleet="green"):
        self.fleet, self.name, self.boot = fleet, name, boot
        self.track, self.record, self.at, self.seq = [], [], 0, {"track": 0, "event": 0}

    def row(self, columns, stream, **values):
        self.seq[stream] += 1
        us = self.at * 1_000_000
        head = {"vehicle": self.name, "generation": GENERATION, "stream": stream, "seq": self.seq[stream]}
        head |= {"boot": self.boot, "mono_us": us, "time": START_US + us, "clock": "gnss"}
        return dict.fromkeys([c.name for c in columns]) | head | values

    def fix(self, speed=0.0, lat=LAT, lon=LON, **more):
        values = {"mode": "3d", "lat": lat, "lon": lon, "speed": speed, "unfit": "", "inferred": ""}
        self.track.append(self.row(TRACK, "track", **(values | more)))

    def tell(self, kind, **values):
        self.record.append(self.row(RECORD, "event", type=kind, **({"subject": "s", "data": "{}"} | values)))

    def load(self, state, since=None):
        change = "became_empty" if state == "empty" else "became_loaded"
        us = (self.at if since is None else since) * 1_000_000
        said = {"change": change, "load": state, "load_seen": state, "lat": LAT, "lon": LON}
        self.tell("load.changed", **said, since_us=us, since=START_US + us)

    def seconds(self, count, speed=0.0, every=1, **more):
        for _ in range(0, count, every):
            self.at += every
            self.fix(speed, **more)
        return self


def stored(folder, *vehicles):
    """Their rows as an export."""
    for vehicle in vehicles:
        parts = Partitions(folder, vehicle.fleet, vehicle.name, GENERATION)
        for table, stream, rows in (("track", "track", vehicle.track), ("record", "event", vehicle.record)):
            parts.take(table, stream + vehicle.boot, 1, [tuple(row.values()) for row in rows])
    return Sources((folder,))


def opened(sources, zones=(), resolution=9):
    engine = Duck(sources)
    for name, function in functions(resolution, zones).items():
        engine.define(name, function)
    return engine
