"""False accusations against recall and delay, simulated: trucks that the model misjudges, light that drifts.

A picture is a point in a plane around its state's place, with a standard deviation of 1 in all; its
probabilities are those of the four states given the point, so they are calibrated over all trucks and
pictures. Most of a point's deviation is the truck's own, drawn anew for each truck and state and the same in
all of its pictures; some is the light's and drifts over minutes; the rest is the frame's. So a truck can be
wrong throughout. Each truck makes one trip on the road; the rules judge it, fixes and all.

`--table` compares settings (minutes); without it, the shipped ones. One JSON object per line.
"""

import argparse
import json
import math
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

import msgspec

from agent.model import Emit, LoadReading, LoadState, Probabilities, Restarted
from agent.rule_settings import Settings, Smoothing
from agent.rules.smoothing import observe
from agent.rules.state import State
from agent.rules.step import step
from agent.rules.transitions import CLASSES
from drivers.readings import Fix

SECOND = 1_000_000_000
FPS = 1.0
LIGHT_S, FRAME_S = 300.0, 1.5
WARM_UP_S = 60.0
Plan = tuple[tuple[LoadState, float], ...]


class World(msgspec.Struct, frozen=True):
    """How well the model tells states apart: `apart` is the distance of covered and uncovered.

    AUC covered/uncovered of frames is Phi(apart / sqrt 2): 2.8: .976, 3.3: .990, 4.2: .9985. `truck`, `light`
    and `frame` are their shares of the variance.
    """

    apart: float = 3.3
    truck: float = 0.6
    light: float = 0.2
    frame: float = 0.2


class Pictures:
    """One truck's pictures."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self._rng = rng
        a = world.apart
        self._places = {
            "empty": (0.5 * a, 0.87 * a),
            "covered": (0.0, 0.0),
            "partly": (0.45 * a, -0.3 * a),
            "uncovered": (a, 0.0),
        }
        self._shares = [math.sqrt(v) for v in (world.truck, world.light, world.frame)]
        self._own: dict[str, tuple[float, float]] = {}
        self._light, self._frame = self._draw(), self._draw()

    def _draw(self) -> tuple[float, float]:
        return self._rng.gauss(0, 1), self._rng.gauss(0, 1)

    def _wander(self, at: tuple[float, float], seconds: float) -> tuple[float, float]:
        kept = math.exp(-1 / FPS / seconds)
        new, (x, y) = math.sqrt(1 - kept * kept), self._draw()
        return kept * at[0] + new * x, kept * at[1] + new * y

    def probabilities(self, state: LoadState) -> Probabilities:
        """The next frame's."""
        own = self._own.setdefault(state, self._draw())
        self._light, self._frame = self._wander(self._light, LIGHT_S), self._wander(self._frame, FRAME_S)
        a, b, c = self._shares
        x, y = (
            place + a * own[i] + b * self._light[i] + c * self._frame[i]
            for i, place in enumerate(self._places[state])
        )
        weights = [math.exp(-((x - u) ** 2 + (y - v) ** 2) / 2) + 1e-12 for u, v in self._places.values()]
        return Probabilities(*(w / sum(weights) for w in weights))


def plan(rng: random.Random) -> Plan:
    """What a truck shows on the road: half an hour at most."""
    seconds = rng.uniform(600, 1800)
    third = seconds / 3
    plans: tuple[Plan, ...] = (
        (("empty", seconds),),
        (("covered", seconds),),
        (("covered", seconds),),
        (("partly", seconds),),
        (("uncovered", third), ("covered", 2 * third)),
        (("covered", third), ("uncovered", third), ("covered", third)),
    )
    return rng.choice(plans)


def settings(smoothing: Smoothing, after_s: float) -> Settings:
    """A truck without sites."""
    return Settings(
        mono_ns=0, boot="b", hash="h", body_cameras=("bed",), cab_cameras=(), sinks=(), zones=(),
        smoothing=smoothing, uncovered_after_s=after_s, covered_after_s=after_s, change_after_s=20.0,
        moving_mps=2.0, parked_mps=0.8, parked_after_s=60.0, grace_m=100.0, max_hdop=5.0,
        stale_reading_s=30.0, fix_gap_s=5.0, camera_gap_s=20.0, link_gap_s=10.0, fps_moving=FPS,
        fps_parked=0.2, health_every_s=600.0, not_before_ns=0,
    )  # fmt: skip


def observations(pictures: Pictures, shows: Plan) -> Iterator[tuple[LoadState, float, Fix | LoadReading]]:
    """The truth, for how long it has held, and what the rules get."""
    at, number = 0.0, 0
    for state, seconds in shows:
        began = at
        while at < began + seconds:
            at += 1 / FPS
            number += 1
            now = round(at * SECOND)
            yield state, at - began, Fix(now, "3d", lat=31.0 + at * 1e-4, lon=121.0, speed=11.0, hdop=1.0)
            p = pictures.probabilities(state)
            word = max(CLASSES, key=lambda name: float(getattr(p, name)))
            yield state, at - began, LoadReading(now, "bed", word, p, True, None, "m", number)  # noqa: FBT003


class Tally(msgspec.Struct):
    """Of many trips: `false` accusations in `hours` of innocence; true episodes; delays of those found.

    Delays are s from the truth's change to the event.
    """

    false: int = 0
    notices: int = 0
    hours: float = 0.0
    episodes: int = 0
    delays: list[float] = []


def trip(tally: Tally, world: World, how: Settings, seed: int) -> None:
    """One truck's trip, into the tally.

    A start within the first minute after a true end belongs to the true episode before it.
    """
    rng = random.Random(seed)  # noqa: S311 - a simulation
    shows, state, found = plan(rng), State(), False
    state, _ = step(state, Restarted(0, "1", first=True, new_boot=True, clean=True))
    state, _ = step(state, how)
    for truth, held_s, seen in observations(Pictures(world, rng), shows):
        state, effects = step(state, seen)
        kinds = [e.type for e in effects if isinstance(e, Emit)]
        found = found and held_s > 1 / FPS
        if "uncovered_load.started" in kinds and truth == "uncovered" and not found:
            found = True
            tally.delays.append(held_s)
        elif "uncovered_load.started" in kinds and truth != "uncovered" and held_s > WARM_UP_S:
            tally.false += 1
        tally.notices += "partly_covered.started" in kinds and truth in ("covered", "empty")
    tally.hours += sum(s for name, s in shows if name != "uncovered") / 3600
    tally.episodes += sum(name == "uncovered" for name, _ in shows)


def run(world: World, smoothing: Smoothing, after_s: float, hours: float) -> dict[str, object]:
    """Trips until there were so many innocent hours; the figures."""
    tally, seed, how = Tally(delays=[]), 0, settings(smoothing, after_s)
    while tally.hours < hours:
        trip(tally, world, how, seed)
        seed += 1
    late = sorted(delay - after_s for delay in tally.delays) or [math.nan]
    return {
        "apart": world.apart,
        "truck": world.truck,
        "looks": smoothing.looks,
        "confidence": smoothing.confidence,
        "smoothing_s": smoothing.smoothing_s,
        "after_s": after_s,
        "trucks": seed,
        "hours": round(tally.hours, 1),
        "false": tally.false,
        "false_per_10_h": round(10 * tally.false / tally.hours, 2),
        "upper_95_per_10_h": round(10 * upper(tally.false) / tally.hours, 2),
        "false_notices_per_10_h": round(10 * tally.notices / tally.hours, 2),
        "recall": round(len(tally.delays) / tally.episodes, 3),
        "late_s_median": round(statistics.median(late), 1),
        "late_s_p90": round(late[int(0.9 * len(late))], 1),
    }


def upper(count: int) -> float:
    """The one-sided 95 % upper bound of a Poisson mean after `count` events, to 0.01."""
    mean = float(count)
    while math.exp(-mean) * sum(mean**k / math.factorial(k) for k in range(count + 1)) > 0.05:
        mean += 0.01
    return mean


def microseconds_per_reading(count: int = 20_000) -> float:
    """CPU time of one `observe`, the best of five rounds."""
    pictures, rounds = Pictures(World(), random.Random(1)), []  # noqa: S311
    shown = [pictures.probabilities("covered") for _ in range(count)]
    readings = [
        LoadReading(n * SECOND, "bed", "covered", p, True, None, "m", n)  # noqa: FBT003
        for n, p in enumerate(shown)
    ]
    for _ in range(5):
        belief, began = None, time.process_time()
        for reading in readings:
            belief = observe(belief, reading, Smoothing(), "moving")
        rounds.append((time.process_time() - began) / count * 1e6)
    return min(rounds)


def variants() -> Sequence[tuple[World, Smoothing, float]]:
    """One thing changed at a time, then worlds in which the model is better, worse, or the trucks alike."""
    shipped = Smoothing()
    change = msgspec.structs.replace
    several = [(World(), change(shipped, looks=v), 30.0) for v in (1.0, 1.5, 2.0, 3.0, 5.0)]
    several += [(World(), change(shipped, confidence=v), 30.0) for v in (0.7, 0.9, 0.95)]
    several += [(World(), change(shipped, smoothing_s=v), 30.0) for v in (3.0, 20.0, 40.0)]
    several += [(World(), shipped, v) for v in (10.0, 60.0)]
    return several + [
        (World(a, t, (1 - t) / 2, (1 - t) / 2), shipped, 30.0)
        for a in (2.8, 3.3, 4.2)
        for t in (0.3, 0.6, 0.9)
    ]


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser()
    options.add_argument("--table", action="store_true")
    options.add_argument("--hours", type=float, default=20.0)
    options.add_argument("--jobs", type=int, default=1)
    given = options.parse_args()
    cost = {"bench": "load.observe", "us_per_reading": round(microseconds_per_reading(), 1)}
    print(json.dumps(cost), flush=True)
    chosen = variants() if given.table else [(World(), Smoothing(), 30.0), (World(4.2), Smoothing(), 30.0)]
    with ProcessPoolExecutor(given.jobs) as pool:
        for done in pool.map(run, *zip(*[(*v, given.hours) for v in chosen], strict=True)):
            print(json.dumps({"bench": "load.accusations", **done}), flush=True)


if __name__ == "__main__":
    main()
