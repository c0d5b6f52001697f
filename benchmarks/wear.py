"""Bytes sent to the disk per hour of driving at 1 Hz, by the journal's group commit.

An hour's fixes, one a second, each group on disk before the next; a snapshot of the rule state (4 kB) every
30 s, a health report a minute, what a sink has acknowledged every 10 s. Counted by the kernel
(/proc/self/io), checkpoints included, in a process of its own each. `lost_s`: seconds of track that a power
cut may take. The folder must be on a disk; a tmpfs counts nothing. One JSON object per line.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from track import drive

from agent.model import Track
from agent.records import entry
from buffer.journal import Journal
from buffer.records import Entry
from drivers.clock import Stamp

SECOND, HOUR_S, TARGET = 1_000_000_000, 3600, 40e6
BOOT = "313474a5-462e-4f8d-b49d-834d74d03ba7"


def written() -> int:
    """Bytes that this process had sent to the disk."""
    lines = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(lines["write_bytes"])


def hour(folder: Path, commit_s: int) -> int:
    """An hour of driving into a journal in `folder`; the bytes it took."""
    journal = Journal.open(folder / "journal.db", BOOT, max_bytes=2 * 1024**3, min_free_bytes=0)
    before = written()
    for i, fix in enumerate(drive(HOUR_S, 5, random.Random(1))):  # noqa: S311
        stamp = Stamp(BOOT, i * SECOND, 1_764_470_000 * SECOND + i * SECOND, "gnss")
        entries = [entry(Track(fix), stamp)]
        if i % 60 == 0:
            entries.append(
                Entry("health", "health.report", "unit", b"x" * 800, i * SECOND, stamp.utc_ns, "gnss")
            )
        journal.defer(entries, b"s" * 4000 if i % 30 == 0 else None)
        if i % 10 == 9:
            journal.settle("city", "track", 1, i)
        if i % commit_s == commit_s - 1:
            journal.commit()
    journal.close()
    return written() - before


def main() -> None:
    """Print a line per group commit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="on the disk in question; the present one without it")
    parser.add_argument("--commit-s", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.commit_s:
        print(hour(options.folder, options.commit_s))
        return
    for commit_s in (1, 2, 5, 10):
        with tempfile.TemporaryDirectory(dir=options.folder or Path.cwd()) as name:
            command = [sys.executable, __file__, "--folder", name, "--commit-s", str(commit_s)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
        count = int(done.stdout)
        print(json.dumps({"bench": f"journal.wear.{commit_s}s", "ratio": round(count / TARGET, 3),
            "against": "40 MB per driving hour", "unit": "x", "mb_per_hour": round(count / 1e6, 1),
            "lost_s": commit_s}))  # fmt: skip


if __name__ == "__main__":
    main()
