"""The coverage ledger, the timebase, life and health records, as timelines."""

import msgspec

from agent.model import (
    Anchor,
    JournalState,
    LinkState,
    LoadReading,
    Sampling,
    Skipped,
    Stopping,
    Tick,
    Track,
    WorkerState,
)
from drivers.readings import CameraHealth, ReceiverHealth


def gaps(t, source):
    return [(e.type, e.data["why"]) for e in t.emitted() if e.data.get("source") == source]


def test_a_tunnel_is_a_gap_with_its_length(timeline):
    t = timeline()
    t.run(10)
    t.run(20, mode="none", lat=None, lon=None)
    t.run(5)
    assert gaps(t, "fix") == [("gap.started", "no fix"), ("gap.ended", "no fix")]
    ended = t.last("gap.ended")
    assert ended.data["seconds"] == 21.0
    assert ended.data["since_us"] == 10e6
    assert [e.subject for e in t.emitted("gap.started")].count(ended.subject) == 1


def test_a_blink_is_no_gap(timeline):
    t = timeline()
    t.run(10)
    t.run(3, mode="none", lat=None, lon=None)
    t.run(10)
    assert gaps(t, "fix") == []


def test_a_gap_says_why_and_says_so_again_when_the_reason_changes(timeline):
    t = timeline()
    t.run(10)
    t.feed(ReceiverHealth(t.now, "/dev/gnss", False, "unplugged"))
    t.run(10, speed=None)
    t.feed(ReceiverHealth(t.now, "/dev/gnss", False, "silent"))
    t.run(2, speed=None)
    t.run(2)
    assert gaps(t, "fix") == [
        ("gap.started", "receiver: unplugged"),
        ("gap.updated", "receiver: silent"),
        ("gap.ended", "receiver: silent"),
    ]


def test_what_never_came_is_a_gap_from_the_start(timeline):
    t = timeline()
    t.run(30, speed=None)
    assert {e.data["source"] for e in t.emitted("gap.started")} == {
        "fix",
        "camera:bed",
        "camera:cab",
        "link:city",
    }
    assert all(e.data["since_us"] == 0 for e in t.emitted("gap.started"))


def test_a_camera_that_sees_nothing_is_a_gap(timeline):
    t = timeline()
    t.run(5, see="covered")
    t.run(30, see=None)
    t.run(2, see="covered")
    assert gaps(t, "camera:bed") == [("gap.started", "unusable: dark"), ("gap.ended", "unusable: dark")]


def test_a_cab_camera_is_covered_while_it_delivers(timeline):
    t = timeline()
    for _ in range(30):
        t.at += 1
        t.feed(CameraHealth(t.now, "cab", "cab", connected=True, fps=5.0))
    assert gaps(t, "camera:cab") == []
    for _ in range(30):
        t.at += 1
        t.feed(CameraHealth(t.now, "cab", "cab", connected=False, reason="no route"))
    assert gaps(t, "camera:cab") == [("gap.started", "camera: no route")]


def test_a_link_holds_until_it_says_otherwise(timeline):
    t = timeline()
    t.feed(LinkState(t.now, "city", connected=True))
    t.run(300)
    assert gaps(t, "link:city") == []
    t.feed(LinkState(t.now, "city", connected=False, reason="refused"))
    t.run(15)
    assert t.last("gap.started").data["since_us"] == 300e6
    t.feed(LinkState(t.now, "city", connected=True))
    assert gaps(t, "link:city") == [("gap.started", "link: refused"), ("gap.ended", "link: refused")]


def test_a_stop_of_the_agent_is_a_gap(timeline):
    t = timeline()
    t.run(10)
    t.feed(Stopping(t.now, "SIGTERM"))
    assert t.last("stopped").data == {"reason": "SIGTERM"}
    t.at = 60
    t.start(first=False, new_boot=False, clean=True, last_mono_ns=10_000_000_000)
    gap = t.last("gap.ended")
    assert (gap.data["why"], gap.data["since_us"], gap.data["until_us"]) == ("stopped in order", 10e6, 60e6)
    t.start(first=False, new_boot=True)
    assert t.last("gap.ended").data["why"] == "stopped without warning"
    assert t.last("gap.ended").data["since_us"] is None


def test_the_first_start_has_no_gap_before_it(timeline):
    t = timeline()
    assert [e.type for e in t.emitted()] == ["birth"]


def test_a_new_boot_closes_open_gaps(timeline):
    t = timeline()
    t.run(30, speed=None)
    t.start(first=False)
    closed = [e.data["source"] for e in t.emitted("gap.ended") if e.data.get("reason") == "interrupted"]
    assert sorted(closed) == ["camera:bed", "camera:cab", "fix", "link:city"]


def test_a_full_journal_is_told_with_what_it_lost(timeline):
    t = timeline()
    t.feed(JournalState(t.now, writable=False, reason="disk full"))
    t.at = 30
    t.feed(JournalState(t.now, writable=True, dropped=12))
    ended = t.last("gap.ended")
    assert ended.subject in [e.subject for e in t.emitted("gap.started")]
    assert (ended.data["since_us"], ended.data["until_us"], ended.data["dropped_fixes"]) == (0, 30e6, 12)
    assert [e.data["connected"] for e in t.emitted("device.changed")] == [False, True]


def test_three_fixes_that_agree_anchor_the_clock_once(timeline):
    t = timeline()
    t.run(30)
    anchors = [e for e in t.effects if isinstance(e, Anchor)]
    assert len(anchors) == 1
    assert anchors[0].mono_ns == 3_000_000_000
    assert len(t.emitted("clock.anchor")) == 1


def test_a_receiver_that_jumps_in_time_is_not_believed_at_once(timeline):
    t = timeline()
    t.run(10)
    t.at += 3600
    t.fix(utc=None)
    t.run(1)
    assert len(t.emitted("clock.anchor")) == 1


def test_an_impossible_date_anchors_nothing(timeline):
    t = timeline(not_before_ns=1_800_000_000_000_000_000)
    t.run(30)
    assert not t.emitted("clock.anchor")


def test_frames_follow_parked_and_moving(timeline):
    t = timeline()
    t.run(10)
    t.run(90, speed=0.0)
    t.run(5)
    assert [e.fps for e in t.effects if isinstance(e, Sampling)] == [1.0, 0.2, 1.0]


def test_workers_and_skipped_records_are_told(timeline):
    t = timeline()
    t.feed(WorkerState(t.now, "vision", "failed", "killed by signal 9"))
    assert t.last("worker.changed").data["reason"] == "killed by signal 9"
    t.feed(Skipped(t.now, "city", "event", 3, 4, "dead"))
    skipped = t.last("skipped")
    assert (skipped.data["sink"], skipped.data["from"], skipped.data["to"]) == ("city", 3, 4)


def test_health_is_reported_each_minute(timeline):
    t = timeline()
    t.run(185, see="covered")
    assert len(t.emitted("health.report")) == 3
    assert t.last("health.report").data["load"]["state"] == "covered"


def test_nothing_happens_before_the_settings():
    from agent.rules.state import State
    from agent.rules.step import step

    assert step(State(), Tick(5)) == (State(), [])


def test_a_reason_that_flickers_floods_nobody(timeline):
    t = timeline(camera_gap_s=20.0)
    t.run(30)
    before = len(t.emitted("gap.updated"))
    for n in range(600):
        t.at += 1
        reason = "dark" if n % 2 else "blurred"
        t.feed(LoadReading(t.now, "bed", "unknown", None, False, reason, "m1", n))
    assert len(t.emitted("gap.updated")) - before <= 31


def test_a_source_that_is_configured_away_ends_its_gap(timeline):
    t = timeline()
    t.run(30)
    t.settings = msgspec.structs.replace(t.settings, cab_cameras=())
    t.start(first=False, new_boot=False, last_mono_ns=t.now)
    assert t.last("gap.ended").data["source"] == "camera:cab"


def test_the_farewell_is_the_last_word(timeline):
    t = timeline(health_every_s=1.0)
    t.run(5)
    t.feed(Stopping(t.now, "SIGTERM"))
    t.run(5)
    assert t.emitted()[-1].type == "stopped"
    assert isinstance(t.effects[-1], Track), "a fix on its way is still kept"
    t.start(first=False, new_boot=False, last_mono_ns=t.now)
    t.run(5)
    assert t.emitted()[-1].type != "stopped"
