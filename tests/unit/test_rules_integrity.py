"""The good fix gate and the receiver's testimony as episodes, as timelines."""

from datetime import timedelta

import msgspec
import pytest

from agent.charges_file import load_charges
from agent.model import Tick, Track
from agent.records import fix_data
from agent.rule_layers import Charge
from agent.rules.fitness import unfit
from drivers.readings import Fix, ReceiverHealth, Strength, Suspicion

FAR_AWAY = (104.0, 30.6)  # lon, lat
SUSPICIONS = ("jamming", "spoofing", "speed_zero", "frozen", "hidden_switch", "slow", "damaged_line")


def word(t, *kinds, antenna="unknown", connected=True, since=None, **more):
    """The receiver's health now, under these suspicions since `since` s (default: now)."""
    began = t.now if since is None else round(since * 1e9)
    suspicions = tuple(Suspicion(kind, began, f"why {kind}") for kind in kinds)
    t.feed(ReceiverHealth(t.now, "tty", connected, antenna=antenna, suspicions=suspicions, **more))


def tracks(t):
    return [e for e in t.effects if isinstance(e, Track)]


def episodes(t, kind):
    return [(e.type.rpartition(".")[2], e.subject) for e in t.emitted() if e.type.startswith(kind)]


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({}, ()),
        ({"mode": "none"}, ("no_position",)),
        ({"lat": None}, ("no_position",)),
        ({"quality": 6}, ("quality",)),
        ({"quality": 8}, ("quality",)),
        ({"hdop": 5.1}, ("hdop",)),
        ({"hdop": None, "satellites": None, "accuracy": None, "quality": None}, ()),
        ({"accuracy": 50.1}, ("accuracy",)),
        ({"satellites": 2}, ("satellites",)),
        ({"satellites": 2, "hdop": 30.0}, ("hdop", "satellites")),
    ],
)
def test_what_a_fix_must_be_like(timeline, change, reasons):
    good = {"mode": "3d", "lat": 1.0, "lon": 2.0, "quality": 1, "hdop": 1.0, "satellites": 8, "accuracy": 3.0}
    assert unfit(Fix(0, **(good | change)), timeline().settings, None) == reasons


@pytest.mark.parametrize("kind", SUSPICIONS)
def test_which_suspicions_make_a_fix_unfit(timeline, kind):
    health = ReceiverHealth(0, "tty", True, suspicions=(Suspicion(kind, 0, "x"),))
    fix = Fix(0, "3d", lat=1.0, lon=2.0)
    expected = (f"suspected_{kind}",) if kind in ("spoofing", "frozen") else ()
    assert unfit(fix, timeline().settings, health) == expected
    assert unfit(msgspec.structs.replace(fix, mono_ns=60 * 10**9), timeline().settings, health) == ()


def test_an_unfit_fix_is_journalled_with_reasons_and_used_for_nothing(timeline):
    t = timeline()
    t.run(10)
    place = t.state.motion.fix
    t.run(10, speed=0.0, hdop=9.0, satellites=2)
    assert t.state.motion.fix == place
    last = tracks(t)[-1]
    assert last.unfit == ("hdop", "satellites")
    assert fix_data(last.fix, last.unfit)["unfit"] == ["hdop", "satellites"]
    assert "unfit" not in fix_data(place)
    gaps = [(e.type, e.data["why"]) for e in t.emitted() if e.data.get("source") == "fix"]
    assert gaps == [("gap.started", "unfit: hdop, satellites")]
    t.run(3)
    assert t.last("gap.ended").data["source"] == "fix"


def test_a_teleport_into_a_site_decides_nothing(timeline):
    t = timeline(jump_m=500.0, uncovered_after_s=6.0)
    t.run(30, see="uncovered")
    started = len(t.emitted("uncovered_load.started"))
    t.run(4, see="uncovered", at=(0.001, 0.001))
    t.run(20, see="uncovered")
    assert started == len(t.emitted("uncovered_load.started", "uncovered_load.ended")) == 1
    assert [track.unfit for track in tracks(t)].count(("jump",)) == 4


def test_a_single_odd_fix_changes_nothing(timeline):
    t = timeline(jump_m=500.0)
    t.run(10)
    t.run(1, at=FAR_AWAY)
    t.run(1)
    assert [track.unfit for track in tracks(t)][-2:] == [("jump",), ()]


def test_a_new_place_is_taken_when_fixes_agree_on_it(timeline):
    t = timeline(jump_m=500.0)
    t.run(10)
    t.run(20, at=FAR_AWAY)
    reasons = [track.unfit for track in tracks(t)][10:]
    assert reasons == [("jump",)] * 5 + [()] * 15
    assert (t.state.motion.fix.lon, t.state.motion.fix.lat) == FAR_AWAY


def test_places_that_do_not_agree_are_never_taken(timeline):
    t = timeline(jump_m=500.0)
    t.run(10)
    for i in range(30):
        t.run(1, at=(10.0 + i, 10.0))
    assert {track.unfit for track in tracks(t)[10:]} == {("jump",)}


def test_a_long_gap_and_a_ferry_are_no_jump(timeline):
    t = timeline(jump_m=500.0)
    t.run(10)
    t.at += 7200
    t.run(1, at=(0.6, 0.1))
    assert tracks(t)[-1].unfit == ()


def test_a_moment_that_was_there_already_is_stale(timeline):
    t = timeline()
    t.run(3)
    t.run(2, utc=tracks(t)[-1].fix.utc)
    assert [track.unfit for track in tracks(t)] == [(), (), (), ("stale",), ("stale",)]


def test_a_suspected_time_sets_no_clock(timeline):
    t = timeline()
    t.run(10)
    anchored = len(t.emitted("clock.anchor"))
    for _ in range(20):
        t.at += 1
        word(t, "spoofing", since=11)
        t.fix(utc=tracks(t)[0].fix.utc + timedelta(days=1, seconds=t.at))
    assert len(t.emitted("clock.anchor")) == anchored == 1
    assert tracks(t)[-1].unfit == ("suspected_spoofing",)


def test_a_speed_said_to_be_zero_is_not_taken_and_the_position_is(timeline):
    t = timeline(parked_after_s=10.0)
    t.run(10)
    for i in range(40):
        t.at += 1
        word(t, "speed_zero", since=11)
        t.fix(0.0, at=(0.1 + i / 10_000, 0.1))
    assert not t.state.motion.parked
    assert t.state.motion.fix.lon == pytest.approx(0.1039)


@pytest.mark.parametrize("kind", SUSPICIONS)
def test_a_suspicion_is_an_episode(timeline, kind):
    t = timeline()
    t.at = 20
    word(t, kind, since=17, strength={"gps": Strength(7, 31.26, 40.0)})
    t.at = 21
    word(t, kind, since=17)
    t.at = 80
    word(t)
    started, ended = t.emitted(f"receiver.suspicion.{kind}.started", f"receiver.suspicion.{kind}.ended")
    assert started.subject == ended.subject == f"suspicion-{kind}-b00t-17000000"
    assert started.stream == "event"
    assert started.severity == ("info" if kind in ("slow", "damaged_line") else "notice")
    assert started.data == {
        "why": f"why {kind}",
        "since_us": 17_000_000,
        "strength": {"gps": {"count": 7, "mean": 31.3, "best": 40.0}},
        "settings": "h",
        "authority": [],
        "rules": "",
    }
    assert (ended.data["until_us"], ended.data["reason"]) == (80_000_000, "over")


def test_the_table_of_violations_says_how_grave_and_whose(timeline):
    t = timeline(charges=load_charges(None) | {"receiver.antenna": Charge("violation", ("交通",))})
    word(t, "jamming", "slow", antenna="short")
    told = {e.type: (e.severity, e.data["authority"]) for e in t.emitted() if e.type.startswith("receiver.")}
    assert told == {
        "receiver.suspicion.jamming.started": ("notice", ["公安", "交通"]),
        "receiver.suspicion.slow.started": ("info", ["交通"]),
        "receiver.antenna.started": ("violation", ["交通"]),
    }
    t.start(first=False, new_boot=True)
    ended = t.last("receiver.suspicion.jamming.ended")
    assert (ended.data["reason"], ended.data["authority"]) == ("interrupted", ["公安", "交通"])


def test_a_receiver_that_is_away_ends_nothing(timeline):
    t = timeline()
    word(t, "jamming")
    t.at = 10
    word(t, connected=False)
    assert episodes(t, "receiver.suspicion")[-1][0] == "started"
    word(t)
    assert episodes(t, "receiver.suspicion")[-1][0] == "ended"


def test_the_antenna_is_an_episode_that_is_updated(timeline):
    t = timeline(over_s=0.5)
    for antenna in ("ok", "open", "open", "unknown", "short", "ok", "ok", "open"):
        t.at += 1
        word(t, antenna=antenna)
    happened = [what for what, _ in episodes(t, "receiver.antenna")]
    assert happened == ["started", "updated", "ended", "started"]
    subjects = [subject for _, subject in episodes(t, "receiver.antenna")]
    assert len(set(subjects[:3])) == 1
    assert subjects[3] != subjects[0]
    assert t.last("receiver.antenna.updated").data["state"] == "short"
    assert t.last("receiver.antenna.ended").data["until_us"] == 6_000_000
    assert t.last("receiver.antenna.started").severity == "notice"


@pytest.mark.parametrize("states", [("open", "ok"), ("open", "short"), ("open", "ok", "short", "unknown")])
def test_a_loose_antenna_plug_is_one_episode_of_few_records(timeline, states):
    t = timeline(over_s=60.0)
    for n in range(3600):
        t.at += 1
        word(t, antenna=states[n % len(states)])
    happened = [what for what, _ in episodes(t, "receiver.antenna")]
    assert happened.count("started") == 1
    assert "ended" not in happened
    assert len(happened) <= 61
    for _ in range(61):
        t.at += 1
        word(t, antenna="ok")
    ended = t.last("receiver.antenna.ended")
    assert ended.data["until_us"] >= 3_600_000_000
    assert ended.subject == t.last("receiver.antenna.started").subject


def test_an_antenna_called_open_while_fixes_come_is_no_notice(timeline):
    """A passive antenna draws no current: many modules say open all the time."""
    t = timeline()
    t.run(3)
    word(t, antenna="open")
    started = t.last("receiver.antenna.started")
    assert (started.severity, started.data["fixes"]) == ("info", True)


def test_a_restart_in_the_same_boot_resumes_what_goes_on_and_interrupts_the_rest(timeline):
    t = timeline()
    t.at = 5
    word(t, "jamming", "slow", since=3)
    t.at = 30
    t.start(first=False, new_boot=False, last_mono_ns=t.now)
    word(t, "jamming", since=3)
    assert [what for what, _ in episodes(t, "receiver.suspicion.jamming")] == ["started"]
    ended = t.last("receiver.suspicion.slow.ended")
    assert (ended.data["reason"], ended.data["until_us"]) == ("interrupted", 5_000_000)
    t.at = 31
    word(t)
    assert t.last("receiver.suspicion.jamming.ended").data["reason"] == "over"


def test_a_new_boot_interrupts_everything(timeline):
    t = timeline()
    t.at = 5
    word(t, "jamming", antenna="open")
    t.start(first=False, new_boot=True)
    ended = [e for e in t.emitted() if e.type.endswith("ended") and e.type.startswith("receiver.")]
    assert {e.type: e.data["reason"] for e in ended} == {
        "receiver.antenna.ended": "interrupted",
        "receiver.suspicion.jamming.ended": "interrupted",
    }
    assert all(e.data["boot"] == "b00t" for e in ended)
    word(t)
    assert len([e for e in t.emitted() if e.type.endswith("jamming.ended")]) == 1


def test_the_health_report_holds_the_testimony(timeline):
    t = timeline(health_every_s=5.0)
    t.at = 10
    word(t, "frozen", antenna="ok", antenna_inferred=True, rate_hz=9.987, checksum_error_rate=0.01, lost=2)
    t.feed(Tick(t.now))
    said = t.last("health.report").data["receiver"]
    assert said["suspicions"] == [{"kind": "frozen", "since_us": 10_000_000, "why": "why frozen"}]
    assert (said["antenna"], said["antenna_inferred"], said["rate_hz"]) == ("ok", True, 9.99)
    assert (said["checksum_error_rate"], said["lost"], said["strength"]) == (0.01, 2, {})
