"""What a start knows of the last position, out of a real journal of another boot."""

import pytest

from agent.model import Emit, Track
from agent.records import entry
from agent.recovery import recover
from buffer.journal import Journal
from drivers.clock import Stamp
from drivers.readings import Fix
from tests.fresh import fresh

SECOND = 1_000_000_000


class Later:
    """The clock of the next boot."""

    boot = "second-boot"

    def mono_ns(self):
        return 9 * SECOND


def opened(folder, boot):
    return Journal.open(fresh(folder / "journal.db"), boot, max_bytes=10**8, min_free_bytes=0)


def recorded(folder, *seconds_and_effects):
    journal = opened(folder, "first-boot")
    for at, effect in seconds_and_effects:
        journal.append([entry(effect, Stamp("first-boot", at * SECOND, None, "unsynced"))])
    journal.close()
    again = opened(folder, Later.boot)
    try:
        return recover(again, Later(), "1")[0]
    finally:
        again.close()


def fix(at, **more):
    return Track(Fix(at * SECOND, "3d", lat=30.6, lon=104.0, speed=12.0, hdop=1.1), **more)


def test_the_newest_position_and_for_how_long_it_was_recorded_after_it(tmp_path):
    later = Emit("health", "device.changed", "receiver", {"connected": False, "reason": "x"})
    last = recorded(tmp_path, (5, fix(5)), (7, fix(7)), (19, later)).last_fix
    assert (last.boot, last.mono_ns, last.speed) == ("first-boot", 7 * SECOND, 12.0)
    assert (last.lat, last.lon, last.hdop, last.fit) == (30.6, 104.0, 1.1, True)
    assert last.quiet_s == pytest.approx(12.0)


def test_one_that_decided_nothing_is_not_fit(tmp_path):
    assert not recorded(tmp_path, (5, fix(5, unfit=("hdop",)))).last_fix.fit


def test_without_any_there_is_none(tmp_path):
    assert recorded(tmp_path).last_fix is None
