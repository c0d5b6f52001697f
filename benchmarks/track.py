"""Bytes per fix of compact track batches against JSON ones, and the CPU of making them.

The drive is simulated: a city's traffic, a receiver's noise (position 0.15 m that drifts, speed 0.04 m/s,
course 0.5 degrees), one fix per second in batches of 60. LOG…: recordings of receivers, too; only their
whole batches count. One JSON object per line.
"""

import argparse
import json
import math
import random
import statistics
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.model import Track
from agent.records import entry
from agent.uplink.envelope import Frame, track_batch
from agent.uplink.track.records import compact
from buffer.records import GENESIS, Record, seal
from drivers.clock import Stamp
from drivers.gnss.decode import Decoder
from drivers.readings import Fix

BATCH, ROUNDS, SECOND = 60, 9, 1_000_000_000
BOOT = "313474a5-462e-4f8d-b49d-834d74d03ba7"
FRAME = Frame("haulwatch/bench/truck", "8c7f1d6e-0c1f-4a8e-9a4b-0f5f3a1c2d3e", BOOT, 0, {})
START = datetime(2026, 3, 1, 6, tzinfo=UTC)
METRES = 111_320.0  # a degree of latitude


def drive(count: int, places: int, rng: random.Random) -> Iterator[Fix]:
    """A truck in a city, as a receiver says it that gives minutes with `places` decimals, one per second."""
    lat, lon, speed, wanted, heading, turn = 31.2, 121.4, 0.0, 12.0, 40.0, 0.0
    north = east = up = 0.0
    hdop, satellites, step = 0.9, 14, 60 * 10**places
    for i in range(count):
        if rng.random() < 0.03:
            wanted = rng.choice((0, 6, 10, 14, 17))
        if rng.random() < 0.03:
            turn = rng.choice((0, 0, -9, 9, 3, -3))
        before, speed = speed, max(0.0, speed + max(-1.3, min(0.7, wanted - speed)) + rng.gauss(0, 0.08))
        heading += (turn + rng.gauss(0, 0.4)) * (speed > 1)
        way = (before + speed) / 2
        lat += way * math.cos(math.radians(heading)) / METRES
        lon += way * math.sin(math.radians(heading)) / METRES / math.cos(math.radians(lat))
        north, east = (0.98 * v + rng.gauss(0, 0.03) for v in (north, east))
        up = 0.98 * up + rng.gauss(0, 0.1)
        hdop += rng.choice((0.02, -0.02)) * (rng.random() < 0.1)
        satellites += rng.choice((1, -1)) * (rng.random() < 0.05)
        said = max(0.0, round((speed + rng.gauss(0, 0.04)) * 3600 / 1852, 3)) * 1852 / 3600
        yield Fix(
            mono_ns=i * SECOND + rng.randint(40, 90) * 1_000_000,
            mode="3d",
            utc=START + timedelta(seconds=i),
            lat=round((lat + north / METRES) * step) / step,
            lon=round((lon + east / METRES) * step) / step,
            alt=round(12 + up, 1),
            speed=said,
            course=(heading + rng.gauss(0, 0.5)) % 360 if speed > 0.5 else None,
            quality=1,
            satellites=satellites,
            hdop=hdop,
        )


def recording(log: Path) -> list[Fix]:
    """The fixes of a recording, one per second of the boot's clock."""
    decoder = Decoder()
    fixes = [*decoder.feed(log.read_bytes()), *decoder.flush()]
    return [fix for fix in fixes if fix.lat is not None]


def batches(fixes: list[Fix]) -> list[list[Record]]:
    """Journal records in whole batches."""
    records = []
    for i, fix in enumerate(fixes):
        utc_ns = None if fix.utc is None else round(fix.utc.timestamp() * 1e3) * 1_000_000
        stamp = Stamp(BOOT, i * SECOND + fix.mono_ns % SECOND, utc_ns, "gnss" if utc_ns else "unsynced")
        records.append(seal(entry(Track(fix), stamp), i + 1, BOOT, GENESIS))
    return [records[k : k + BATCH] for k in range(0, len(records) - BATCH + 1, BATCH)]


def measure(name: str, fixes: list[Fix]) -> None:
    """Print the bytes per fix of each form."""
    parts = batches(fixes)
    if not parts:
        return
    forms = {
        "compact": [compact(part, FRAME) for part in parts],
        "json": [track_batch(part, FRAME) for part in parts],
    }
    forms["json and zlib"] = [zlib.compress(text, 9) for text in forms["json"]]
    each = {form: sum(map(len, made)) / BATCH / len(made) for form, made in forms.items()}
    line = {"bench": f"track.bytes.{name}", "ratio": round(each["compact"] / each["json"], 4)}
    line |= {"against": "the same batch as JSON", "unit": "x", "fixes": BATCH * len(parts)}
    bytes_ = {f"{form.replace(' ', '_')}_bytes_per_fix": round(value, 2) for form, value in each.items()}
    print(json.dumps(line | bytes_))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("logs", nargs="*", type=Path, metavar="LOG")
    parser.add_argument("--fixes", type=int, default=3600)
    options = parser.parse_args()
    for places in (5, 4):
        fixes = list(drive(options.fixes, places, random.Random(1)))  # noqa: S311
        measure(f"drive.{places}", fixes)
    for log in options.logs:
        measure(log.stem, recording(log))
    cpu(batches(fixes)[0])


def cpu(part: list[Record]) -> None:
    """Print what making a compact batch costs against a JSON one, in turns."""
    ours, theirs = list[float](), list[float]()
    for _ in range(ROUNDS):
        for make, times in ((compact, ours), (track_batch, theirs)):
            began = time.process_time()
            for _ in range(20):
                make(part, FRAME)
            times.append((time.process_time() - began) / 20)
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    print(json.dumps({"bench": "track.cpu", "ratio": round(statistics.median(ratios), 2),
        "min": round(min(ratios), 2), "max": round(max(ratios), 2), "against": "the same batch as JSON",
        "unit": "x", "ours_us_per_fix": round(1e6 * statistics.median(ours) / BATCH, 1)}))  # fmt: skip


if __name__ == "__main__":
    main()
