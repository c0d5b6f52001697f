"""What was along an open load's way: some of the fixes, how far it went, and when it was surest. Pure."""

from typing import Any

import msgspec

from agent.rules.motion import microseconds
from drivers.geodesy import apart_m
from drivers.readings import Fix

_MOST = 16  # fixes that are kept: the first, the newest, and between them evenly
change = msgspec.structs.replace


class Spot(msgspec.Struct, frozen=True):
    """A fit fix: ns, degrees, m/s, and how sure the load's state was there."""

    at: int
    lat: float
    lon: float
    speed: float | None
    sure: float


class Along(msgspec.Struct, frozen=True):
    """`fixes` are every `stride`-th of `count`, `way` in m; `worst`: when it was surest (ns), how sure."""

    fixes: tuple[Spot, ...] = ()
    last: Spot | None = None
    worst: tuple[int, float] | None = None
    way: float = 0.0
    count: int = 0
    stride: int = 1


def on(along: Along, fix: Fix | None, at: int, sure: float) -> Along:
    """The state is `sure` at `at`, the truck at a fit fix (None: nobody knows where)."""
    if along.worst is None or sure > along.worst[1]:
        along = change(along, worst=(at, sure))
    last = along.last
    if fix is None or fix.lat is None or fix.lon is None or (last is not None and fix.mono_ns <= last.at):
        return along
    here = Spot(fix.mono_ns, fix.lat, fix.lon, fix.speed, sure)
    way = along.way + (0.0 if last is None else apart_m((last.lat, last.lon), (here.lat, here.lon)))
    fixes, stride = along.fixes, along.stride
    if along.count % stride == 0:
        fixes = (*fixes, here)
        if len(fixes) > _MOST:
            fixes, stride = fixes[::2], stride * 2
    return change(along, fixes=fixes, last=here, way=way, count=along.count + 1, stride=stride)


def account(along: Along) -> dict[str, Any]:
    """As it stands in records."""
    last = along.last
    newest = () if last is None or along.fixes[-1] == last else (last,)
    return {
        "worst": None if along.worst is None else _worst(*along.worst),
        "way_m": round(along.way, 1),
        "fixes": {"count": along.count, "kept": [_shown(spot) for spot in (*along.fixes, *newest)]},
    }


def _worst(at: int, sure: float) -> dict[str, Any]:
    return {"value": round(sure, 2), "unit": "chance", "at_us": microseconds(at)}


def _shown(spot: Spot) -> dict[str, Any]:
    return {
        "at_us": microseconds(spot.at),
        "lat": round(spot.lat, 7),
        "lon": round(spot.lon, 7),
        "speed": None if spot.speed is None else round(spot.speed, 2),
        "value": round(spot.sure, 2),
    }
