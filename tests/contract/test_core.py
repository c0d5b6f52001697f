"""The core on a real journal: one step is one transaction, and a restart goes on where it was."""

import json
import threading
import time

import msgspec
import pytest

from agent.channels import Inbox
from agent.core import Core, Outlets, Start, recover
from agent.model import JournalState, LinkState, Settings, Stopping
from buffer.journal import Journal
from buffer.ranges import RangeSet
from drivers.clock import SystemClock
from drivers.readings import Fix

SETTINGS = msgspec.convert(
    {
        "mono_ns": 0,
        "boot": "b00t",
        "hash": "h",
        "body_cameras": [],
        "cab_cameras": [],
        "sinks": ["city"],
        "zones": [],
        **dict.fromkeys(
            [f for f in Settings.__struct_fields__ if f.endswith(("_s", "_m", "_mps")) or "fps" in f], 1.0
        ),
        "smoothing": {"smoothing_s": 1.0},
        "max_hdop": 5.0,
        "not_before_ns": 0,
    },
    Settings,
)


class Unit:
    def __init__(self, folder):
        self.clock = SystemClock(0)
        self.path = folder / "journal.db"
        self.rates, self.live, self.woken, self.links = [], [], 0, []

    def open(self):
        self.journal = Journal.open(self.path, self.clock.boot, max_bytes=10_000_000, min_free_bytes=0)
        self.inbox = Inbox()
        outlets = Outlets(self.rates.append, self.live.append, self._wake)
        start = Start("9.9", SETTINGS, 0.05, 10**18, True, lambda: self.links)
        self.core = Core(self.journal, self.inbox, self.clock, outlets, start)
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.core.run, args=(self.stop, lambda: None))
        self.thread.start()

    def _wake(self):
        self.woken += 1

    def fix(self):
        now = self.clock.mono_ns()
        self.inbox.put(Fix(now, "3d", lat=31.0, lon=121.0, speed=5.0, hdop=1.0))

    def close(self):
        self.stop.set()
        self.thread.join(20)
        self.journal.close()

    def records(self, stream):
        return self.journal.window("reader", stream, 1000, RangeSet())


@pytest.fixture
def unit(tmp_path):
    unit = Unit(tmp_path)
    unit.open()
    yield unit
    if unit.thread.is_alive():
        unit.close()


def until(predicate):
    end = time.monotonic() + 30
    while not predicate():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_birth_comes_first_and_fixes_follow(unit):
    for _ in range(5):
        unit.fix()
    until(lambda: len(unit.records("track")) == 5)
    birth = unit.records("life")[0]
    assert birth.type == "birth"
    assert json.loads(birth.payload)["version"] == "9.9"
    assert len(unit.live) == 5
    assert unit.rates[:1] == [1.0]
    assert unit.woken


def test_a_stop_commits_everything_that_waited(unit):
    for _ in range(50):
        unit.fix()
    unit.inbox.put(Stopping(unit.clock.mono_ns(), "test"))
    unit.stop.set()
    unit.thread.join(20)
    assert len(unit.records("track")) == 50
    assert unit.records("life")[-1].type == "stopped"
    unit.journal.close()


def test_a_restart_in_the_same_boot_keeps_the_state(unit):
    unit.fix()
    unit.inbox.put(LinkState(unit.clock.mono_ns(), "city", connected=True))
    unit.inbox.put(Stopping(unit.clock.mono_ns(), "test"))
    until(lambda: any(r.type == "stopped" for r in unit.records("life")))
    unit.close()
    unit.open()
    until(lambda: len([r for r in unit.records("life") if r.type == "birth"]) == 2)
    assert unit.core.state.motion.fix.lat == 31.0
    gap = json.loads(next(r for r in unit.records("coverage") if r.type == "gap.ended").payload)
    assert (gap["source"], gap["why"]) == ("agent", "stopped in order")


def test_a_state_of_another_boot_or_version_is_not_taken_over(unit):
    until(lambda: unit.journal.load_snapshot() is not None)
    unit.clock.boot = "another"
    restarted, _ = recover(unit.journal, unit.clock, "1")
    assert restarted.new_boot
    assert restarted.readable
    unit.journal.append([], b"no snapshot at all")
    restarted, state = recover(unit.journal, unit.clock, "1")
    assert not restarted.readable
    assert state.settings is None


def test_a_journal_that_was_full_in_the_last_run_ends_its_gap(unit):
    unit.inbox.put(JournalState(unit.clock.mono_ns(), writable=False, reason="full"))
    until(lambda: any(r.type == "gap.started" for r in unit.records("coverage")))
    unit.close()
    unit.open()
    until(lambda: [r for r in unit.records("coverage") if b'"source":"journal"' in r.payload][1:])
    ended = json.loads(
        [r for r in unit.records("coverage") if b'"source":"journal"' in r.payload][-1].payload
    )
    assert ended["dropped_fixes"] is None
