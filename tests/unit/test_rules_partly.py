"""Partly covered is a notice and never a violation; changes, faults and pictures around it."""

import msgspec
import pytest

from agent.model import LoadReading, Probabilities, Snapshot
from drivers.readings import CameraFault, CameraHealth

LOADING = (0.001, 0.001)
EDGE = Probabilities(0.01, 0.01, 0.49, 0.49)


def look(t, p, camera="bed", word="uncovered", **more):
    t.feed(LoadReading(t.now, camera, word, p, True, None, **({"model": "m1", "frame": 1} | more)))


def drive(t, seconds, *pictures):
    """Second by second a fix and one picture of each."""
    for n in range(seconds):
        t.at += 1
        t.fix()
        picture = pictures[n % len(pictures)]
        if isinstance(picture, Probabilities):
            look(t, picture)
        else:
            t.see(picture)


def test_a_partly_covered_load_under_way_is_an_episode_of_notices(timeline):
    t = timeline()
    t.run(20, see="covered")
    t.run(30, see="partly")
    (started,) = t.emitted("partly_covered.started")
    assert started.severity == "notice"
    assert started.data["since_us"] == pytest.approx(21e6, abs=1e6)
    t.run(20, see="covered")
    (ended,) = t.emitted("partly_covered.ended")
    assert (ended.subject, ended.severity, ended.data["reason"]) == (started.subject, "notice", "covered")
    assert not t.emitted("uncovered_load.started")


@pytest.mark.parametrize("circumstances", [{"speed": 0.3}, {"at": LOADING}, {"speed": None}])
def test_no_notice_at_a_site_or_standing(timeline, circumstances):
    t = timeline()
    t.run(60, see="partly", **circumstances)
    assert not t.emitted("partly_covered.started")


@pytest.mark.parametrize("pictures", [(EDGE,), ("partly", "uncovered"), ("partly", "partly", "uncovered")])
def test_in_doubt_between_partly_and_uncovered_it_is_the_notice(timeline, pictures):
    t = timeline(smoothing=msgspec.structs.replace(timeline().settings.smoothing, smoothing_s=10.0))
    drive(t, 120, *pictures)
    assert t.emitted("partly_covered.started")
    assert not t.emitted("uncovered_load.started")


def test_a_load_that_opens_further_is_first_a_notice_then_a_violation(timeline):
    t = timeline()
    t.run(30, see="partly")
    t.run(40, see="uncovered")
    kinds = [e.type for e in t.emitted() if e.stream == "event" and e.type != "load.changed"]
    assert sorted(kinds) == ["partly_covered.ended", "partly_covered.started", "uncovered_load.started"]
    assert t.last("partly_covered.ended").data["reason"] == "uncovered"


def test_the_violation_ends_when_the_load_is_seen_partly_covered(timeline):
    t = timeline()
    t.run(30, see="uncovered")
    t.run(40, see="partly")
    assert t.last("uncovered_load.ended").data["reason"] == "partly"
    assert t.emitted("partly_covered.started")


def test_changes_have_their_kind_and_the_time_in_which_they_happened(timeline):
    t = timeline()
    for state in ("empty", "uncovered", "partly", "covered", "uncovered", "empty", "covered"):
        t.run(20, see=state)
    changes = t.emitted("load.changed")
    assert [e.data["kind"] for e in changes] == [
        "first_seen",
        "became_loaded",
        "cover_closed",
        "cover_closed",
        "cover_opened",
        "became_empty",
        "became_loaded",
    ]
    for n, e in enumerate(changes[1:], 1):
        began = 20 * n + 1
        assert e.data["since_us"] == pytest.approx(began * 1e6, abs=1e6)
        earliest, latest = e.data["between_us"]
        assert earliest <= e.data["since_us"] <= latest <= (began + 5) * 1e6
        assert earliest >= (began - 2) * 1e6


def test_a_change_in_the_dark_lies_between_when_it_was_last_and_next_seen(timeline):
    t = timeline()
    t.run(20, see="covered")
    t.run(300, see=None)
    t.run(20, see="empty")
    earliest, latest = t.last("load.changed").data["between_us"]
    assert earliest == 20e6
    assert 320e6 < latest < 326e6


def test_an_event_carries_what_decided_it(timeline):
    t = timeline()
    t.run(10, see="covered")
    t.run(4, see="uncovered")
    t.run(2, see=None)
    t.run(20, see="uncovered")
    event = t.last("uncovered_load.started")
    read = event.data["readings"]["bed"]
    assert (read["first"]["at_us"], read["usable"], read["unusable"]) == (11e6, 9, 2)
    assert read["last"]["at_us"] == event.data["conditions"]["newest_usable_us"] == 20_000_000 + 1_000_000
    assert read["strongest"]["p"]["uncovered"] == 0.97
    assert event.data["thresholds"]["confidence"] == 0.8
    assert event.data["smoothing"]["smoothing_s"] == 1.0
    assert event.data["settings"] == "h"
    assert event.data["views"]["bed"]["model"] == "m1"
    assert event.data["conditions"]["least_confidence"] >= 0.8


def test_a_camera_with_a_fault_does_not_count(timeline):
    def health(t, *faults, connected=True):
        found = tuple(CameraFault(kind, t.now, "x") for kind in faults)
        t.feed(CameraHealth(t.now, "bed", "body", connected, faults=found))

    t = timeline()
    t.run(5, see="uncovered")
    health(t, "moved")
    t.run(30, see="uncovered")
    health(t, connected=False)
    t.run(30, see="uncovered")
    assert t.state.load.state == "unknown"
    assert not t.emitted("uncovered_load.started")
    health(t)
    t.run(9, see="uncovered")
    assert not t.emitted("uncovered_load.started"), "the time with the fault was not watched"
    t.run(6, see="uncovered")
    assert t.emitted("uncovered_load.started")


def test_a_camera_without_an_opinion_does_not_protect(timeline):
    t = timeline(body_cameras=("bed", "tail"))
    for _ in range(30):
        t.at += 1
        t.fix()
        t.see("uncovered")
        look(t, Probabilities(0.27, 0.25, 0.24, 0.24), "tail", "empty")
    assert t.emitted("uncovered_load.started")


def test_time_without_frames_is_not_time_watched(timeline):
    t = timeline(stale_reading_s=60.0)
    t.run(3, see="uncovered")
    t.run(28, see=None)
    t.run(4, see="uncovered")
    assert not t.emitted("uncovered_load.started")


def test_another_model_is_noted_and_its_predecessors_word_counts_on(timeline):
    t = timeline()
    t.run(30, see="uncovered")
    for _ in range(3):
        t.at += 1
        t.fix()
        look(t, Probabilities(0.01, 0.01, 0.01, 0.97), model="m2", teaching="t1")
    (noted,) = t.emitted("load.model_changed")
    assert noted.data["to"] == {"model": "m2", "teaching": "t1"}
    assert t.state.load.state == "uncovered"


def test_pictures_are_wanted_of_what_the_cameras_saw(timeline):
    t = timeline()
    t.run(20, see="covered")
    t.run(20, see="uncovered")
    t.run(20, see="covered")
    wanted = {(s.camera, s.subject, s.why) for s in t.effects if isinstance(s, Snapshot)}
    told = t.emitted("uncovered_load.started", "uncovered_load.ended", "load.changed")
    assert wanted == {("bed", e.subject, e.type) for e in told}


@pytest.mark.parametrize(
    "p", [Probabilities(float("nan"), 0.0, 0.0, 1.0), Probabilities(0.0, 0.0, 0.0, 7.0), None]
)
def test_impossible_probabilities_are_an_unusable_frame(timeline, p):
    t = timeline()
    for _ in range(60):
        t.at += 1
        t.fix()
        look(t, p)
    assert t.state.load.state == "unknown"
    gaps = [e.data for e in t.emitted("gap.started")]
    assert "unusable: impossible probabilities" in [g["why"] for g in gaps if g["source"] == "camera:bed"]


def test_a_model_on_trial_decides_nothing_and_is_compared(timeline):
    t = timeline()
    for n in range(150):
        t.at += 1
        t.fix()
        covered = Probabilities(0.01, 0.97, 0.01, 0.01)
        look(t, covered, word="covered", frame=n)
        look(t, Probabilities(0.0, 0.0, 0.0, 1.0), model="m2", shadow=True, frame=n)
    assert t.state.load.state == "covered"
    assert not t.emitted("uncovered_load.started")
    report = t.last("load.shadow")
    assert (report.data["model"], report.data["shadow"]) == ("m1", "m2")
    assert report.data["agreed"] == 0
    assert report.data["words"] == {"covered/uncovered": report.data["frames"]}
    assert report.data["example"][1]["p"]["uncovered"] == 1.0
    alone = timeline()
    for _ in range(60):
        alone.at += 1
        alone.fix()
        look(alone, Probabilities(0.0, 0.0, 0.0, 1.0), shadow=True)
    gaps = [e.data["source"] for e in alone.emitted("gap.started")]
    assert "camera:bed" in gaps, "a shadow covers nothing"


def test_an_empty_bed_that_looks_loaded_in_other_light_accuses_nobody(timeline):
    def drive_and_see(speed):
        t = timeline()
        t.run(60, see="empty")
        t.run(300, see=None, speed=speed)
        for _ in range(120):
            t.at += 1
            t.fix()
            t.see("uncovered", p=0.85)
        return t.emitted("uncovered_load.started")

    assert not drive_and_see(speed=10.0), "nothing is loaded at speed"
    assert drive_and_see(speed=0.0), "but it stood for five minutes"


def test_cameras_that_differ_by_a_neighbour_say_the_milder_word_with_its_reasons(timeline):
    t = timeline(body_cameras=("bed", "tail"))
    for _ in range(30):
        t.at += 1
        t.fix()
        t.see("uncovered")
        t.see("partly", "tail")
    started = t.last("partly_covered.started")
    assert not t.emitted("uncovered_load.started")
    assert started.data["confidence"] >= 0.8
    assert set(started.data["readings"]) == {"tail"}


def test_a_camera_that_sees_nothing_special_does_not_keep_the_others_word_alive(timeline):
    t = timeline(body_cameras=("bed", "tail"))
    flat = Probabilities(0.27, 0.25, 0.24, 0.24)
    for second in range(25):
        t.at += 1
        t.fix()
        t.see("uncovered" if second < 6 else None)
        look(t, flat, "tail", "empty")
    assert not t.emitted("uncovered_load.started")
