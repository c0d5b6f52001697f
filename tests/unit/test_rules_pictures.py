"""Pictures in the rules: which are wanted, what becomes of them, and which episodes need theirs."""

import pytest

from agent.model import (
    PictureAsked,
    PictureFailed,
    PictureFile,
    PicturesDeleted,
    PictureTaken,
    PictureUnsent,
    Snapshot,
    Stopping,
)
from agent.rules.pictures import moment

FILE = PictureFile("ab" * 32, 1000, 640, 480)


def wishes(drive) -> list[Snapshot]:
    return [e for e in drive.effects if isinstance(e, Snapshot)]


def taken(drive, wish: Snapshot, **more: object) -> PictureTaken:
    values = {"group": "event", "original": FILE, "overlay": FILE, "concealed": "nothing"}
    values |= {"frame": 7, "at_ns": drive.now, "decided": wish.frame is not None}
    return PictureTaken(drive.now, wish.camera, wish.subject, wish.why, **(values | more))


@pytest.fixture
def open_load(timeline):
    drive = timeline(cab_events=("uncovered_load.started",))
    drive.run(30, see="uncovered")
    return drive


def test_an_accusation_is_pictured_by_the_frame_that_decided_it_and_the_next(open_load) -> None:
    started = open_load.last("uncovered_load.started")
    mine = [w for w in wishes(open_load) if w.subject == started.subject]
    assert [(w.camera, w.why, w.frame is not None) for w in mine if w.camera == "bed"] == [
        ("bed", "uncovered_load.started", False),
        ("bed", "uncovered_load.started", True),
    ]


def test_the_cab_is_pictured_for_the_chosen_events_only(open_load, timeline) -> None:
    cab = [w for w in wishes(open_load) if w.camera == "cab"]
    assert [w.why for w in cab] == ["uncovered_load.started"]
    plain = timeline()
    plain.run(30, see="uncovered")
    assert not [w for w in wishes(plain) if w.camera == "cab"]


def test_the_event_goes_before_its_picture(open_load) -> None:
    order = [e for e in open_load.effects if isinstance(e, Snapshot) or getattr(e, "stream", "") == "event"]
    at = order.index(open_load.last("uncovered_load.started"))
    assert all(order.index(w) > at for w in wishes(open_load) if w.why == "uncovered_load.started")


def test_a_picture_becomes_a_record_of_the_same_subject(open_load) -> None:
    wish = wishes(open_load)[-1]
    open_load.feed(taken(open_load, wish))
    record = open_load.last("picture.taken")
    assert (record.stream, record.subject) == ("media", wish.subject)
    assert record.data["original"] == {"sha256": FILE.sha256, "bytes": 1000, "width": 640, "height": 480}
    assert record.data["may_leave"] == {"original": True, "overlay": True}


@pytest.mark.parametrize(("group", "overlay"), [("cab", FILE), ("snapshot", None)])
def test_originals_with_people_never_may_leave(open_load, group, overlay) -> None:
    open_load.feed(taken(open_load, wishes(open_load)[0], group=group, overlay=overlay))
    assert open_load.last("picture.taken").data["may_leave"] == {
        "original": False,
        "overlay": overlay is not None,
    }


def test_a_picture_that_did_not_come_is_a_record_that_says_why(open_load) -> None:
    wish = wishes(open_load)[0]
    open_load.feed(PictureFailed(open_load.now, wish.camera, wish.subject, wish.why, "silent for 20 s"))
    record = open_load.last("picture.failed")
    assert (record.subject, record.data["reason"]) == (wish.subject, "silent for 20 s")


def test_what_was_wanted_when_the_agent_stopped_is_recorded_at_its_next_start(open_load) -> None:
    wanted = open_load.state.pictures.wanted
    open_load.feed(taken(open_load, wanted[0]))
    assert open_load.state.pictures.wanted == wanted[1:]
    open_load.feed(Stopping(open_load.now, "SIGTERM"))
    open_load.start(first=False, new_boot=False, clean=True, last_mono_ns=open_load.now)
    failed = open_load.emitted("picture.failed")
    assert [(f.subject, f.data["camera"]) for f in failed] == [(w.subject, w.camera) for w in wanted[1:]]
    assert {f.data["reason"] for f in failed} == {"the agent was restarted"}
    assert open_load.state.pictures.wanted == ()


def test_an_open_episode_needs_its_pictures_until_it_ends(open_load) -> None:
    subject = open_load.last("uncovered_load.started").subject
    assert subject in open_load.state.pictures.open
    open_load.run(60, see="covered")
    assert open_load.last("uncovered_load.ended").subject == subject
    assert subject not in open_load.state.pictures.open


def test_somebody_asks_for_a_picture(timeline) -> None:
    drive = timeline()
    drive.at = 5
    drive.feed(PictureAsked(drive.now, "bed", "technician"))
    (wish,) = wishes(drive)
    assert (wish.camera, wish.why) == ("bed", "command")
    drive.feed(PictureAsked(drive.now, "roof", "technician"))
    assert drive.last("picture.failed").data["reason"] == "no such camera"


def test_deleted_pictures_are_named(timeline) -> None:
    drive = timeline()
    drive.feed(PicturesDeleted(drive.now, "load-b-1", "event", "aged", ((FILE.sha256, "original"),)))
    record = drive.last("picture.deleted")
    assert (record.stream, record.subject, record.data["why"]) == ("media", "load-b-1", "aged")
    assert record.data["files"] == [{"sha256": FILE.sha256, "kind": "original"}]


def test_a_picture_of_a_violation_is_as_grave_as_it(open_load) -> None:
    started = open_load.last("uncovered_load.started")
    (mine, *_) = [w for w in wishes(open_load) if w.subject == started.subject]
    open_load.feed(taken(open_load, mine))
    assert open_load.last("picture.taken").severity == "violation"
    other = Snapshot("bed", "load-other", "load.changed")
    open_load.feed(taken(open_load, other))
    assert open_load.last("picture.taken").severity == "info"


def test_a_picture_that_a_sink_never_gets_is_a_record(open_load) -> None:
    open_load.feed(PictureUnsent(open_load.now, "city", "load-b-1", FILE.sha256, "original", "gone"))
    record = open_load.last("picture.unsent")
    assert (record.stream, record.subject) == ("media", "load-b-1")
    assert record.data == {"sink": "city", "sha256": FILE.sha256, "kind": "original", "reason": "gone"}


def test_an_accusation_is_pictured_before_at_and_after_its_beginning(timeline):
    t = timeline(before_s=10.0, after_s=5.0)
    t.run(20, see="covered")
    t.run(40, see="uncovered")
    t.run(60, see="covered")
    wishes = [e for e in t.effects if isinstance(e, Snapshot)]
    started = [w.when for w in wishes if w.why == "uncovered_load.started" and w.camera == "bed"]
    assert sorted(started) == ["after", "at", "at", "before"]
    assert {w.when for w in wishes if w.why != "uncovered_load.started"} == {"at"}
    before = next(w for w in wishes if w.when == "before")
    assert moment(before, t.settings, 30 * 10**9) == 20 * 10**9
    for wish in [w for w in wishes if w.why == "uncovered_load.started"]:
        assert wish in t.state.pictures.wanted
        failed = PictureFailed(
            t.now, wish.camera, wish.subject, wish.why, "x", wish.frame is not None, wish.when
        )
        t.feed(failed)
        assert wish not in t.state.pictures.wanted
