"""Whose records are held: sinks that are configured, were, or are new."""

from pathlib import Path

from agent.model import Released
from buffer.records import Entry
from drivers.clock import Stamp, SystemClock
from tests.contract.offline_unit import DAY, Unit


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
