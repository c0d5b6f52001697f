"""The load state over time and the violation `uncovered_load`, as timelines."""

import msgspec
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


def test_it_says_how_bad_it_was_and_which_fixes_are_behind_it(timeline):
    t = timeline()
    t.run(20, see="covered")
    for n in range(60):
        t.run(1, see="uncovered", at=(0.1 + n / 10_000, 0.1))
    t.run(40, see="covered", at=(0.106, 0.1))
    started, ended = t.emitted("uncovered_load.started", "uncovered_load.ended")
    assert 0.8 <= started.data["worst"]["value"] <= ended.data["worst"]["value"] <= 1.0
    assert ended.data["since_us"] <= ended.data["worst"]["at_us"] <= ended.data["until_us"] + 5e6
    assert 10 <= started.data["fixes"]["count"] < ended.data["fixes"]["count"] <= 64
    kept = ended.data["fixes"]["kept"]
    assert 9 <= len(kept) <= 17
    assert [spot["at_us"] for spot in kept] == sorted({spot["at_us"] for spot in kept})
    assert ended.data["way_m"] == pytest.approx(11.1 * (ended.data["fixes"]["count"] - 1), rel=0.1)
    t.start(first=False, new_boot=True)
    assert len(t.emitted("uncovered_load.ended")) == 1


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
        t.see("uncovered", p=0.6)
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
    assert ended.data["last_seen_us"] == 30e6


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
        ("cover_closed", "covered", None),
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


def test_another_boot_interrupts_the_episode(timeline):
    t = timeline()
    t.run(30, see="uncovered")
    subject = t.last("uncovered_load.started").subject
    t.at = 5
    t.start(first=False)
    ended = t.last("uncovered_load.ended")
    assert (ended.subject, ended.data["reason"], ended.data["boot"]) == (subject, "interrupted", "b00t")
    assert ended.data["until_us"] == 30e6
    t.run(10, see="covered")
    assert t.last("load.changed").data["kind"] == "first_seen", "nobody saw it change"


def test_the_same_boot_resumes_the_episode(timeline):
    t = timeline()
    t.run(30, see="uncovered")
    t.start(first=False, new_boot=False, last_mono_ns=t.now)
    t.run(20, see="covered")
    assert len(t.emitted("uncovered_load.started")) == 1
    assert t.last("uncovered_load.ended").data["reason"] == "covered"


def test_after_hours_without_the_agent_an_episode_ends_where_it_was_last_seen(timeline):
    t = timeline()
    t.run(60, see="uncovered")
    last = t.now
    t.at += 36_000
    t.start(first=False, new_boot=False, last_mono_ns=last)
    ended = t.last("uncovered_load.ended")
    assert (ended.data["reason"], ended.data["until_us"]) == ("interrupted", 60e6)


def test_a_short_glance_before_the_dark_accuses_nobody(timeline):
    t = timeline()
    t.run(2)
    t.run(2, see="uncovered")
    t.run(60, see=None)
    assert not t.emitted("uncovered_load.started", "load.changed")


def test_time_without_the_agent_is_not_time_observed(timeline):
    t = timeline()
    t.run(5, see="uncovered")
    last = t.now
    t.at += 28
    t.start(first=False, new_boot=False, last_mono_ns=last)
    t.run(5, see="uncovered")
    assert not t.emitted("uncovered_load.started")


def test_the_end_after_blindness_is_not_dated_back_to_its_beginning(timeline):
    t = timeline()
    t.run(30, see="uncovered")
    t.run(90, see=None)
    t.run(9, see="covered")
    assert not t.emitted("uncovered_load.ended"), "the cover must be seen for its own duration"
    t.run(5, see="covered")
    ended = t.last("uncovered_load.ended")
    assert (ended.data["reason"], ended.data["last_seen_us"]) == ("covered", 30e6)
    assert ended.data["until_us"] == pytest.approx(121e6, abs=2e6)


def test_an_unobserved_end_is_where_it_was_last_seen(timeline):
    t = timeline()
    t.run(30, see="uncovered")
    t.run(200, see=None)
    ended = t.last("uncovered_load.ended")
    assert (ended.data["reason"], ended.data["until_us"]) == ("unobserved", 30e6)


def test_an_old_speed_says_nothing_of_moving(timeline):
    t = timeline()
    t.run(3, see="covered")
    t.run(60, see="uncovered", speed=3.0, quality=8)
    assert not t.emitted("uncovered_load.started"), "a simulator's fix is not fit"
    for _ in range(60):
        t.at += 1
        t.fix(speed=None)
        t.see("uncovered")
    assert not t.emitted("uncovered_load.started")


def test_a_camera_that_is_configured_away_says_nothing_more(timeline):
    t = timeline(body_cameras=("bed", "tail"))
    t.run(5, see="uncovered")
    t.settings = msgspec.structs.replace(t.settings, body_cameras=("tail",))
    t.feed(msgspec.structs.replace(t.settings, mono_ns=t.now))
    assert t.state.load.views == {}
