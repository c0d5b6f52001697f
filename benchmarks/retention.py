"""Whether a week, and a month, without a network fit into the journal's budget, and what goes if not.

The week is written in full: a fix a second, a health report a minute, events, coverage, trips, picture
records, all unsent. The months are a real journal at a share of the time and of the budget, so that all
proportions hold: `city` is offline, `fleet` is not; retention runs every ten seconds. One JSON object a line.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from track import drive

from agent.journal_news import Skipped
from agent.letting_go import Keeping, LettingGo
from agent.model import Emit, Observation, Track
from agent.records import entry
from agent.rules import life
from buffer.journal import Journal
from buffer.ranges import RangeSet
from buffer.records import Entry
from drivers.clock import Stamp, SystemClock

SECOND, DAY_S = 1_000_000_000, 86_400
BOOT = "313474a5-462e-4f8d-b49d-834d74d03ba7"
BUDGET = 2 * 1024**3
UTC_S = 1_772_344_800
OTHERS = {  # stream and type: (s between two, bytes of payload)
    ("health", "health.report"): (60, 900),
    ("event", "load.changed"): (900, 700),
    ("coverage", "gap.ended"): (1200, 250),
    ("trip", "trip.ended"): (5400, 1500),
    ("media", "picture.taken"): (1800, 600),
    ("life", "birth"): (21_600, 120),
}


def records(seconds: int, hz: int) -> Iterator[tuple[int, list[Entry]]]:
    """The entries of each second of driving."""
    fixes = drive(seconds * hz, 5, random.Random(1))  # noqa: S311
    for at in range(seconds):
        found = []
        for k in range(hz):
            moment = at * SECOND + k * SECOND // hz
            found.append(entry(Track(next(fixes)), Stamp(BOOT, moment, UTC_S * SECOND + moment, "gnss")))
        stamp = Stamp(BOOT, at * SECOND, (UTC_S + at) * SECOND, "gnss")
        found += [
            entry(Emit(stream, kind, "unit", {"text": "x" * size}), stamp)
            for (stream, kind), (every, size) in OTHERS.items()
            if at % every == 0
        ]
        yield at, found


def week(folder: Path, seconds: int) -> None:
    """Print how full the default budget is after `seconds` at 1 Hz."""
    journal = Journal.open(folder / "week.db", BOOT, max_bytes=BUDGET, min_free_bytes=0)
    empty, began = journal.stats().bytes, time.perf_counter()
    for at, entries in records(seconds, 1):
        journal.defer(entries)
        if at % 600 == 599:
            journal.commit()
    journal.commit()
    stats = journal.stats()
    used, track = stats.bytes - empty, stats.streams["track"].count
    assert not stats.dropped
    assert journal.lacking() == 0
    assert journal.planned(["city"], None) == []
    journal.close()
    print(json.dumps({"bench": f"retention.{seconds / DAY_S:g}d", "ratio": round(stats.bytes / BUDGET, 3),
        "against": "journal.max_bytes by default", "unit": "x", "fixes": track,
        "bytes_per_fix_with_all_else": round(used / track, 1), "lost": track - seconds,
        "days_that_fit": round((BUDGET - empty) / (used / track) / DAY_S, 1),
        "took_s": round(time.perf_counter() - began)}))  # fmt: skip


class Outage:
    """A month offline at `hz`, at 1/`share` of its length and budget."""

    def __init__(self, folder: Path, hz: int, share: int) -> None:
        self.hz, self.seconds = hz, 30 * DAY_S // share
        path = folder / f"month-{hz}.db"
        self.journal = Journal.open(path, BOOT, max_bytes=BUDGET // share, min_free_bytes=0)
        self.skips: dict[str, RangeSet] = {}
        self.records = 0
        keeping = Keeping(("city", "fleet"), 7 * DAY_S * SECOND // share, 0, DAY_S * SECOND)
        self.letting_go = LettingGo(self.journal, SystemClock(0), keeping, self._take)

    def _take(self, seen: Observation) -> None:
        assert isinstance(seen, Skipped)
        assert seen.sink == "city" or seen.stream == "media", "the other sink has all"
        stamp = Stamp(BOOT, seen.mono_ns, None, "unsynced")
        self.journal.append([entry(life.skipped(seen), stamp)])
        if not seen.kept:
            self.journal.settle(seen.sink, seen.stream, seen.first, seen.last)
        if seen.sink == "city":
            self.records += 1
            name = f"{seen.why} {seen.bound_m} m" if seen.kept else f"{seen.why} {seen.stream}"
            self.skips.setdefault(name, RangeSet()).add(seen.first, seen.last)

    def run(self) -> None:
        """Print what was thinned and dropped."""
        began, slowest = time.perf_counter(), 0.0
        for at, entries in records(self.seconds, self.hz):
            self.journal.defer(entries)
            if at % 10 == 9:
                self.journal.commit()
                for stream in ("track", "health", "life", "event", "trip", "coverage"):
                    self.journal.settle("fleet", stream, 1, self.journal.last(stream))
                more = True
                while more:
                    start = time.perf_counter()
                    more = self.letting_go.run()
                    slowest = max(slowest, time.perf_counter() - start)
        stats = self.journal.stats()
        track, kept = stats.streams["track"], stats.streams
        for stream in ("event", "trip", "coverage", "life"):
            assert kept[stream].pruned == 0
        self.journal.close()
        print(json.dumps({"bench": f"retention.month.{self.hz}hz", "unit": "x",
            "ratio": round((track.count + track.thinned) / track.last, 3),
            "against": "all fixes of the month: those still there or within the bound of those that are",
            "of_scale": f"1/{30 * DAY_S // self.seconds}", "fixes": track.last, "held": track.count,
            "refused": stats.dropped, "skip_records": self.records,
            "skipped_share": {w: round(r.count / track.last, 3) for w, r in sorted(self.skips.items())},
            "slowest_run_ms": round(slowest * 1e3),
            "took_s": round(time.perf_counter() - began)}))  # fmt: skip


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where there is 1 GB of room; the present one without it")
    parser.add_argument("--days", type=float, default=7)
    parser.add_argument("--share", type=int, default=120, help="of a month, and of the budget")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder or Path.cwd()) as name:
        week(Path(name), round(options.days * DAY_S))
        for hz in (1, 5, 10):
            Outage(Path(name), hz, options.share).run()


if __name__ == "__main__":
    main()
