"""The ring and what writes it: bounded, whole where it can be, private."""

import os
import stat

import msgspec
import pytest

from agent.errors import FlightError
from agent.flight.play import Player
from agent.flight.ring import Limits
from agent.flight.segment import pieces
from agent.flight.setup import Taken
from agent.flight.tape import Closing, Held, Opening, Same, Seen
from agent.flight.writer import RingWriter
from tests.unit.flight_desk import LIMITS, SECOND, UTC_NS, Feeder, Hand, saved, setup


@pytest.fixture
def settings(timeline):
    return timeline().settings


@pytest.fixture
def written(tmp_path, settings):
    """A writer of the ring, and who feeds it."""
    clock = Hand()
    writer = RingWriter(setup(tmp_path / "ring"), clock, "start", 0)
    feeder = Feeder(lambda b, s, a: writer.write(Taken(b, s, a.duty.on, 0)), settings, clock)
    return writer, feeder.start(), clock


def test_what_went_in_comes_out_with_what_the_rules_remembered(written, tmp_path):
    writer, feeder, _ = written
    for seconds in (1801, 1801, 900):
        feeder.ticks(seconds)
        writer.flush()
    writer.end("stopped")
    report = saved(writer.ring, tmp_path / "x.flight")
    assert (report.segments, report.cut, report.unread) == (3, 0, 0)
    read = list(pieces(tmp_path / "x.flight"))
    assert [p.observation for p in read if isinstance(p, Seen)] == feeder.seen
    openings = [p for p in read if isinstance(p, Opening)]
    assert [o.began for o in openings] == ["start", "continued", "continued"]
    assert [p.ended for p in read if isinstance(p, Closing)] == ["continued", "continued", "stopped"]
    assert len([p for p in read if isinstance(p, Held)]) == 1
    player = Player("1+x")
    bodies = list(player.play(read))
    assert (player.faults, player.notes, len(player.spans)) == ([], [], 1)
    assert player.observations == len(feeder.seen)
    tail = read[read.index(openings[1]) :]  # a ring whose beginning is gone
    held = [p for p in read if isinstance(p, Held)]
    rest = list(Player("1+x").play([*held, *tail]))
    assert rest == bodies[-len(rest) :]


def test_a_state_that_is_not_what_the_rules_made_is_found(written, tmp_path):
    writer, feeder, _ = written
    feeder.ticks(1801)
    writer.flush()
    moving = msgspec.structs.replace(feeder.state.motion, moving=True)
    feeder.state = msgspec.structs.replace(feeder.state, motion=moving)
    feeder.ticks(3)
    writer.end("stopped")
    saved(writer.ring, tmp_path / "x.flight")
    player = Player("1+x")
    list(player.play(pieces(tmp_path / "x.flight")))
    assert ["remember something else" in fault for fault in player.faults] == [True]
    other = Player("2+y")
    list(other.play(pieces(tmp_path / "x.flight")))
    assert other.faults == [], "other rules may remember other things"


def test_settings_that_come_in_again_are_not_written_again(written, tmp_path):
    writer, feeder, clock = written
    feeder.ticks(1801)
    writer.flush()
    feeder.ticks(1)
    again = msgspec.structs.replace(feeder.settings, mono_ns=clock.now)
    feeder.feed(again)
    writer.end("stopped")
    saved(writer.ring, tmp_path / "x.flight")
    read = list(pieces(tmp_path / "x.flight"))
    (same,) = [p for p in read if isinstance(p, Same)]
    player = Player("1+x")
    list(player.play(read))
    assert player.observed(same) == again


def test_the_ring_keeps_its_hours_its_bytes_and_its_days(written, tmp_path):
    writer, feeder, _ = written
    for _ in range(6):
        feeder.ticks(1801)
        writer.flush()
    writer.end("stopped")
    ring = writer.ring
    assert [s.number for s in ring.segments()] == [1, 2, 3, 4, 5, 6]
    ring.prune(Limits(1.0, 10**9, 0), None, None)
    assert [s.number for s in ring.segments()] == [5, 6]
    os.utime(ring.segments()[0].path, (1, 1))
    ring.prune(LIMITS, 2 * SECOND, None)
    assert [s.number for s in ring.segments()] == [6]
    ring.prune(Limits(24.0, 1, 0), None, ring.segments()[-1].path)
    assert [s.number for s in ring.segments()] == [6], "what is being written stays"
    ring.prune(Limits(24.0, 10**9, 2**62), None, None)
    assert ring.segments() == []
    assert ring.settings() == {}


def test_only_the_account_of_the_agent_may_read_it(written):
    writer, feeder, _ = written
    feeder.ticks(1801)
    writer.flush()
    assert stat.S_IMODE(writer.ring.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in writer.ring.folder.iterdir()} == {0o600}


def test_what_a_killed_agent_left_is_taken_into_account(written, tmp_path, settings):
    writer, feeder, clock = written
    feeder.ticks(600)
    writer.flush()
    feeder.ticks(10)
    writer.abandon()
    (left,) = writer.ring.segments()
    assert left.seconds is None
    RingWriter(setup(tmp_path / "ring"), clock, "start", 0).clear_up()
    (left,) = writer.ring.segments()
    assert left.seconds == 600
    report = saved(writer.ring, tmp_path / "x.flight")
    assert (report.segments, report.cut) == (1, 1)
    player = Player("1+x")
    list(player.play(pieces(tmp_path / "x.flight")))
    assert player.observations == 602
    assert "has no end" in player.notes[0]


def test_a_time_chooses_the_segments_that_touch_it(written, tmp_path):
    writer, feeder, _ = written
    for _ in range(4):
        feeder.ticks(1801)
        writer.flush()
    writer.end("stopped")
    second = UTC_NS + 1801 * SECOND
    report = saved(writer.ring, tmp_path / "x", second + 100 * SECOND, second + 200 * SECOND)
    assert report.segments == 1
    with pytest.raises(FlightError, match="nothing of that time"):
        saved(writer.ring, tmp_path / "y", UTC_NS + 10**15)
