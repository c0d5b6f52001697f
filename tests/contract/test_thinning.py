"""A full journal thins what a platform has not got, says so, and a platform sees no gap it can't explain."""

import json
import math
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from agent.letting_go import Keeping, LettingGo
from agent.model import Observation, Released, Skipped
from agent.platform.subscriber import Platform
from agent.records import entry
from agent.rules import life
from buffer.journal import Journal
from buffer.ranges import RangeSet
from buffer.records import Entry
from buffer.retention import BOUNDS_M
from buffer.verify import verify
from drivers.clock import Stamp, SystemClock
from drivers.geodesy import apart_m

SECOND, DAY = 1_000_000_000, 86_400_000_000_000
VEHICLE = "muck/truck-1"
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
        self.journal = Journal.open(self.path, BOOT, max_bytes=self.budget, min_free_bytes=0)
        keeping = Keeping(sinks or ("city", "fleet"), 7 * DAY, 0, 7 * DAY)
        self.letting_go = LettingGo(self.journal, self.clock, keeping, self.take)

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
                for sink in {"city", "fleet"} - {unsent}:
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


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Unit]:
    unit = Unit(tmp_path / "journal.db")
    yield unit
    unit.journal.close()


def test_a_full_journal_thins_in_stages_and_drops_nothing(unit: Unit) -> None:
    unit.drive(12_000)
    bounds = [t.bound_m for t in unit.told if isinstance(t, Skipped)]
    assert bounds
    assert set(bounds) <= set(BOUNDS_M)
    assert not unit.skips("fleet", "thinned"), "it had them all"
    assert not unit.skips("city", "dropped")
    seqs = unit.there()
    assert (seqs[0], seqs[-1]) == (1, 12_000)
    assert unit.error_m(seqs) <= max(bounds) * 1.006
    held = unit.journal.stats()
    assert held.bytes <= BUDGET
    assert held.streams["track"].count == len(seqs)
    assert held.streams["track"].thinned == 12_000 - len(seqs)
    assert held.sinks["fleet"]["track"].unsettled == 0
    named = unit.skips("city", "thinned")
    holes = RangeSet((n, n) for n in seqs)
    assert all(any(a <= lo and hi <= b for a, b in named) for lo, hi in holes.missing(1, 12_000))
    kept = {}  # the newest record of a stretch counts
    for told in unit.told:
        kept[told.first, told.last] = told
    assert all(t.kept >= 2 and t.bound_m in BOUNDS_M for t in kept.values())


def test_records_of_skips_are_few(unit: Unit) -> None:
    unit.drive(12_000)
    assert unit.journal.last("life") < 12_000 / 100


def test_much_later_the_oldest_is_dropped_and_named(tmp_path: Path) -> None:
    unit = Unit(tmp_path / "journal.db", 1_000_000)
    unit.drive(40_000)
    seqs = unit.there()
    dropped = unit.skips("city", "dropped")
    assert list(dropped) == [(1, dropped.first_gap() - 1)]
    assert seqs[0] == dropped.first_gap()
    assert unit.error_m(seqs) <= BOUNDS_M[-1] * 1.006
    assert not unit.journal.dropped, "no fix was refused at the door"
    unit.journal.close()
    assert verify(unit.path).findings == []


def test_it_is_whole_and_the_same_after_a_restart(unit: Unit) -> None:
    unit.drive(12_000)
    before = (unit.there(), unit.journal.thinned("track"), unit.journal.backlog("city"))
    unit.journal.close()
    assert verify(unit.path).findings == []
    unit.open()
    unit.letting_go.begin()
    assert (unit.there(), unit.journal.thinned("track"), unit.journal.backlog("city")) == before
    assert not unit.skips("city", "earlier")


def test_verify_finds_a_fix_that_thinning_had_left(unit: Unit) -> None:
    unit.drive(12_000)
    unit.journal.close()
    with closing(sqlite3.connect(unit.path)) as db:
        (lo, hi) = db.execute("SELECT lo, hi FROM thinned ORDER BY lo LIMIT 1 OFFSET 1").fetchone()
        db.execute("DELETE FROM record WHERE stream = 'track' AND seq = ?", (hi,))
        db.commit()
    (finding,) = verify(unit.path).findings
    assert finding.startswith(f"track: of {lo} to {hi} thinning left")
    unit.open()


def test_salvage_takes_thinned_track_over_and_nothing_of_it_is_lost(unit: Unit) -> None:
    unit.drive(12_000)
    seqs = unit.there()
    unit.journal.settle("city", "track", 1, seqs[len(seqs) // 3])
    unit.journal.close()
    content = bytearray(unit.path.read_bytes())
    content[:6] = b"SQLitf"
    unit.path.write_bytes(content)
    unit.open()
    assert unit.journal.replaced
    assert unit.journal.salvaged.lost == {}
    assert len(unit.journal.salvaged.kept["track"]) == 1
    assert set(seqs[len(seqs) // 3 + 1 :]) <= set(unit.there())
    unit.journal.close()
    assert verify(unit.path).findings == []
    unit.open()


def test_an_older_journal_gets_the_table(unit: Unit) -> None:
    unit.drive(300)
    unit.journal.close()
    with closing(sqlite3.connect(unit.path)) as db:
        db.execute("DROP TABLE thinned")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'thinned'")
        db.execute("PRAGMA user_version = 1")
        db.commit()
    assert verify(unit.path).findings == []
    unit.open()
    assert unit.journal.replaced is None
    assert len(unit.there()) == 300


@pytest.mark.parametrize("form", ["json", "compact"])
def test_a_platform_sees_no_gap_it_cannot_explain(rig, mosquitto, until, tmp_path, form: str) -> None:
    broker = mosquitto()
    rig.journal.close()
    unit = Unit(rig.path, clock=rig.clock)
    unit.drive(12_000)
    rig.journal = unit.journal
    seqs = unit.there()
    with Platform(broker.port) as platform:
        rig.start(rig.sink(broker.url, track_format=form))
        until(rig.drained)
        assert platform.wait_for(lambda v: VEHICLE in v and max(v[VEHICLE].fixes, default=0) == 12_000)
        vehicle = platform.snapshot()[VEHICLE]
        assert sorted(vehicle.fixes) == seqs
        assert vehicle.gaps("track") == []
        assert vehicle.duplicates == 0
        skips = [m["data"] for m in vehicle.events("life") if m["type"] == "skipped"]
        assert {s["why"] for s in skips} == {"thinned"}
        assert all(s["bound_m"] in BOUNDS_M and s["kept"] > 0 for s in skips)
    assert list(rig.journal.settled("city", "track")) == [(1, 12_000)], "holes are settled with batches"


def test_a_loss_within_a_thinned_stretch_is_still_seen(rig, mosquitto, until) -> None:
    broker = mosquitto()
    rig.journal.close()
    unit = Unit(rig.path, clock=rig.clock)
    unit.drive(12_000)
    rig.journal = unit.journal
    seqs = unit.there()
    lost = next(b for a, b in pairwise(seqs[99:]) if b > a + 1)
    rig.journal.settle("city", "track", lost, lost)  # as if it had been acknowledged
    with Platform(broker.port) as platform:
        rig.start(rig.sink(broker.url))
        until(rig.drained)
        assert platform.wait_for(lambda v: VEHICLE in v and max(v[VEHICLE].fixes, default=0) == 12_000)
        until(lambda: list(rig.journal.settled("city", "track")) == [(1, 12_000)])
        seen = platform.snapshot()[VEHICLE]
        between = range(seqs[seqs.index(lost) - 1] + 1, lost)  # no batch could say that they are left out
        assert [why for *_, why in rig.skipped] == ["thinned"]
        told = {n for _, lo, hi, _ in rig.skipped for n in range(lo, hi + 1)}
        assert told == set(between)
        missing = {n for lo, hi in seen.gaps("track") for n in range(lo, hi + 1)} - told
        assert missing == {lost}


class Calendar(SystemClock):
    """The machine's clock, with the date in the test's hand."""

    utc_ns = 20_500 * DAY

    def stamp(self, mono_ns: int | None = None) -> Stamp:
        return Stamp(self.boot, self.mono_ns() if mono_ns is None else mono_ns, self.utc_ns, "gnss")


def test_a_sink_taken_out_of_the_configuration_holds_its_records_for_some_days(tmp_path: Path) -> None:
    clock = Calendar(0)
    unit = Unit(tmp_path / "journal.db", 20_000_000, clock)
    for n in range(1, 701):
        stamp = clock.stamp()
        unit.journal.append([Entry("track", "fix", "unit", b"{}", n, stamp.utc_ns, "gnss")])
    unit.journal.settle("fleet", "track", 1, 700)
    unit.letting_go.begin()
    unit.journal.close()

    unit.open("fleet")
    for days in (0, 3, 6.9):
        clock.utc_ns = Calendar.utc_ns + round(days * DAY)
        assert not unit.letting_go.run()
    assert len(unit.there()) == 700, "held for the city"
    unit.journal.close()
    unit.open("fleet")
    clock.utc_ns = Calendar.utc_ns + round(7.1 * DAY)
    unit.letting_go.run()
    (released,) = (told for told in unit.told if isinstance(told, Released))
    assert (released.sink, released.unsettled["track"]) == ("city", 700)
    clock.utc_ns = Calendar.utc_ns + 8 * DAY
    unit.letting_go.run()
    assert unit.journal.stats().streams["track"].count < 700
    assert "city" not in unit.journal.stats().sinks
    unit.journal.close()


def test_a_sink_that_comes_back_in_time_has_lost_nothing(tmp_path: Path) -> None:
    clock = Calendar(0)
    unit = Unit(tmp_path / "journal.db", 20_000_000, clock)
    unit.drive(600)
    for days, sinks in ((0, ["fleet"]), (5, ["fleet", "city"]), (6, ["fleet"]), (12, ["fleet"])):
        clock.utc_ns = Calendar.utc_ns + days * DAY
        unit.journal.close()
        unit.open(*sinks)
        unit.letting_go.run()
    assert not any(isinstance(told, Released) for told in unit.told)
    assert len(unit.there()) == 600
    unit.journal.close()


def test_a_new_sink_is_told_what_went_before_it_was_there(tmp_path: Path) -> None:
    unit = Unit(tmp_path / "journal.db", 1_000_000)
    unit.drive(20_000, unsent="")
    assert unit.journal.stats().streams["track"].pruned
    unit.journal.close()
    unit.open("city", "fleet", "region")
    unit.letting_go.begin()
    gone = unit.skips("region", "earlier")
    assert list(gone) == [(1, gone.first_gap() - 1)]
    assert gone.count == unit.journal.stats().streams["track"].pruned
    unit.told.clear()
    unit.letting_go.begin()
    assert unit.told == [], "once"
    unit.journal.close()
