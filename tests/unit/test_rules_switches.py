"""What switches say: words and their age, records of changes and faults, tampering, contradictions."""

import pytest

from agent.model import Restarted, Snapshot, Stopping, Tick
from agent.model_unit import LastFix
from agent.rule_layers import Charge
from agent.rule_unit import Conflict, Tamper
from agent.rules.switches import since, word
from drivers.readings import SwitchState

CHARGES = {"unit_tamper": Charge("violation", ("城管",)), "sensor_conflict": Charge("notice")}


class Cab:
    """A timeline whose switches speak each second."""

    def __init__(self, timeline, **settings):
        self.t = timeline(charges=CHARGES, **settings)
        self.says = {}

    def go(self, seconds, see="", speed=10.0, **fix):
        for _ in range(seconds):
            self.t.at += 1
            for role, on in self.says.items():
                fault = on if isinstance(on, str) else None
                self.t.feed(SwitchState(self.t.now, role, None if fault else on, fault, fault and "0.1 V"))
            if speed is not None:
                self.t.fix(speed, **fix)
            if see:
                self.t.see(see)
            self.t.feed(Tick(self.t.now))
        return self

    def told(self, kind):
        return [e.data for e in self.t.emitted(kind)]

    def word(self, role):
        return word(self.t.state.switches, role, self.t.now)


@pytest.fixture
def cab(timeline):
    return lambda **settings: Cab(timeline, **settings)


def test_a_word_is_known_while_it_is_fresh_and_without_a_fault(cab):
    truck = cab()
    assert truck.word("lift") is None
    truck.says = {"lift": True}
    truck.go(3)
    assert truck.word("lift") is True
    assert since(truck.t.state.switches, "lift", truck.t.now) == 1_000_000_000
    truck.says = {"lift": "short"}
    truck.go(1)
    assert truck.word("lift") is None
    truck.says = {"lift": False}
    truck.go(1)
    assert truck.word("lift") is False
    truck.says = {}
    truck.go(6)
    assert truck.word("lift") is None


def test_changes_are_events_and_faults_are_health(cab):
    truck = cab()
    for on in (False, True, "open", True, False):
        truck.says = {"cover": on}
        truck.go(2)
    changes = [(d["on"], d["was"]) for d in truck.told("switch.changed")]
    assert changes == [(False, None), (True, False), (False, True)], "a fault in between is no change"
    assert [d["fault"] for d in truck.told("switch.fault")] == ["open", None]
    assert {e.stream for e in truck.t.emitted("switch.fault")} == {"health"}
    assert {e.stream for e in truck.t.emitted("switch.changed")} == {"event"}


def test_a_switch_that_says_nothing_is_a_gap_with_a_reason(cab):
    truck = cab(switches=("lift",))
    truck.says = {"lift": False}
    truck.go(20)
    truck.says = {"lift": "lost"}
    truck.go(15)
    (gap,) = [d for d in truck.told("gap.started") if d["source"] == "switch:lift"]
    assert gap["why"] == "lost: 0.1 V"
    truck.says = {"lift": False}
    truck.go(2)
    assert [d for d in truck.told("gap.ended") if d["source"] == "switch:lift"]


def test_an_open_case_is_tampering_with_a_place(cab):
    truck = cab(tamper=Tamper(case_after_s=2, case_over_s=5))
    truck.says = {"case": False}
    truck.go(5)
    truck.says = {"case": True}
    truck.go(2)
    assert truck.told("unit_tamper.started") == []
    truck.go(2)
    (started,) = truck.told("unit_tamper.started")
    assert (started["cause"], started["authority"]) == ("case", ["城管"])
    assert started["place"]["lat"] == 0.1
    assert truck.t.last("unit_tamper.started").severity == "violation"
    truck.says = {"case": False}
    truck.go(4)
    truck.says = {"case": True}
    truck.go(2)
    assert truck.told("unit_tamper.ended") == [], "closed for too short"
    truck.says = {"case": False}
    truck.go(8)
    (ended,) = truck.told("unit_tamper.ended")
    assert ended["reason"] == "closed"
    assert ended["until_us"] == 16_000_000


def test_a_case_that_stays_open_over_a_boot_ends_with_it_and_begins_anew(cab):
    truck = cab()
    truck.says = {"case": True}
    truck.go(5)
    truck.t.start(first=False, new_boot=True, clean=True)
    truck.go(5)
    assert [d["reason"] for d in truck.told("unit_tamper.ended")] == ["interrupted"]
    assert len(truck.told("unit_tamper.started")) == 2


def cut(truck, *, clean=False, new_boot=True, **fix):
    last = {"lat": 30.6, "lon": 104.0, "speed": 12.0, "hdop": 1.0, "fit": True, "quiet_s": 0.5} | fix
    truck.t.start(
        first=False, new_boot=new_boot, clean=clean, last_fix=LastFix("0ther-boot-id", 77_000_000_000, **last)
    )
    return truck.told("unit_tamper.started")


def test_a_power_cut_at_speed_is_tampering_with_the_last_position(cab):
    truck = cab()
    (started,) = cut(truck)
    assert started["cause"] == "power_cut"
    assert started["place"] == {"lat": 30.6, "lon": 104.0, "speed": 12.0, "hdop": 1.0, "crs": "WGS-84"}
    assert (started["boot"], started["since_us"]) == ("0ther-bo", 77_000_000)
    (ended,) = truck.told("unit_tamper.ended")
    assert ended["reason"] == "power_back"


@pytest.mark.parametrize(
    "innocent",
    [
        {"clean": True},
        {"new_boot": False},
        {"speed": 2.0},
        {"speed": None},
        {"fit": False},
        {"quiet_s": 30.0},
        {"lat": None, "lon": None},
    ],
    ids=str,
)
def test_other_ends_of_a_run_are_no_tampering(cab, innocent):
    assert cut(cab(), **innocent) == []


def test_a_cover_that_the_cameras_see_open_is_a_contradiction(cab):
    truck = cab(conflict=Conflict(after_s=10, over_s=5, unobserved_s=30))
    truck.says = {"cover": True}
    truck.go(40, see="uncovered")
    (started,) = truck.told("sensor_conflict.started")
    assert (started["what"], started["switch"]["on"], started["load"]["state"]) == (
        "cover",
        True,
        "uncovered",
    )
    assert started["load"]["readings"]["bed"]["last"]["state"] == "uncovered"
    event = truck.t.last("sensor_conflict.started")
    assert Snapshot("bed", event.subject, event.type) in truck.t.effects
    assert event.severity == "notice"
    truck.says = {"cover": False}
    truck.go(8, see="uncovered")
    (ended,) = truck.told("sensor_conflict.ended")
    assert ended["reason"] == "over"


def test_a_cover_in_agreement_or_unknown_is_none(cab):
    truck = cab(conflict=Conflict(after_s=10, over_s=5, unobserved_s=30))
    for says, sees in ((True, "covered"), (False, "uncovered"), (True, "empty"), ("lost", "uncovered")):
        truck.says = {"cover": says}
        truck.go(60, see=sees)
        truck.go(60, see=None)
    assert truck.told("sensor_conflict.started") == []


def test_an_open_cover_that_the_cameras_take_for_closed_is_one_only_after_long_under_way(cab):
    truck = cab(conflict=Conflict(after_s=10, open_after_s=120, over_s=5, unobserved_s=30))
    truck.says = {"cover": False}
    truck.go(100, see="covered")
    assert truck.told("sensor_conflict.started") == []
    truck.go(60, see="covered")
    (started,) = truck.told("sensor_conflict.started")
    assert (started["switch"]["on"], started["load"]["state"]) == (False, "covered")
    assert started["thresholds"] == {"after_s": 120.0, "over_s": 5.0}
    truck.go(200, see="covered", speed=0.0)
    assert truck.told("sensor_conflict.ended") == []


@pytest.mark.parametrize("where", ["parked", "in a site", "without a fix"])
def test_an_open_cover_that_the_cameras_take_for_closed_is_none(cab, where):
    truck = cab(conflict=Conflict(after_s=10, open_after_s=90, over_s=5, unobserved_s=30))
    truck.says = {"cover": False}
    at = {"at": (0.001, 0.001)} if where == "in a site" else {}
    truck.go(300, see="covered", speed={"parked": 0.0, "in a site": 10.0}.get(where), **at)
    assert truck.told("sensor_conflict.started") == []
    if where == "parked":
        truck.says = {"cover": True}  # it is closed: what the cameras then see open counts there, too
        truck.go(90, see="uncovered", speed=0.0)
        assert len(truck.told("sensor_conflict.started")) == 1


def test_what_nobody_sees_any_more_ends_where_it_was_last_seen(cab):
    truck = cab(conflict=Conflict(after_s=10, open_after_s=10, over_s=5, unobserved_s=30))
    truck.says = {"cover": False}
    truck.go(40, see="covered")
    assert len(truck.told("sensor_conflict.started")) == 1
    truck.says = {}
    truck.go(40, see="covered")
    assert [d["reason"] for d in truck.told("sensor_conflict.ended")] == ["unobserved"]


def test_axles_and_ignition_are_held_against_camera_and_motion(cab):
    truck = cab(conflict=Conflict(after_s=10, over_s=5, unobserved_s=30))
    truck.says = {"load": True, "ignition": False}
    truck.go(60, see="empty")
    assert sorted(d["what"] for d in truck.told("sensor_conflict.started")) == ["ignition", "load"]
    assert [d["load"] for d in truck.told("sensor_conflict.started") if d["what"] == "ignition"] == [None]
    assert len({e.subject for e in truck.t.emitted("sensor_conflict.started")}) == 2


def test_an_open_contradiction_goes_on_over_a_restart(cab):
    truck = cab(conflict=Conflict(after_s=10, over_s=5, unobserved_s=30))
    truck.says = {"cover": True}
    truck.go(40, see="uncovered")
    truck.t.feed(Stopping(truck.t.now, "SIGTERM"))
    truck.t.start(first=False, new_boot=False, clean=True, last_mono_ns=truck.t.now)
    truck.go(30, see="uncovered")
    assert len(truck.told("sensor_conflict.started")) == 1
    truck.t.feed(Restarted(truck.t.now, "1", first=False, new_boot=True, clean=True))
    truck.t.feed(truck.t.settings)
    assert [d["reason"] for d in truck.told("sensor_conflict.ended")] == ["interrupted"]
