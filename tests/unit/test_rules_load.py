"""The load state over time and the violation `uncovered_load`, as timelines."""

import pytest

LOADING = (0.001, 0.001)


def test_an_open_load_on_the_road_starts_and_ends_one_episode(timeline):
    t = timeline()
    t.run(20, see="covered")
    t.run(30, see="uncovered")
    (started,) = t.emitted("uncovered_load.started")
    assert started.severity == "violation"
    assert started.data["since_us"] == pytest.approx(23e6, abs=3e6)
    assert started.data["views"]["bed"]["model"] == "m1"
    t.run(30, see="covered")
    (ended,) = t.emitted("uncovered_load.ended")
    assert ended.subject == started.subject
    assert ended.data["reason"] == "covered"
    t.run(120, see="covered")
    assert len(t.emitted("uncovered_load.started", "uncovered_load.ended")) == 2


def test_it_needs_the_whole_duration(timeline):
    t = timeline()
    for _ in range(5):
        t.run(8, see="uncovered")
        t.run(8, see="covered")
    assert not t.emitted("uncovered_load.started")


@pytest.mark.parametrize(
    ("circumstances", "why"),
    [
        ({"speed": 0.3}, "it stands"),
        ({"speed": None}, "there is no fix"),
        ({"at": LOADING}, "it is in a loading site"),
        ({"at": (0.0025, 0.001)}, "it is in the grace zone, 56 m from the site"),
        ({"hdop": 9.0}, "the fix is not fit"),
        ({"mode": "none"}, "there is no position"),
    ],
)
def test_nobody_is_accused_when(timeline, circumstances, why):
    t = timeline()
    t.run(60, see="uncovered", **circumstances)
    assert not t.emitted("uncovered_load.started"), why


@pytest.mark.parametrize("state", ["partly", "empty", "covered", None])
def test_only_uncovered_accuses(timeline, state):
    t = timeline()
    t.run(60, see=state)
    assert not t.emitted("uncovered_load.started")


def test_a_hesitating_model_accuses_nobody(timeline):
    t = timeline()
    for _ in range(60):
        t.at += 1
        t.fix()
        t.see("uncovered", p=0.7)
    assert not t.emitted("uncovered_load.started")


def test_one_camera_that_says_covered_protects(timeline):
    t = timeline(body_cameras=("bed", "tail"))
    for _ in range(60):
        t.at += 1
        t.fix()
        t.see("uncovered")
        t.see("covered", "tail", p=0.6)
    assert t.state.load.state == "unknown"
    assert not t.emitted("uncovered_load.started")


def test_an_unusable_camera_does_not_protect(timeline):
    t = timeline(body_cameras=("bed", "tail"))
    for _ in range(60):
        t.at += 1
        t.fix()
        t.see("uncovered")
        t.see(None, "tail")
    assert t.emitted("uncovered_load.started")


def test_a_cab_camera_never_feeds_the_verdict(timeline):
    t = timeline()
    for _ in range(60):
        t.at += 1
        t.fix()
        t.see("uncovered", "cab")
    assert t.state.load.state == "unknown"


def test_an_episode_nobody_can_see_ends_as_unobserved(timeline):
    t = timeline()
    t.run(30, see="uncovered")
    t.run(60, see=None)
    assert not t.emitted("uncovered_load.ended"), "a short blindness does not end it"
    t.run(120, see=None)
    (ended,) = t.emitted("uncovered_load.ended")
    assert ended.data["reason"] == "unobserved"
    assert ended.data["last_seen_us"] <= 61e6


def test_an_episode_ends_at_a_site(timeline):
    t = timeline()
    t.run(30, see="uncovered")
    t.run(30, see="uncovered", at=LOADING)
    assert t.last("uncovered_load.ended").data["reason"] == "site"


def test_changes_name_the_zone_where_they_began(timeline):
    t = timeline()
    t.run(10, see="empty", speed=0, at=LOADING)
    t.run(10, see="uncovered", speed=0, at=LOADING)
    t.run(20, see="covered")
    t.run(20, see="empty", speed=0)
    kinds = [(e.data["kind"], e.data["to"], e.data["zone"]["id"]) for e in t.emitted("load.changed")]
    assert kinds == [
        ("first_seen", "empty", "north"),
        ("became_loaded", "uncovered", "north"),
        ("cover_changed", "covered", None),
        ("became_empty", "empty", None),
    ]
    assert t.last("load.changed").data["zone"]["state"] == "outside"


def test_without_a_fix_the_zone_of_a_change_is_unknown(timeline):
    t = timeline()
    t.run(10, see="covered", speed=None)
    assert t.last("load.changed").data["zone"] == {"state": "unknown", "id": None, "role": None}


def test_a_flicker_is_no_change(timeline):
    t = timeline()
    t.run(20, see="covered")
    t.run(3, see="empty")
    t.run(20, see="covered")
    assert len(t.emitted("load.changed")) == 1


def test_another_boot_interrupts_the_episode_and_keeps_the_lasting_state(timeline):
    t = timeline()
    t.run(30, see="uncovered")
    subject = t.last("uncovered_load.started").subject
    t.at = 5
    t.start(first=False)
    ended = t.last("uncovered_load.ended")
    assert (ended.subject, ended.data["reason"]) == (subject, "interrupted")
    assert t.state.load.lasting == "uncovered"


def test_the_same_boot_resumes_the_episode(timeline):
    t = timeline()
    t.run(30, see="uncovered")
    t.start(first=False, new_boot=False)
    t.run(20, see="covered")
    assert len(t.emitted("uncovered_load.started")) == 1
    assert t.last("uncovered_load.ended").data["reason"] == "covered"
