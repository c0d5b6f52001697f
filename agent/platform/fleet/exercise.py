"""What `haulwatch sim fleet` does: all connect, drive, perhaps lose their broker, stop; the figures of it."""

import statistics
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from agent.platform.fleet.crew import Line, LinkChange
from agent.platform.fleet.fleet import Fleet
from drivers.clock import Clock
from drivers.sim.broker import Broker

_CONNECT_S, _RETURN_S, _FINISH_S = 120.0, 300.0, 180.0


class Storm(msgspec.Struct):
    """How a fleet came back: s from when the broker was started again, and connects in the worst second."""

    outage_s: float
    first_s: float
    median_s: float
    last_s: float
    peak_per_s: int
    drained_s: float
    drain_per_s: float


class Figures(msgspec.Struct):
    """`messages_per_s`: acknowledged (QoS 1) while all drove; there are as many live fixes as fixes."""

    vehicles: int
    connect_s: float
    connect_peak_per_s: int
    seconds: float
    messages_per_s: float
    fixes_per_s: float
    storm: Storm | None
    fixes: int
    messages: int
    refused: int
    undelivered: int
    lag_s: float
    cpu_s: float
    rss_mb: float
    failures: list[str]
    platform: dict[str, Any] | None = None


def exercise(
    fleet: Fleet, vehicles: int, clock: Clock, drive: Callable[[], object], storm: Callable[[], Storm | None]
) -> Figures:
    """Run it all; `drive` returns when there was enough of it. Raises PlatformMissing."""
    begun = clock.mono_ns()
    fleet.wait_for(lambda total: total.connected == vehicles, _CONNECT_S)
    connects = arrivals(fleet.links, begun)
    before = fleet.total()
    drive()
    after = fleet.total()
    blown = storm()
    last = fleet.finish(_FINISH_S)
    seconds = max(1e-9, (after.mono_ns - before.mono_ns) / 1e9)
    return Figures(
        vehicles=vehicles,
        connect_s=round(max(connects, default=0.0), 1),
        connect_peak_per_s=peak(connects),
        seconds=round(seconds, 1),
        messages_per_s=round((after.acked - before.acked) / seconds, 1),
        fixes_per_s=round((after.fixes - before.fixes) / seconds, 1),
        storm=blown,
        fixes=last.fixes,
        messages=last.acked,
        refused=last.refused,
        undelivered=last.waiting,
        lag_s=last.lag_s,
        cpu_s=last.cpu_s,
        rss_mb=round(last.rss_bytes / 1e6, 1),
        failures=last.failures,
    )


def blow(fleet: Fleet, vehicles: int, broker: Broker, clock: Clock, pause: Callable[[], object]) -> Storm:
    """End the broker in order, `pause`, begin it again, and watch the fleet come back."""
    down = clock.mono_ns()
    broker.stop()
    fleet.wait_for(lambda total: total.connected == 0, _RETURN_S)
    pause()
    back, at_return = clock.mono_ns(), fleet.total()
    broker.start()
    fleet.wait_for(lambda total: total.connected == vehicles and total.mono_ns > back, _RETURN_S)
    connects = arrivals(fleet.links, back)
    drained = fleet.wait_for(lambda total: _current(total, vehicles), _RETURN_S)
    took = max(1e-9, (drained.mono_ns - back) / 1e9)
    return Storm(
        outage_s=round((back - down) / 1e9, 1),
        first_s=round(min(connects), 2),
        median_s=round(statistics.median(connects), 2),
        last_s=round(max(connects), 2),
        peak_per_s=peak(connects),
        drained_s=round(took, 1),
        drain_per_s=round((drained.acked - at_return.acked) / took, 1),
    )


def _current(total: Line, vehicles: int) -> bool:
    """Whether no more waits than what is always under way: fixes wait up to ten seconds for their batch."""
    return total.connected == vehicles and total.waiting <= vehicles * 12


def arrivals(links: list[LinkChange], since_ns: int) -> list[float]:
    """When each vehicle first connected after `since_ns`, in s from then."""
    first: dict[str, int] = {}
    for change in links:
        if change.connected and change.mono_ns >= since_ns:
            first.setdefault(change.vehicle, change.mono_ns)
    return [(mono_ns - since_ns) / 1e9 for mono_ns in first.values()]


def peak(seconds: list[float]) -> int:
    """The most in one second."""
    return max(Counter(int(s) for s in seconds).values(), default=0)
