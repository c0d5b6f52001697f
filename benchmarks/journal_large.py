"""A journal of a million records, nearly all of them delivered: the next window, opening it, memory.

The next hundred undelivered records are read from many and from few in turns, in one process; opening and
peak memory are those of processes of their own. One JSON object per line.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from journal import ROUNDS, in_turns

from buffer.journal import Journal
from buffer.ranges import RangeSet
from buffer.records import Entry

MANY, UNDELIVERED = 1_000_000, 500
_CHILD = """
import resource, sys, time
from pathlib import Path
from buffer.journal import Journal
from buffer.ranges import RangeSet
begun = time.perf_counter()
journal = Journal.open(Path(sys.argv[1]), "boot", max_bytes=2**31, min_free_bytes=0)
opened = time.perf_counter() - begun
held = RangeSet()
while records := journal.window("city", "event", 100, held):
    held.merge(RangeSet((r.seq, r.seq) for r in records))
print(opened, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
journal.close()
"""


def filled(path: Path, count: int) -> Path:
    """A journal of `count` short records, all but the last 500 of them delivered."""
    journal = Journal.open(path, "boot", max_bytes=2**31, min_free_bytes=0)
    thousand = [Entry("event", "x", "s", b'{"n":1}', n, n, "gnss") for n in range(1000)]
    for _ in range(count // 1000):
        journal.append(thousand)
    journal.settle("city", "event", 1, count - UNDELIVERED)
    journal.close()
    return path


def window(large: Path, small: Path, against: str) -> dict[str, object]:
    """Reading the next hundred of many against few, in turns; lower is better."""
    journals = [Journal.open(p, "boot", max_bytes=2**31, min_free_bytes=0) for p in (large, small)]
    look, look_small = (lambda j=j: j.window("city", "event", 100, RangeSet()) for j in journals)
    rounds = [in_turns(look, look_small, 20) for _ in range(ROUNDS)]
    for journal in journals:
        journal.close()
    return _line("journal.window.1m", [own / theirs for own, theirs in rounds], against)


def opening(large: Path, small: Path) -> list[dict[str, object]]:
    """Opening many against few, and the peak memory of a process that opens and reads what is undelivered."""
    pairs = [(_child(large), _child(small)) for _ in range(5)]
    opened = _line("journal.open.1m", [own[0] / few[0] for own, few in pairs], "1,000 records")
    opened["ours_ms"] = round(statistics.median(own[0] for own, _ in pairs) * 1e3, 1)
    peak = _line("journal.rss.1m", [own[1] / few[1] for own, few in pairs], "1,000 records")
    peak["ours_mb"] = round(max(own[1] for own, _ in pairs) * 1024 / 1e6, 1)
    return [opened, peak]


def _child(path: Path) -> tuple[float, float]:
    command = [sys.executable, "-I", "-c", _CHILD, str(path)]
    opened, peak = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return float(opened), float(peak)


def _line(bench: str, ratios: list[float], against: str) -> dict[str, object]:
    middle = round(statistics.median(ratios), 3)
    spread = {"min": round(min(ratios), 3), "max": round(max(ratios), 3)}
    return {"bench": bench, "ratio": middle, **spread, "against": against, "unit": "x"}


def main() -> None:
    """Run all and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=Path, default=Path.cwd(), help="a directory on the disk to measure")
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=parser.parse_args().dir) as name:
        large, some, few = (filled(Path(name) / f"{count}.db", count) for count in (MANY, 20_000, 1000))
        for line in (
            window(large, few, "1,000 records"),
            window(large, some, "20,000 records"),
            *opening(large, few),
        ):
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
