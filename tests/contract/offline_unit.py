"""A journal with little room, on a unit of which one platform hears nothing."""

import json
import math
import random
from itertools import pairwise
from pathlib import Path

from agent.letting_go import Keeping, LettingGo
from agent.model import Observation, Skipped
from agent.records import entry
from agent.rules import life
from buffer.journal import Journal
from buffer.ranges import RangeSet
from buffer.records import Entry
from drivers.clock import SystemClock
from drivers.geodesy import apart_m
from tests.fresh import fresh

SECOND, DAY = 1_000_000_000, 86_400_000_000_000
BUDGET = 2_500_000
BOOT = "11111111-2222-4333-8444-555566667777"  # an earlier one: its fixes are sent without waiting for more


class Unit:
    """A journal that is let go of as the core does it; `city` is offline, `fleet` gets all."""

    def __init__(self, path: Path, budget: int = BUDGET, clock: SystemClock | None = None) -> None:
        self.clock = clock or SystemClock(0)
        self.path, self.budget = path, budget
        self.told: list[Observation] = []
        self.fixes: list[dict] = []
        self.random = random.Random(5)
        self.lat, self.lon, self.heading, self.speed = 31.2, 121.4, 0.0, 10.0
        self.open()

    def open(self, *sinks: str) -> None:
        self.journal = Journal.open(fresh(self.path), BOOT, max_bytes=self.budget, min_free_bytes=0)
        self.keeping = Keeping(sinks or ("city", "fleet"), 7 * DAY, 0, 7 * DAY)
        self.letting_go = LettingGo(self.journal, self.clock, self.keeping, self.take)

    def take(self, seen: Observation) -> None:
        self.told.append(seen)
        emitted = life.skipped(seen) if isinstance(seen, Skipped) else life.released(seen)
        self.journal.append([entry(emitted, self.clock.stamp())])
        if isinstance(seen, Skipped) and not seen.kept:
            self.journal.settle(seen.sink, seen.stream, seen.first, seen.last)

    def drive(self, count: int, unsent: str = "city") -> None:
        """Fixes, a second each; all but `unsent` have them at once; room is made each minute."""
        for n in range(count):
            number = len(self.fixes) + 1
            self.journal.defer([self._fix(number)])
            if n % 60 == 59:
                self.journal.append([])
                for sink in {"city", "fleet"} - {unsent} if unsent != "both" else ():
                    self.journal.settle(sink, "track", 1, number)
                while self.letting_go.run():
                    pass
        self.journal.commit()

    def _fix(self, number: int) -> Entry:
        if self.random.random() < 0.05:
            self.heading += self.random.choice((-0.8, 0.8, 0.2))
            self.speed = self.random.choice((0.0, 5.0, 12.0, 16.0))
        self.lat += self.speed * math.cos(self.heading) / 111_320
        self.lon += self.speed * math.sin(self.heading) / 95_200
        said = {"lat": round(self.lat, 7), "lon": round(self.lon, 7), "mode": "3d", "speed": self.speed}
        self.fixes.append(said)
        rest = {"accuracy": None, "alt": 12.1, "course": 45.1, "hdop": 0.9, "inferred": [], "quality": 1}
        payload = json.dumps(said | rest | {"satellites": 12, "utc": None}).encode()
        return Entry("track", "fix", "unit", payload, number * SECOND, None, "unsynced")

    def there(self) -> list[int]:
        return [r.seq for r in self.journal.window("city", "track", 10**6, RangeSet())]

    def skips(self, sink: str, why: str) -> RangeSet:
        mine = [t for t in self.told if isinstance(t, Skipped) and (t.sink, t.why) == (sink, why)]
        return RangeSet((t.first, t.last) for t in mine)

    def error_m(self, seqs: list[int]) -> float:
        """The largest distance of a fix from the way between the nearest ones of `seqs`, by their time."""
        worst = 0.0
        for first, last in pairwise(seqs):
            a, b = self.fixes[first - 1], self.fixes[last - 1]
            for n in range(first + 1, last):
                share, p = (n - first) / (last - first), self.fixes[n - 1]
                way = [a[k] + share * (b[k] - a[k]) for k in ("lat", "lon")]
                worst = max(worst, apart_m((way[0], way[1]), (p["lat"], p["lon"])))
        return worst
