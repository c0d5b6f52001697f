"""A fix against thousands of zones: our map against shapely's STRtree, in one run, turn by turn.

Both are asked the same: which zones are within 100 m of a place, and how far their border is. shapely gets
its polygons in metres, in one plane, so that its distances are metres, too. Then a whole step of the rules,
and how long a layer takes to be read. One JSON object per line; ratios are ours by theirs, lower is better.
"""

import json
import math
import random
import statistics
import time
from collections.abc import Callable, Sequence

import msgspec
from shapely import STRtree
from shapely.geometry import Point, Polygon

from agent.geometry.bands import METRES_PER_DEGREE
from agent.geometry.map import ZoneMap
from agent.layers.geojson import zones_of
from agent.model import Restarted
from agent.rule_layers import Zone
from agent.rule_settings import Settings, Smoothing
from agent.rules.state import State
from agent.rules.step import step
from drivers.readings import Fix

ZONES, CORNERS, PLACES, ROUNDS, REACH_M = 5_000, 20, 2_000, 7, 100.0
LAT, LON, SPAN = 31.0, 121.0, 0.5  # a city of 48 by 56 km
EAST = METRES_PER_DEGREE * math.cos(math.radians(LAT + SPAN / 2))
Place = tuple[float, float]


def layer(chance: random.Random) -> dict[str, object]:
    """Zones of 100 m to 1 km, a few of them as large as a district, one in five with a hole."""
    features = []
    for number in range(ZONES):
        size = chance.choice([0.001, 0.003, 0.01]) if number % 100 else 0.1
        centre = LON + chance.random() * SPAN, LAT + chance.random() * SPAN
        reach = [size * (0.5 + 0.5 * chance.random()) for _ in range(CORNERS)]
        rings = [_ring(centre, reach)]
        if number % 5 == 0:
            rings.append(_ring(centre, [0.3 * size] * 8))
        features.append(
            {
                "type": "Feature",
                "properties": {"id": str(number), "role": chance.choice(["loading", "forbidden", "risk"])},
                "geometry": {"type": "Polygon", "coordinates": rings},
            }
        )
    return {"type": "FeatureCollection", "coordinate_system": "WGS-84", "features": features}


def _ring(centre: Place, reach: Sequence[float]) -> list[list[float]]:
    turns = [2 * math.pi * i / len(reach) for i in range(len(reach))]
    corners = [
        [centre[0] + r * math.cos(a), centre[1] + r * math.sin(a)] for r, a in zip(reach, turns, strict=True)
    ]
    return [*corners, corners[0]]


class Theirs:
    """shapely: polygons in metres behind an STRtree."""

    def __init__(self, zones: Sequence[Zone]) -> None:
        self._shapes = [
            Polygon([_flat(p) for p in z.ring], [[_flat(p) for p in hole] for hole in z.holes]) for z in zones
        ]
        self._tree = STRtree(self._shapes)

    def about(self, place: Place) -> int:
        """How many zones are near; the way to each border is computed."""
        here = Point(_flat(place))
        near = self._tree.query(here, predicate="dwithin", distance=REACH_M)
        for number in near:
            shape = self._shapes[number]
            inside = shape.contains(here)
            _ = -shape.boundary.distance(here) if inside else shape.distance(here)
        return len(near)


def _flat(place: Place) -> Place:
    return place[0] * EAST, place[1] * METRES_PER_DEGREE


def timed(ask: Callable[[Place], int], places: Sequence[Place]) -> tuple[float, int]:
    """CPU time of a question in ms, and how many zones were found in all."""
    began = time.process_time()
    found = sum(ask(place) for place in places)
    return (time.process_time() - began) / len(places) * 1e3, found


def settings(zones: tuple[Zone, ...]) -> Settings:
    """The shipped thresholds with these zones."""
    return Settings(
        mono_ns=0, boot="b", hash="h", body_cameras=("bed",), cab_cameras=(), sinks=(), zones=zones,
        smoothing=Smoothing(), uncovered_after_s=30, covered_after_s=30, change_after_s=20, moving_mps=2,
        parked_mps=0.8, parked_after_s=60, grace_m=100, max_hdop=5, stale_reading_s=30, fix_gap_s=5,
        camera_gap_s=20, link_gap_s=10, fps_moving=1, fps_parked=0.2, health_every_s=60, not_before_ns=0,
    )  # fmt: skip


def step_ms(zones: tuple[Zone, ...]) -> float:
    """CPU time of one fix through all rules, ms: an hour through the city at 14 m/s."""
    state, _ = step(State(), Restarted(0, "b", first=True, new_boot=True, clean=True))
    state, _ = step(state, settings(zones))
    drive = [
        Fix(i * 10**9, "3d", lat=LAT + SPAN / 2, lon=LON + 0.02 + i * 14 / EAST, speed=14.0, hdop=1.0)
        for i in range(1, 3000)
    ]
    began = time.process_time()
    for fix in drive:
        state, _ = step(state, fix)
    return (time.process_time() - began) / len(drive) * 1e3


def against_shapely(zones: tuple[Zone, ...], chance: random.Random) -> dict[str, object]:
    """Both, turn by turn."""
    ours, theirs = ZoneMap(zones), Theirs(zones)
    places = [(LON + chance.random() * SPAN, LAT + chance.random() * SPAN) for _ in range(PLACES)]
    rows = []
    for _ in range(ROUNDS):
        us, found = timed(lambda p: len(list(ours.about(*p, REACH_M))), places)
        them, known = timed(theirs.about, places)
        assert abs(found - known) <= 0.01 * known, (found, known)  # one plane for the whole city
        rows.append((us / them, us, them))
    ratios, mine, other = ([row[i] for row in rows] for i in range(3))
    return {
        "ratio": round(statistics.median(ratios), 3),
        "min": round(min(ratios), 3),
        "max": round(max(ratios), 3),
        "against": "shapely STRtree",
        "unit": "x",
        "zones": ZONES,
        "ms_per_fix": round(statistics.median(mine), 4),
        "theirs_ms": round(statistics.median(other), 4),
    }


def main() -> None:
    """Print the figures."""
    chance = random.Random(7)  # noqa: S311 - places, no secrets
    raw = msgspec.json.encode(layer(chance))
    began = time.process_time()
    sheet = zones_of(msgspec.json.decode(raw))
    read_s = time.process_time() - began
    assert len(sheet.zones) == ZONES, sheet.problems[:3]
    print(json.dumps({"bench": "zones.about"} | against_shapely(sheet.zones, chance)), flush=True)
    bare, whole = step_ms(()), step_ms(sheet.zones)
    cost = {"ms_per_fix": round(whole, 4), "without_zones_ms": round(bare, 4)}
    print(json.dumps({"bench": "zones.step", **cost}), flush=True)
    read = {"seconds": round(read_s, 2), "bytes": len(raw), "zones": ZONES}
    print(json.dumps({"bench": "zones.read", **read}), flush=True)


if __name__ == "__main__":
    main()
