"""Faults of cameras on rendered films with known truth: how many are found, how late, and how many are not.

One JSON object per line. `camera.fault.KIND`: films of the shipped plates in which the fault begins after
130 s of driving and lasts 180 s, one look per second: how many are found, delay (s) to start and end.
`camera.false_alarms`: faults per hour that are none, over hours of driving and standing by day and by night.
`camera.look`: CPU per frame. `camera.rim`, with --renders FOLDER: overlap (IoU) of proposed corners and the
true rim. `camera.clean`, with --clean FOLDER: the share of its pictures that one look calls faulty.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import cv2
import numpy as np

from agent.vision.condition.condition import Condition
from agent.vision.condition.limits import Thresholds
from agent.vision.condition.measures import look, small
from agent.vision.condition.verdict import at_once
from agent.vision.rim import propose
from drivers.camera.frame import Frame
from drivers.readings import CameraFaultKind
from drivers.sim.film.film import Film
from drivers.sim.film.script import Fault, Script, Stretch

SECOND = 1_000_000_000
SIZE = (640, 480)
BEGIN, LASTS, WHOLE = 130, 180, 460
KINDS: tuple[CameraFaultKind, ...] = ("dark", "glare", "blocked", "defocused", "dirty", "moved", "frozen")
HOUR = (  # state, weather, what passes by, m/s: ten stretches of six minutes
    ("empty", "clear", "open", 13.0),
    ("uncovered", "clear", "traffic", 0.0),
    ("covered", "clear", "trees", 13.0),
    ("covered", "rain", "traffic", 10.0),
    ("covered", "clear", "bridges", 20.0),
    ("empty", "fog", "open", 9.0),
    ("uncovered", "dust", "open", 5.0),
    ("partly", "snow", "traffic", 12.0),
    ("covered", "rain", "lamps", 15.0),
    ("empty", "clear", "lamps", 12.0),
)
LIGHTS = {"day": ("sun", "cloud", "dusk", "sun", "cloud"), "night": ("night",)}
Spans = dict[str, list[tuple[int, int | None]]]


def watch(script: Script, seed: int, limits: Thresholds | None = None) -> tuple[Spans, float]:
    """The faults found in a film, in s of it, and the CPU of a look in ms."""
    limits = limits or Thresholds()
    film = Film.open(None, script, seed)
    condition = Condition(film.roi, limits)
    spans: Spans = {}
    begun: dict[str, int] = {}
    cpu = 0.0
    for t in range(round(script.duration_s)):
        frame = Frame(film.frame(t, SIZE), t + 1, (t + 1) * SECOND)
        before = time.process_time()
        condition.look(frame)
        cpu += time.process_time() - before
        now = {fault.kind for fault in condition.faults()}
        moving = script.scene(t).stretch.speed_mps > 0
        if moving and (condition.unchanged_s or 0) >= limits.frozen_s:
            now.add("frozen")  # what the rules conclude
        begun |= dict.fromkeys(now - begun.keys(), t)
        for kind in begun.keys() - now:
            spans.setdefault(kind, []).append((begun.pop(kind), t))
    for kind, at in begun.items():
        spans.setdefault(kind, []).append((at, None))
    return spans, 1000 * cpu / script.duration_s


def fault_film(kind: CameraFaultKind, truck: str, light: str, strength: float) -> Script:
    """A covered load on the road and one fault."""
    fault = Fault(kind, BEGIN, LASTS, strength)
    road = Stretch(WHOLE, "covered", light=light, speed_mps=12.0, passing="traffic")
    return Script((road,), truck=truck, faults=(fault,))


def hour_film(truck: str, lights: tuple[str, ...]) -> Script:
    """An hour without a fault."""
    stretches = [
        Stretch(
            360,
            state,
            light=lights[i % len(lights)],
            speed_mps=speed,
            weather=weather,
            passing=passing,
            strength=0.6,
        )
        for i, (state, weather, passing, speed) in enumerate(HOUR)
    ]
    return Script(tuple(stretches), truck=truck)


def injected(kinds: list[CameraFaultKind], strengths: list[float], seed: int) -> None:
    """Every kind on both trucks in three lights."""
    for kind in kinds:
        delays, ends, others, films = [], [], 0, 0
        missed = []
        for strength in strengths:
            for truck in ("a", "b"):
                for light in ("sun", "cloud", "night"):
                    spans, _ = watch(fault_film(kind, truck, light, strength), seed)
                    films += 1
                    hits = [s for s in spans.get(kind, []) if BEGIN <= s[0] < BEGIN + LASTS]
                    others += sum(len(s) for k, s in spans.items()) - len(hits)
                    if not hits:
                        missed.append(f"{truck}/{light}/{strength:g}")
                        continue
                    delays.append(hits[0][0] - BEGIN)
                    ends += [hits[-1][1] - BEGIN - LASTS] if hits[-1][1] is not None else []
        tell(
            f"camera.fault.{kind}",
            found=len(delays),
            films=films,
            unit="s",
            missed=missed,
            other_faults=others,
            delay_median=statistics.median(delays) if delays else None,
            delay_max=max(delays, default=None),
            end_median=statistics.median(ends) if ends else None,
        )


def false_alarms(hours: int, seed: int) -> None:
    """Films without a fault, an hour each."""
    for name, lights in LIGHTS.items():
        found: list[str] = []
        for hour in range(hours):
            spans, ms = watch(hour_film("ab"[hour % 2], lights), seed + hour)
            found += [f"{kind}@{at}s" for kind, s in spans.items() for at, _ in s]
        tell(
            "camera.false_alarms",
            light=name,
            hours=hours,
            found=found,
            per_hour=len(found) / hours,
            unit="1/h",
        )
        tell("camera.look", light=name, cpu_ms=round(ms, 2), frame=f"{SIZE[0]}x{SIZE[1]}", unit="ms")


def big_frames() -> None:
    """CPU of a look at a decoded 1080p frame."""
    film = Film.open(None, fault_film("frozen", "a", "sun", 0.0), 0)
    frames = [film.frame(t, (1920, 1080)) for t in range(30)]
    condition = Condition(film.roi)
    before = time.process_time()
    for t in range(120):
        condition.look(Frame(frames[t % 30], t + 1, (t + 1) * SECOND))
    cpu = 1000 * (time.process_time() - before) / 120
    tell("camera.look", cpu_ms=round(cpu, 2), frame="1920x1080", unit="ms")


def rim(folder: Path) -> None:
    """Overlap of proposals with the rim that `*.roi.jsonl` tells."""
    overlaps, sure = [], []
    for file in sorted(folder.glob("*.roi.jsonl")):
        for line in file.read_text().splitlines():
            told = json.loads(line)
            image = cv2.imread(str(folder / told["file"]), cv2.IMREAD_COLOR)
            if image is None:
                continue
            proposal = propose(image)
            points = cv2.convexHull(np.asarray(told["pts"], np.float32))[:, 0]
            true, own = _filled(points), _filled(np.asarray(proposal.roi))
            overlaps.append(float((true & own).sum() / max(1, (true | own).sum())))
            sure.append(proposal.sure)
    best = [o for o, s in zip(overlaps, sure, strict=True) if s >= np.quantile(sure, 0.75)]
    tell(
        "camera.rim",
        pictures=len(overlaps),
        unit="IoU",
        median=round(statistics.median(overlaps), 3),
        mean=round(statistics.mean(overlaps), 3),
        share_over_0_7=round(float(np.mean(np.asarray(overlaps) >= 0.7)), 3),
        median_of_surest_quarter=round(statistics.median(best), 3),
    )


def _filled(corners: np.ndarray) -> np.ndarray:
    mask = np.zeros((240, 320), np.uint8)
    cv2.fillPoly(mask, [np.rint(np.clip(corners, -2, 3) * (320, 240)).astype(np.int32)], 1)
    return mask > 0


def clean(folder: Path) -> None:
    """Pictures that nothing is wrong with."""
    files = sorted(f for f in folder.iterdir() if f.suffix.lower() in (".jpg", ".png"))
    called: dict[str, int] = {}
    for file in files:
        image = cv2.imread(str(file), cv2.IMREAD_COLOR)
        for kind in at_once(look(small(image)), Thresholds()) if image is not None else ():
            called[kind] = called.get(kind, 0) + 1
    share = round(sum(called.values()) / max(1, len(files)), 4)
    tell("camera.clean", pictures=len(files), called=called, share=share, unit="share")


def tell(bench: str, **figures: object) -> None:
    """One line."""
    print(json.dumps({"bench": bench, **figures}), flush=True)


def main() -> None:
    """Measure what is asked for; all that needs no folder by default."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=KINDS)
    parser.add_argument("--strengths", nargs="*", type=float, default=[0.7])
    parser.add_argument("--hours", type=int, default=2)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--renders", type=Path)
    parser.add_argument("--clean", type=Path)
    wanted = parser.parse_args()
    cv2.setNumThreads(1)

    if wanted.renders:
        rim(wanted.renders)
    if wanted.clean:
        clean(wanted.clean)
    if wanted.renders or wanted.clean:
        return
    big_frames()
    injected(wanted.kinds, wanted.strengths, wanted.seed)
    if wanted.hours:
        false_alarms(wanted.hours, wanted.seed)


if __name__ == "__main__":
    main()
