"""The core on a real journal: one step is one transaction, and a restart goes on where it was."""

import json
import threading
import time

import msgspec
import pytest

from agent.channels import Inbox
from agent.core import Core, Outlets, Start, recover
from agent.model import (
    JournalState,
    LinkState,
    PictureAsked,
    PictureFile,
    PicturesDeleted,
    PictureTaken,
    PictureUnsent,
    Settings,
    Stopping,
)
from agent.rules.state import State
from buffer.journal import Journal
from buffer.ranges import RangeSet
from drivers.clock import SystemClock
from drivers.readings import Fix
from tests.fresh import fresh

FILE = PictureFile("ab" * 32, 1000, 640, 480)
SETTINGS = msgspec.convert(
    {
        "mono_ns": 0,
        "boot": "b00t",
        "hash": "h",
        "body_cameras": ["bed"],
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

    def open(self, **retention):
        self.journal = Journal.open(fresh(self.path), self.clock.boot, max_bytes=10_000_000, min_free_bytes=0)
        self.inbox = Inbox()
        self.orders, self.deleted = [], []
        outlets = Outlets(
            self.rates.append, self.live.append, self._wake, self.orders.append, self.deleted.append
        )
        start = Start("9.9", SETTINGS, 0.05, 10**18, True, lambda: self.links, **retention)
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
    older = msgspec.msgpack.encode({"version": 1, "boot": unit.clock.boot, "state": {}})
    for snapshot in (older, b"no snapshot at all"):
        unit.journal.append([], snapshot)
        restarted, state = recover(unit.journal, unit.clock, "1")
        assert not restarted.readable
        assert state == State()


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


def taken(now):
    return PictureTaken(now, "bed", "load-1", "load.changed", "event", FILE, FILE, "nothing", 1, now)


def test_a_wish_for_a_picture_goes_out_with_what_is_known_of_the_moment(unit):
    unit.fix()
    until(lambda: unit.records("track"))
    now = unit.clock.mono_ns()
    unit.inbox.put(PictureAsked(now, "bed", "technician"))
    until(lambda: unit.orders)
    (order,) = unit.orders
    assert (order.mono_ns, order.snapshot.camera, order.snapshot.why) == (now, "bed", "command")
    assert (order.caption.lat, order.caption.lon) == (31.0, 121.0)
    stamp = unit.clock.stamp(now)
    assert abs(order.caption.utc_offset_ns - (stamp.utc_ns - now)) < 10**9
    assert order.caption.clock == stamp.origin


def test_a_deletion_is_confirmed_once_it_is_in_the_journal(unit):
    seen = PicturesDeleted(unit.clock.mono_ns(), "load-1", "event", "aged", ((FILE.sha256, "original"),))
    unit.inbox.put(seen)
    until(lambda: unit.deleted)
    assert unit.deleted == [seen]
    assert [r.type for r in unit.records("media")] == ["picture.deleted"]


def test_a_picture_that_never_arrives_is_on_record_before_anything_else_happens(unit):
    unit.inbox.put(PictureUnsent(unit.clock.mono_ns(), "city", "load-1", FILE.sha256, "original", "gone"))
    until(lambda: unit.records("media"))
    found = unit.journal.find("media", "picture.unsent", f'"sha256":"{FILE.sha256}","sink":"city"'.encode())
    assert found is not None
    assert found.subject == "load-1"


def test_records_of_pictures_are_passed_over_when_their_days_are_over(unit):
    for _ in range(3):
        unit.inbox.put(taken(unit.clock.mono_ns()))
    until(lambda: len(unit.records("media")) == 3)
    unit.close()
    unit.open(keep_media_ns=10**18, retain_s=0.05)
    until(lambda: unit.journal.stats().commits > 5)
    assert unit.journal.settled("city", "media") == RangeSet()
    unit.close()
    unit.open(keep_media_ns=0, retain_s=0.05)
    until(lambda: unit.journal.settled("city", "media") == RangeSet([(1, 3)]))
    until(lambda: any(r.type == "skipped" for r in unit.records("life")))
    skipped = [json.loads(r.payload) for r in unit.records("life") if r.type == "skipped"]
    assert [(s["stream"], s["from"], s["to"], s["why"]) for s in skipped] == [("media", 1, 3, "policy")]


def test_a_damaged_journal_goes_on_and_each_sink_is_told_what_never_comes(unit):
    for n in range(40):
        unit.inbox.put(Fix(unit.clock.mono_ns(), "3d", lat=round(31 + n / 100, 2), lon=121.0))
    until(lambda: len(unit.records("track")) == 40)
    unit.journal.settle("city", "track", 1, 10)
    unit.close()
    content = bytearray(unit.path.read_bytes())
    content[content.index(b'"lat":31.2,') + 8] ^= 1  # fix 21
    content[:6] = b"SQLitf"
    unit.path.write_bytes(content)
    unit.open()
    until(lambda: len([r for r in unit.records("life") if r.type == "skipped"]) >= 2)
    said = [record for record in unit.records("life") if record.type != "birth"]
    told = json.loads(next(record.payload for record in said if record.type == "journal.salvaged"))
    assert (told["lost"], told["last"]["track"]) == ({"track": [[21, 21]]}, 40)
    assert told["kept"]["track"] == [[11, 20], [22, 40]]
    skipped = [json.loads(record.payload) for record in said if record.type == "skipped"]
    assert {(s["stream"], s["from"], s["to"], s["why"]) for s in skipped} == {
        ("track", 1, 10, "earlier"),
        ("track", 21, 21, "dead"),
    }
    track = unit.journal.window("city", "track", 100, RangeSet())
    assert [record.seq for record in track if record.seq <= 40] == [*range(11, 21), *range(22, 41)]
