"""False accusations per working hour: films of hauls with known truth, through the agent's own code.

A ride is some 24 minutes of one truck: film (every second one through an H.264 coder), judge, readings, rules
with the default configuration, faster than real time. `--out FILE` keeps a JSON line per ride, and a second
run goes on after them. The last line on standard output is the sum; the false accusations and the loads that
were missed are named before it.

    python benchmarks/accusations.py --hours 12 --jobs 2 --plates FOLDER --out rides.jsonl [--model load.json]
"""

import argparse
import hashlib
import json
import statistics
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import msgspec
from haul.ride import Ride
from haul.score import Score, Tally, score, upper
from haul.shifts import haul

from agent.vision.judge import Judge
from agent.vision.manifest import SHIPPED, read_manifest
from drivers.sim.film.film import Film
from drivers.sim.film.plates import Plates
from drivers.sim.film.script import Lens

_HOURS_PER_RIDE = 0.4


class Job(msgspec.Struct, frozen=True):
    """One ride: which truck, the how-manieth, by which model."""

    plates: str | None
    model: str | None
    truck: str
    number: int
    fps: float

    @property
    def key(self) -> str:
        """What names it in a file of results: all that its figures depend on but the code."""
        folder = Plates.open(Path(self.plates) if self.plates else None)
        listed = json.dumps([p.file for p in folder.of(self.truck)])
        sha = read_manifest(Path(self.model) if self.model else SHIPPED).sha256
        digest = hashlib.sha256(f"{listed}{sha}{self.fps}".encode()).hexdigest()[:12]
        return f"{self.truck}/{self.number}/{digest}"


def ride(job: Job) -> Score:
    """Play and score one."""
    import cv2

    cv2.setNumThreads(1)
    folder = Path(job.plates) if job.plates else None
    lights = sorted({p.light for p in Plates.open(folder).of(job.truck)})
    lights = [*lights, "infrared"] if "infrared" not in lights and "night" in lights else lights
    h264 = job.number % 2 == 1
    script = haul(job.truck, lights, job.number)
    script = msgspec.structs.replace(script, lens=Lens(jpeg=0)) if h264 else script
    film = Film.open(folder, script, job.number)
    judge = Judge.load(Path(job.model) if job.model else None)
    played = Ride(film, judge, job.fps, h264=h264)
    return score(job.key, played.play(), played.settings.uncovered_after_s)


def rides(given: argparse.Namespace) -> Iterator[Score]:
    """All that are asked for: first those of the file, then as they are done."""
    trucks = given.trucks or Plates.open(Path(given.plates) if given.plates else None).trucks
    count = max(1, round(given.hours / _HOURS_PER_RIDE))
    jobs = [
        Job(given.plates, given.model, trucks[n % len(trucks)], n // len(trucks), given.fps)
        for n in range(count)
    ]
    done = _read(given.out)
    waiting = [job for job in jobs if job.key not in done]
    yield from (done[job.key] for job in jobs if job.key in done)
    with ProcessPoolExecutor(given.jobs) as pool:
        for number, future in enumerate(as_completed([pool.submit(ride, job) for job in waiting])):
            made = future.result()
            if given.out:
                with Path(given.out).open("ab") as file:
                    file.write(msgspec.json.encode(made) + b"\n")
            print(f"{number + 1} of {len(waiting)}: {made.key}, {len(made.false)} false", file=sys.stderr)
            yield made


def _read(out: str | None) -> dict[str, Score]:
    if out is None or not Path(out).exists():
        return {}
    lines = Path(out).read_bytes().splitlines()
    scores = [msgspec.json.decode(line, type=Score) for line in lines if line]
    return {one.key: one for one in scores}


def summary(scores: list[Score]) -> dict[str, object]:
    """The figures of all rides together."""
    false, hours = sum(len(s.false) for s in scores), sum(s.hours for s in scores)
    late = sorted(value for s in scores for value in s.late_s)
    episodes, found = sum(s.episodes for s in scores), sum(s.found for s in scores)
    conditions: dict[str, Tally] = {}
    for one in scores:
        for name, tally in one.conditions.items():
            conditions.setdefault(name, Tally()).add(tally)
    return {
        "rides": len(scores),
        "trucks": sorted({s.truck for s in scores}),
        "hours": round(hours, 2),
        "false": false,
        "false_per_hour": round(false / hours, 3),
        "upper_95_per_hour": round(upper(false) / hours, 3),
        "notices": sum(s.notices for s in scores),
        "episodes": episodes,
        "recall": round(found / episodes, 3) if episodes else None,
        "late_s_median": round(statistics.median(late), 1) if late else None,
        "late_s_p90": late[int(0.9 * len(late))] if late else None,
        "late_within_5_s": round(sum(v <= 5 for v in late) / len(late), 3) if late else None,
        "unknown_share": round(conditions["all"].unknown / conditions["all"].frames, 4),
        "conditions": {name: _shares(tally) for name, tally in sorted(conditions.items())},
    }


def _shares(tally: Tally) -> dict[str, float]:
    names = ("usable", "right", "smoothed_right", "unknown", "faulty")
    shares = {name: round(getattr(tally, name) / tally.frames, 3) for name in names}
    return {"hours": round(tally.seconds / 3600, 2), **shares}


def main() -> None:
    """Ride, and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--hours", type=float, default=0.8)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--fps", type=float, default=1.0)
    options.add_argument("--plates")
    options.add_argument("--model")
    options.add_argument("--trucks", nargs="+")
    options.add_argument("--out")
    given = options.parse_args()
    scores = list(rides(given))
    for one in scores:
        for kind, found in (("false", one.false), ("missed", one.missed)):
            for event in found:
                print(json.dumps({kind: event, "ride": one.key}))
    manifest = read_manifest(Path(given.model) if given.model else SHIPPED)
    print(json.dumps({"bench": "vision.accusations", "model": manifest.version, **summary(scores)}))


if __name__ == "__main__":
    main()
