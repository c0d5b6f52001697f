"""Durable appends of the journal against the least that any store does: append the same bytes and fdatasync.

Both run in turns in one process on the same disk (`--dir`, by default the working directory's), so that the
ratio says what the journal costs and not what the machine does. One JSON object per line.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from buffer.journal import Journal
from buffer.records import Entry

PAYLOAD = b'{"text":"' + b"x" * 251 + b'"}'  # 262 bytes
ROUNDS = 40


def entries(count: int, stream: str) -> list[Entry]:
    """Records of the size of a typical event."""
    return [Entry(stream, "load.changed", "load", PAYLOAD, n, n, "gnss") for n in range(count)]


def seconds(action: Callable[[], object]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def in_turns(ours: Callable[[], object], theirs: Callable[[], object], times: int) -> tuple[float, float]:
    """How long `times` calls of each take, s, called in turns so that the disk's moods meet both."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(times)]
    return sum(own for own, _ in pairs), sum(their for _, their in pairs)


def compare(
    name: str, ours: Callable[[], object], raw: Callable[[], object], times: int
) -> dict[str, object]:
    """Rounds of `times` calls each; the ratio of the rates, higher is better."""
    in_turns(ours, raw, times)
    rounds = [in_turns(ours, raw, times) for _ in range(ROUNDS)]
    ratios = [theirs / own for own, theirs in rounds]
    return {
        "bench": name,
        "ratio": round(statistics.median(ratios), 3),
        "min": round(min(ratios), 3),
        "max": round(max(ratios), 3),
        "against": "raw append + fdatasync",
        "unit": "x",
        "ours_ms": round(1e3 * statistics.median(own for own, _ in rounds) / times, 3),
        "raw_ms": round(1e3 * statistics.median(theirs for _, theirs in rounds) / times, 3),
    }


def written(journal: Journal, commits: int = 500) -> dict[str, object]:
    """Bytes written per payload byte at ten records a commit, checkpoints included; lower is better."""
    before = _wchar()
    ten = entries(10, "track")
    for _ in range(commits):
        journal.append(ten)
    ratio = round((_wchar() - before) / (commits * 10 * len(PAYLOAD)), 2)
    return {
        "bench": "journal.written.batch10",
        "ratio": ratio,
        "min": ratio,
        "max": ratio,
        "against": "the payloads alone",
        "unit": "x",
    }


def _wchar() -> int:
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["wchar"])


def main() -> None:
    """Run all and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=Path, default=Path.cwd(), help="a directory on the disk to measure")
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=parser.parse_args().dir) as name:
        directory = Path(name)
        journal = Journal.open(directory / "journal.db", "boot", max_bytes=2**31, min_free_bytes=0)
        fd = os.open(directory / "raw", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

        def raw(count: int) -> Callable[[], object]:
            content = PAYLOAD * count
            return lambda: (os.write(fd, content), os.fdatasync(fd))

        one, hundred = entries(1, "event"), entries(100, "event")
        for line in (
            compare("journal.append.single", lambda: journal.append(one), raw(1), 25),
            compare("journal.append.batch100", lambda: journal.append(hundred), raw(100), 5),
            written(journal),
        ):
            print(json.dumps(line), flush=True)
        journal.close()
        os.close(fd)


if __name__ == "__main__":
    main()
