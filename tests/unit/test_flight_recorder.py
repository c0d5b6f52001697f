"""The recorder beside the core: never in its way, silent off duty, and it says what it could not keep."""

import threading
from datetime import UTC, datetime

import msgspec
import pytest

from agent.config_file import parse_config
from agent.flight.play import Player
from agent.flight.recorder import Recorder, nowhere
from agent.flight.ring import Ring
from agent.flight.segment import pieces
from agent.flight.setup import recording_setup
from agent.flight.tape import Closing, Opening, Seen
from agent.rule_layers import Shift
from drivers.readings import Fix
from tests.unit.flight_desk import SECOND, Feeder, Hand, saved, setup


@pytest.fixture
def settings(timeline):
    return timeline().settings


class Desk:
    """A recorder whose worker the test lets run."""

    def __init__(self, folder, clock, **limits):
        self.recorder, self.stop = Recorder(setup(folder, **limits), clock), threading.Event()

    def run(self):
        """One turn, then a stop in order."""
        self.stop.set()
        self.recorder.run(self.stop, lambda: None)


def test_what_is_too_much_is_counted_and_the_recording_begins_anew_behind_it(tmp_path, settings):
    clock = Hand()
    desk = Desk(tmp_path / "ring", clock)
    feeder = Feeder(desk.recorder.take, settings, clock).start()
    feeder.ticks(9000)
    assert desk.recorder.lost == 9002 - 8192
    desk.run()
    feeder.ticks(1)
    desk.run()
    saved(Ring(tmp_path / "ring"), tmp_path / "x.flight")
    openings = [p for p in pieces(tmp_path / "x.flight") if isinstance(p, Opening)]
    assert [(o.began, o.lost) for o in openings] == [("start", 0), ("lost", 810)]
    player = Player("1+x")
    list(player.play(pieces(tmp_path / "x.flight")))
    assert any("810 observations are missing" in note for note in player.notes)
    assert len(player.spans) == 2


def test_a_full_disk_stops_the_recording_alone_and_it_goes_on_when_there_is_room(tmp_path, settings):
    clock = Hand()
    desk = Desk(tmp_path / "ring", clock, min_free_bytes=2**62)
    feeder = Feeder(desk.recorder.take, settings, clock).start()
    desk.run()
    assert "too little room" in desk.recorder.fault
    assert desk.recorder.lost == 2
    desk.recorder.setup = setup(tmp_path / "ring", min_free_bytes=0)
    feeder.ticks(2)
    desk.run()
    assert desk.recorder.fault is None
    saved(Ring(tmp_path / "ring"), tmp_path / "x.flight")
    (opening,) = [p for p in pieces(tmp_path / "x.flight") if isinstance(p, Opening)]
    assert opening.began == "lost"


def test_a_folder_that_cannot_be_written_fails_the_worker_and_says_how_many_were_lost(tmp_path, settings):
    (tmp_path / "file").write_text("")
    clock = Hand()
    desk = Desk(tmp_path / "file" / "ring", clock)
    Feeder(desk.recorder.take, settings, clock).start()
    with pytest.raises(OSError, match="file"):
        desk.run()


def test_off_duty_nothing_is_recorded_and_the_last_fix_says_no_place(tmp_path, settings):
    clock = Hand()
    desk = Desk(tmp_path / "ring", clock)
    never = msgspec.structs.replace(settings, shifts=(Shift(0, 1),))
    feeder = Feeder(desk.recorder.take, never, clock).start()
    clock.now += SECOND
    noon = datetime(2026, 11, 24, 6, tzinfo=UTC)
    fix = Fix(clock.now, "3d", noon, "read", 31.2345678, 121.4567890, 8.0, 9.0, 12.0)
    feeder.feed(fix)
    feeder.feed(msgspec.structs.replace(fix, mono_ns=clock.now + 1))
    feeder.ticks(100)
    assert not feeder.state.duty.on
    desk.run()
    saved(Ring(tmp_path / "ring"), tmp_path / "x.flight")
    read = list(pieces(tmp_path / "x.flight"))
    kept = [p.observation for p in read if isinstance(p, Seen)]
    assert [type(seen).__name__ for seen in kept] == ["Restarted", "Settings", "Fix"]
    assert (kept[-1].lat, kept[-1].lon, kept[-1].speed, kept[-1].alt) == (31.0, 121.0, None, None)
    assert [p.ended for p in read if isinstance(p, Closing)] == ["off duty"]
    (state,) = [p.state for p in read if isinstance(p, Opening)]
    assert b"31.23" not in bytes(state)
    assert nowhere(Fix(1, "none")) == Fix(1, "none")


def test_where_nothing_is_to_be_recorded_nothing_is(tmp_path, settings):
    recorder = Recorder(None, Hand())
    Feeder(recorder.take, settings, Hand()).start()
    assert recorder.report() is None


def test_what_was_recorded_goes_when_it_is_switched_off(tmp_path, settings):
    desk = Desk(tmp_path / "recording", Hand())
    Feeder(desk.recorder.take, settings, Hand()).start()
    desk.run()
    document = {"unit": {"fleet": "f", "vehicle": "v"}, "gnss": {"source": "/dev/ttyUSB0"}}
    document["journal"] = {"path": str(tmp_path / "journal.db")}
    on = parse_config(document | {"recording": {"hours": 2}}, "agent.toml")
    assert recording_setup(on, "1", "1+x").limits.hours == 2
    assert len(Ring(tmp_path / "recording").segments()) == 1
    assert recording_setup(parse_config(document, "agent.toml"), "1", "1+x") is None
    assert list((tmp_path / "recording").iterdir()) == []
