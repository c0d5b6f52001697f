"""A full journal thins what a platform has not got, says so, and a platform sees no gap it can't explain."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from agent.letting_go import LettingGo
from agent.model import Observation, Skipped
from agent.platform.subscriber import Platform
from buffer.books import BOOKS
from buffer.ranges import RangeSet
from buffer.retention import BOUNDS_M
from buffer.verify import verify
from tests.contract.offline_unit import BUDGET, Unit

VEHICLE = "muck/truck-1"


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
        for table in BOOKS.keys() - {"thinned"}:
            db.execute(f"ALTER TABLE {table} DROP COLUMN crc")
        db.execute("DELETE FROM _sqlite_migrations WHERE name IN ('thinned', 'checksums')")
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


def test_a_week_offline_fits_the_default_budget_untouched(tmp_path: Path) -> None:
    """At a hundredth of its length and its budget; benchmarks/retention.py writes all of it."""
    share = 100
    unit = Unit(tmp_path / "journal.db", 2 * 1024**3 // share)
    unit.drive(7 * 86_400 // share, unsent="both")
    held = unit.journal.stats()
    assert unit.told == []
    assert held.streams["track"].count == 7 * 86_400 // share
    assert held.bytes * share < 2 * 1024**3 / 4, "and three times as much for all else"
    unit.journal.close()


def test_it_is_whole_while_it_is_thinned(unit: Unit) -> None:
    unit.drive(6000)
    verdicts, stop = [], threading.Event()

    def look() -> None:
        while not stop.is_set():
            verdicts.append(verify(unit.path).findings)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        unit.drive(9000)
    finally:
        stop.set()
        looking.join()
    assert unit.journal.stats().streams["track"].thinned > 5000
    assert verdicts == [[]] * len(verdicts)


def test_a_crash_before_the_deletion_leaves_more_than_was_said(unit: Unit) -> None:
    """The record is first; what it named goes with the next run, or is sent after all."""

    def take(seen: Observation) -> None:
        unit.take(seen)
        raise KeyboardInterrupt

    while not unit.journal.lacking():
        unit.drive(59)
    with pytest.raises(KeyboardInterrupt):
        LettingGo(unit.journal, unit.clock, unit.keeping, take).run()
    assert unit.skips("city", "thinned")
    there = unit.there()
    assert len(there) == len(unit.fixes)
    unit.journal.close()
    unit.open()
    unit.letting_go.begin()
    assert unit.there() == there
    assert list(unit.journal.settled("city", "track")) == []
