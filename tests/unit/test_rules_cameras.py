"""Faults of cameras as timelines: what starts, what it does to readings, when it is over, how blind it is."""

import msgspec
import pytest

from agent.model import LoadReading, Snapshot, Stopping
from agent.rule_layers import Charge
from drivers.readings import CameraFault, CameraHealth

SECOND = 1_000_000_000


@pytest.fixture
def road(timeline):
    """A truck whose bed camera says something each second while it drives or stands."""

    class Road(timeline):
        def drive(self, seconds, *kinds, speed=10.0, camera="bed", see="covered", **health):
            for _ in range(seconds):
                self.at += 1
                if speed is not None:
                    self.fix(speed)
                role = "body" if camera == "bed" else "cab"
                faults = tuple(CameraFault(kind, self.now - 15 * SECOND, f"{kind} 1") for kind in kinds)
                values = {"connected": True, "faults": faults, "unchanged_s": 0.0} | health
                self.feed(CameraHealth(self.now, camera, role, **values))
                if values["connected"] and camera == "bed":
                    self.see(see)

        def told(self):
            return [(e.type, e.data["kind"]) for e in self.emitted() if e.type.startswith("camera_fault.")]

    return Road


def test_a_fault_is_one_episode_with_a_picture(road):
    t = road(camera_limits={"acuity": 0.16})
    t.drive(5)
    t.drive(60, "defocused")
    t.drive(5)
    assert t.told() == [("camera_fault.started", "defocused"), ("camera_fault.ended", "defocused")]
    started, ended = t.emitted("camera_fault.started", "camera_fault.ended")
    assert started.subject == ended.subject
    assert (started.severity, started.data["authority"]) == ("notice", [])
    assert started.data["why"] == "defocused 1"
    assert started.data["thresholds"] == {"acuity": 0.16}
    assert ended.data["seconds"] == 75.0, "since the vision process saw it, not since it was sure"
    shots = [e for e in t.effects if isinstance(e, Snapshot) and e.why == "camera_fault.started"]
    assert [(s.camera, s.subject) for s in shots] == [("bed", started.subject)]


def test_the_table_of_violations_says_how_grave_and_whose(road):
    t = road(charges={"camera_fault": Charge("violation", ("城管",))})
    t.drive(60, "blocked")
    t.start(first=False, new_boot=True)
    told = t.emitted("camera_fault.started", "camera_fault.ended")
    assert [(e.severity, e.data["authority"]) for e in told] == [("violation", ["城管"])] * 2


def test_readings_of_a_faulty_camera_say_nothing(road):
    t = road()
    t.drive(30, "blocked", see="uncovered")
    t.drive(60, "blocked", see="uncovered")
    assert t.state.load.state == "unknown"
    assert not t.emitted("uncovered_load.started")
    assert "unusable: blocked" in [e.data["why"] for e in t.emitted("gap.started")]
    t.drive(60, see="uncovered")
    assert t.emitted("uncovered_load.started"), "afterwards they count again"


def test_pictures_that_never_change_while_driving_are_frozen(road):
    t = road()
    t.drive(20)
    for second in range(30):
        t.drive(1, unchanged_s=float(second))
    assert t.told() == [("camera_fault.started", "frozen")]
    assert t.last("camera_fault.started").data["since_us"] == 21e6
    assert t.state.load.faulty == {"bed": "frozen"}
    t.drive(9)
    assert len(t.told()) == 1, "a moment of change is not enough"
    t.drive(3)
    assert t.told()[-1] == ("camera_fault.ended", "frozen")
    assert not t.state.load.faulty


def test_an_empty_lot_at_night_may_stand_still(road):
    t = road()
    for second in range(600):
        t.drive(1, speed=0.0, unchanged_s=float(second))
    assert t.told() == []
    for second in range(8):
        t.drive(1, speed=10.0, unchanged_s=600.0 + second)
    assert t.told() == [], "it has not moved for long enough"


def test_nobody_knows_of_a_frozen_picture_without_a_speed(road):
    t = road()
    for second in range(600):
        t.drive(1, speed=None, unchanged_s=float(second))
    assert t.told() == []


def test_a_parked_truck_may_be_dark(road):
    t = road()
    t.drive(120, speed=0.0)
    t.drive(60, "dark", speed=0.0)
    assert t.told() == []
    t.drive(10, "dark")
    assert t.told() == [("camera_fault.started", "dark")]
    t.drive(30, "dark", speed=0.0)
    assert len(t.told()) == 1, "a halt ends nothing"
    t.drive(60, "dark", speed=0.0)
    assert t.told()[-1] == ("camera_fault.ended", "dark")


def test_a_lost_signal_is_told_with_its_reason_and_keeps_other_faults(road):
    t = road(camera_gap_s=20.0)
    t.drive(20, "dirty")
    t.drive(19, connected=False, reason="no route")
    assert t.told() == [("camera_fault.started", "dirty")]
    t.drive(30, connected=False, reason="no route")
    assert t.told()[-1] == ("camera_fault.started", "lost")
    assert t.last("camera_fault.started").data["why"] == "no route"
    t.drive(5)
    assert sorted(t.told()[-2:]) == [("camera_fault.ended", "dirty"), ("camera_fault.ended", "lost")]


def test_another_figure_is_told_seldom(road):
    t = road()
    for second in range(1500):
        t.at += 1
        fault = CameraFault("dirty", 0, f"{second} %")
        t.feed(CameraHealth(t.now, "bed", "body", connected=True, faults=(fault,)))
    assert len(t.emitted("camera_fault.updated")) == 2


def test_faults_of_the_cab_camera_are_told_without_a_picture(road):
    t = road()
    t.drive(30, "blocked", camera="cab")
    assert t.told() == [("camera_fault.started", "blocked")]
    assert not [e for e in t.effects if isinstance(e, Snapshot)]
    assert ("unusable: blocked") in [e.data["why"] for e in t.emitted("gap.started")]


def test_blind_time_is_summed_by_reason(road):
    t = road(camera_gap_s=5.0)
    t.drive(10)
    t.drive(60, "blocked")
    t.drive(10)
    t.drive(30, "dirty")
    t.drive(10)
    t.feed(Stopping(t.now, "SIGTERM"))
    record = t.last("camera.blind")
    assert record.stream == "coverage"
    assert record.data["seconds"] == 119.0
    assert record.data["cameras"]["bed"]["why"] == {"unusable: blocked": 61.0, "unusable: dirty": 31.0}
    assert record.data["cameras"]["bed"]["blind_s"] == 92.0


def test_each_local_day_has_its_own_blind_time(road):
    t = road(camera_gap_s=5.0, offsets=((0, 8 * 3600),))
    t.drive(30, "blocked")
    t.at = 12 * 3600.0  # 06:00 UTC is 14:00 in Shanghai
    t.drive(10)
    t.drive(10)
    first = t.emitted("camera.blind")
    assert len(first) == 1
    t.drive(10)
    t.feed(Stopping(t.now, "test"))
    assert t.last("camera.blind").subject != first[0].subject


def test_a_new_boot_ends_what_was_open(road):
    t = road()
    t.drive(30, "dirty")
    t.start(first=False)
    ended = t.last("camera_fault.ended")
    assert (ended.data["reason"], ended.data["boot"]) == ("interrupted", "b00t")
    assert ended.data["until_us"] == 30e6


def test_a_restart_goes_on_with_what_still_holds(road):
    t = road()
    t.drive(30, "dirty", "moved")
    t.at += 2
    t.start(first=False, new_boot=False, last_mono_ns=t.now - SECOND)
    t.drive(10, "dirty")
    assert t.told() == [
        ("camera_fault.started", "dirty"),
        ("camera_fault.started", "moved"),
        ("camera_fault.ended", "moved"),
    ]


def test_a_camera_that_is_configured_away_ends_its_faults(road):
    t = road()
    t.drive(30, "dirty")
    t.settings = msgspec.structs.replace(t.settings, body_cameras=("rear",))
    t.feed(msgspec.structs.replace(t.settings, mono_ns=t.now))
    assert t.told()[-1] == ("camera_fault.ended", "dirty")


def test_a_reading_of_an_unknown_camera_is_left_alone(road):
    t = road()
    t.drive(30, "dirty")
    t.feed(LoadReading(t.now, "other", "covered", None, True, None, "m1", 1))
    t.feed(CameraHealth(t.now, "other", "body", connected=True, faults=(CameraFault("dark", 0, "x"),)))
    assert t.told() == [("camera_fault.started", "dirty")]
