"""The whole core on a journal with little room, and no platform: it thins by itself and goes on."""

import json
import math
import threading
import time
from collections.abc import Callable

import msgspec

from agent.channels import Inbox
from agent.core import Core, Outlets, Start
from buffer.journal import Journal
from buffer.ranges import RangeSet
from buffer.verify import verify
from drivers.clock import SystemClock
from drivers.readings import Fix
from tests.contract.test_core import SETTINGS
from tests.fresh import fresh

SECOND = 1_000_000_000
COUNT = 9000
_SELDOM = ("health_every_s", "fix_gap_s", "camera_gap_s", "link_gap_s", "parked_after_s")
QUIET = msgspec.structs.replace(SETTINGS, body_cameras=(), **dict.fromkeys(_SELDOM, 1e6))


def drive(inbox: Inbox, begin: int, written: Callable[[], int]) -> None:
    """A truck that goes round a block, a fix a second, in group commits of at most 100."""
    for n in range(COUNT):
        turn = n / 40
        place = 31.2 + math.sin(turn) * 0.002, 121.4 + math.cos(turn) * 0.002
        inbox.put(Fix(begin + n * SECOND, "3d", None, *place, speed=5.0, hdop=1.0), 30.0)
        end = time.monotonic() + 30
        while n % 100 == 99 and written() < n:
            assert time.monotonic() < end
            time.sleep(0.01)


def test_the_core_thins_and_records_it_before_it_drops_anything(tmp_path) -> None:
    path, clock, inbox = tmp_path / "journal.db", SystemClock(0), Inbox()
    journal = Journal.open(fresh(path), clock.boot, max_bytes=2_000_000, min_free_bytes=0)
    outlets = Outlets(lambda _: None, lambda _: None, lambda: None)
    start = Start("1", QUIET, 0.05, 10**18, True, list, retain_s=0.05, release_ns=10**18)
    core, stop = Core(journal, inbox, clock, outlets, start), threading.Event()
    thread = threading.Thread(target=core.run, args=(stop, lambda: None))
    thread.start()
    try:
        drive(inbox, clock.mono_ns(), lambda: journal.last("track") + journal.dropped)
        end = time.monotonic() + 60
        while journal.last("track") + journal.dropped < COUNT or journal.lacking():
            assert time.monotonic() < end, (journal.lacking(), journal.stats())
            time.sleep(0.05)
    finally:
        stop.set()
        thread.join(30)
    life = [r for r in journal.window("reader", "life", 10_000, RangeSet()) if r.type == "skipped"]
    said = [json.loads(record.payload) for record in life]
    assert said
    assert {(s["sink"], s["stream"], s["why"]) for s in said} == {("city", "track", "thinned")}
    assert all(s["kept"] > 0 and s["bound_m"] in (5, 20, 50) for s in said)
    assert journal.settled("city", "track") == RangeSet(), "what remains is still to go"
    stats = journal.stats()
    assert stats.streams["track"].thinned > 1000
    assert stats.bytes <= 2_000_000
    journal.close()
    assert verify(path).findings == []
