"""Trips as they are in real life, told to a timeline."""

import msgspec
import pytest

from agent.rule_layers import Layer, Shift
from tests.unit.trip_drive import ZONES, TripDrive


def versions(drive):
    return [(e.type, e.data["version"]) for e in drive.trips]


def honest(timeline, **more):
    """Loaded in the north, hauled under cover, to the tip."""
    drive = TripDrive(timeline, lift=False, load=False, **more)
    drive.stand(90, see="uncovered", load=True)
    drive.see = "covered"
    return drive.go(20, 0).to(6200)


def test_an_honest_trip_is_regular(timeline):
    drive = honest(timeline)
    started = drive.trips[0]
    assert versions(drive) == [("trip.started", 1)]
    loaded = started.data["loaded"][0]
    assert loaded["site"] == {"id": "north", "role": "loading"}
    assert loaded["how"] == "stop"
    assert {"vision", "load"} <= {*loaded["by"]}
    assert started.data["verdict"] is None
    drive.load = False
    drive.tip()
    assert versions(drive) == [("trip.started", 1), ("trip.ended", 2)]
    trip = drive.trip
    assert drive.trips[1].subject == started.subject
    assert (trip["verdict"], trip["reasons"], trip["unchecked"]) == ("regular", [], [])
    assert trip["emptied"]["site"] == {"id": "tip", "role": "disposal"}
    assert trip["emptied"]["how"] == "lift"
    assert "lift" in trip["emptied"]["by"]
    assert trip["hauled"]["distance_m"] == pytest.approx(6200, abs=30)
    assert trip["hauled"]["bridged_m"] == 0
    assert trip["hauled"]["covered_share"] == 1.0
    assert trip["hauled"]["fastest_mps"] == 20.0
    assert drive.accused() == []
    assert trip["emptied"]["hour"] == 14
    assert len(trip["emptied"]["cell"]) == 7


def test_the_camera_alone_is_enough(timeline):
    drive = TripDrive(timeline)
    drive.stand(90, see="covered").to(6200).stand(90, see="empty").to(7000)
    assert versions(drive) == [("trip.started", 1), ("trip.ended", 2)]
    assert drive.trip["verdict"] == "regular"
    assert drive.trip["loaded"][0]["by"] == ["vision"]
    assert drive.trip["confidence"] == 0.7


def test_the_load_signal_alone_is_enough(timeline):
    drive = TripDrive(timeline, see="", load=False)
    drive.stand(60, load=True).to(6200).stand(60, load=False).to(7000)
    assert drive.trip["verdict"] == "regular"
    assert drive.trip["loaded"][0]["by"] == ["load"]


def test_at_night_stops_in_sites_tell_it_with_less_confidence(timeline):
    drive = TripDrive(timeline, see=None)
    drive.stand(90).to(6200).stand(90).to(7000)
    trip = drive.trip
    assert trip["verdict"] == "regular"
    assert trip["emptied"]["site"]["id"] == "tip"
    assert trip["emptied"]["by"] == ["stop", "zone"]
    assert trip["confidence"] == 0.55


def test_at_night_the_lift_outside_all_sites_is_suspicious(timeline):
    drive = TripDrive(timeline, lift=False)
    drive.stand(90, see="covered").to(1000).dark().to(5000)
    drive.tip(see=None)
    drive.to(5500)
    (started,), (ended,) = drive.told("suspicious_unloading")
    assert started.subject == ended.subject
    assert started.severity == "violation"
    assert started.data["facts"]["how"] == "lift"
    assert started.data["trip"] == drive.trips[0].subject
    assert ended.data["reason"] == "lowered"
    trip = drive.trip
    assert trip["verdict"] == "suspicious"
    assert "unloaded_elsewhere" in trip["reasons"]
    assert {"kind": "suspicious_unloading", "id": started.subject} in trip["violations"]["kept"]


def test_a_lift_raised_by_an_empty_truck_is_nobodys_business(timeline):
    drive = TripDrive(timeline, lift=False, load=False).to(1000)
    drive.tip().to(2000)
    assert drive.trips == []
    assert drive.accused() == []


def test_unloaded_by_the_road_is_a_violation_with_its_fixes_and_readings(timeline):
    drive = honest(timeline).to(7000)
    drive.stand(90, see="empty", load=False).to(7500)
    (started,), (ended,) = drive.told("suspicious_unloading")
    assert started.data["facts"] | {"dwell_s": 0} == {"how": "stop", "dwell_s": 0, "gap": None}
    assert started.data["fixes"]["count"] >= 5
    assert started.data["views"]["bed"]["state"] == "empty"
    assert started.data["readings"]["bed"]["usable"] > 5
    assert started.data["after"]["confidence"] == 1.0
    assert ended.data["reason"] == "drove_on"
    assert drive.trip["reasons"] == ["unloaded_elsewhere"]
    shots = [e for e in drive.t.effects if getattr(e, "why", "") == "suspicious_unloading.started"]
    assert [s.camera for s in shots] == ["bed"]


def test_passing_the_tip_slowly_excuses(timeline):
    drive = TripDrive(timeline)
    drive.stand(90, see="covered").to(6100).dark()
    drive.go(20, 0).to(6600).stand(90, see="empty").to(7000)
    assert drive.accused() == []
    assert drive.trip["verdict"] == "regular"


def test_loaded_by_the_road_is_a_violation(timeline):
    drive = TripDrive(timeline, load=False).to(1200)
    drive.stand(90, see="covered", load=True).to(6200)
    (started,), _ = drive.told("suspicious_loading")
    assert started.data["facts"]["how"] == "stop"
    assert started.data["trip"] == drive.trip_id if hasattr(drive, "trip_id") else True
    drive.stand(90, see="empty", load=False)
    assert drive.trip["reasons"] == ["loaded_elsewhere"]


def test_loaded_before_the_agent_ever_ran_accuses_nobody(timeline):
    drive = TripDrive(timeline, see="covered", east=1000)
    drive.to(6200).stand(90, see="empty")
    loaded = drive.trip["loaded"][0]
    assert (loaded["how"], loaded["place"], loaded["at"]) == ("unobserved", None, None)
    assert drive.trip["verdict"] is None
    assert drive.trip["unchecked"] == ["loading"]
    assert drive.accused() == []


def test_loaded_twice_at_two_sites(timeline):
    drive = TripDrive(timeline)
    drive.stand(90, see="covered").to(2200).stand(90).to(6200).stand(90, see="empty")
    assert [t["site"]["id"] for t in drive.trip["loaded"]] == ["north", "east"]
    assert versions(drive) == [("trip.started", 1), ("trip.updated", 2), ("trip.ended", 3)]
    assert drive.trip["verdict"] == "regular"


def test_a_part_is_tipped_at_one_tip_and_the_rest_at_another(timeline):
    drive = honest(timeline)
    drive.tip(see="covered")
    drive.to(8200).go(150, 0)
    assert versions(drive) == [("trip.started", 1), ("trip.updated", 2)]
    assert [p["site"]["id"] for p in drive.trip["partly_unloaded"]] == ["tip"]
    drive.load = False
    drive.tip()
    assert drive.trip["emptied"]["site"]["id"] == "field"
    assert drive.trip["verdict"] == "regular"
    assert drive.accused() == []


def test_a_part_tipped_by_the_road_is_suspicious_though_the_load_arrives(timeline):
    drive = honest(timeline).to(7200)
    drive.tip(see="covered")
    drive.to(8200).go(150, 0)
    drive.load = False
    drive.tip()
    assert drive.trip["reasons"] == ["lift_raised"]
    assert len(drive.told("suspicious_unloading")[0]) == 1


def test_a_load_that_is_gone_after_a_tunnel(timeline):
    drive = TripDrive(timeline)
    drive.stand(90, see="covered").to(3000)
    drive.gnss = False
    drive.dark().go(60, 10)
    drive.gnss, drive.see = True, "empty"
    drive.go(40)
    (started,), _ = drive.told("suspicious_unloading")
    assert started.data["facts"]["how"] == "gap"
    assert drive.trip["emptied"]["gap"] == "fix"
    assert drive.trip["reasons"] == ["unloaded_elsewhere"]
    assert drive.trip["hauled"]["gaps"]["count"] == 1


def test_a_tunnel_with_a_tip_at_its_end_accuses_nobody(timeline):
    drive = TripDrive(timeline)
    drive.stand(90, see="covered").to(5400)
    drive.gnss = False
    drive.dark().go(120, 10)
    drive.gnss, drive.see = True, "empty"
    drive.go(40)
    assert drive.accused() == []
    assert (drive.trip["verdict"], drive.trip["unchecked"]) == (None, ["position"])


def test_power_pulled_before_unloading(timeline):
    drive = honest(timeline).to(7000).go(5)
    name = drive.trips[0].subject
    drive.restart(new_boot=True, away=600)
    drive.see, drive.load = "empty", False
    drive.go(60)
    assert drive.trip["emptied"]["gap"] == "cut"
    assert drive.trip["reasons"] == ["unloaded_unseen"]
    assert [i["why"] for i in drive.trip["interruptions"]["kept"]] == ["cut"]
    assert {e.subject for e in drive.trips} == {name}
    assert [e.data["version"] for e in drive.trips] == [1, 2, 3]
    assert drive.accused() == []


def test_ignition_off_in_the_tip_and_empty_at_the_next_start_is_regular(timeline):
    drive = honest(timeline).go(20, 0)
    drive.restart(new_boot=True, clean=True, away=600)
    drive.see, drive.load = "empty", False
    drive.go(60, 0)
    assert drive.trip["verdict"] == "regular"
    assert drive.trip["emptied"]["site"]["id"] == "tip"


def test_a_power_cut_in_mid_trip_is_named_and_the_trip_goes_on(timeline):
    drive = honest(timeline)
    drive.restart(new_boot=True, away=300)
    drive.go(10, 0)
    drive.load = False
    drive.tip()
    trip = drive.trip
    assert trip["verdict"] == "regular"
    (span,) = trip["interruptions"]["kept"]
    assert (span["why"], span["since"]["boot"], span["until"]["boot"]) == ("cut", "b00t", "b00t1")
    assert trip["hauled"]["distance_m"] == pytest.approx(6200, abs=30)
    assert trip["loaded"][0]["at"]["boot"] == "b00t"


def test_what_was_taken_for_the_end_is_corrected_under_the_same_id(timeline):
    drive = honest(timeline).to(7000)
    drive.stand(60, see="empty", load=False)
    assert drive.trips[-1].type == "trip.ended"
    drive.see, drive.load = "covered", True
    drive.to(8200)
    updated = drive.trips[-1]
    assert (updated.type, updated.data["corrected"]) == ("trip.updated", "still_loaded")
    assert len(drive.t.emitted("suspicious_unloading.updated")) == 1
    drive.stand(90, see="empty", load=False)
    assert drive.trip["emptied"]["site"]["id"] == "field"
    assert {e.subject for e in drive.trips} == {drive.trips[0].subject}
    assert [e.data["version"] for e in drive.trips] == [1, 2, 3, 4]


def test_a_weak_end_is_confirmed_by_the_next_picture(timeline):
    drive = TripDrive(timeline)
    drive.stand(90, see="covered").to(6200).dark()
    drive.go(90, 0).to(7000)
    assert drive.trip["emptied"]["by"] == ["stop", "zone"]
    drive.see = "empty"
    drive.go(30)
    last = drive.trips[-1]
    assert (last.type, last.data["corrected"]) == ("trip.ended", "confirmed")
    assert last.data["emptied"]["confidence"] == 0.7
    assert last.data["emptied"]["by"] == ["stop", "vision", "zone"]


def test_what_goes_back_to_where_it_came_from_is_no_dumping(timeline):
    drive = TripDrive(timeline, lift=False, load=False)
    drive.stand(60, see="covered", load=True)
    drive.load = False
    drive.tip()
    assert drive.accused() == []
    assert drive.trip["verdict"] == "regular"


@pytest.mark.parametrize(
    ("zones", "layer"),
    [((), {"refused": "x"}), (ZONES[:2], {}), (ZONES, {"refused": "a ring is not closed"})],
)
def test_without_whole_zones_nobody_is_accused_and_it_is_said(timeline, zones, layer):
    drive = TripDrive(timeline, zones=zones, layers={"zones": Layer("z", len(zones), file=True, **layer)})
    drive.stand(90, see="covered").to(5000).stand(90, see="empty")
    assert drive.accused() == []
    assert drive.trip["verdict"] is None
    assert "zones" in drive.trip["unchecked"]
    (cause,) = [e.data for e in drive.t.emitted("could_not_check.started") if e.data["cause"] == "zones"]
    assert cause["kinds"] == ["suspicious_unloading"]


def test_a_camera_that_contradicts_the_axles_decides_nothing(timeline):
    drive = honest(timeline).to(7000)
    drive.stand(90, see="empty")
    assert versions(drive) == [("trip.started", 1)]
    drive.see = "covered"
    drive.to(8200).stand(90, see="empty", load=False)
    assert drive.trip["verdict"] == "regular"


def test_off_duty_is_named_and_holds_no_place(timeline):
    drive = honest(timeline).to(7000)
    off = msgspec.structs.replace(drive.t.settings, shifts=(Shift(0, 1),), offsets=((0, 8 * 3600),))
    drive.t.feed(msgspec.structs.replace(off, mono_ns=drive.t.now))
    drive.go(60, 0)
    before = len(drive.trips)
    drive.t.feed(msgspec.structs.replace(drive.t.settings, mono_ns=drive.t.now))
    drive.go(20)
    assert before == 1
    assert drive.trips[-1].type == "trip.updated"
    assert [i["why"] for i in drive.trip["interruptions"]["kept"]] == ["off_duty"]


def test_a_restart_off_duty_does_not_end_the_span(timeline):
    drive = honest(timeline).to(7000)
    off = msgspec.structs.replace(drive.t.settings, shifts=(Shift(0, 1),), offsets=((0, 8 * 3600),))
    on, drive.t.settings = drive.t.settings, off
    drive.t.feed(msgspec.structs.replace(off, mono_ns=drive.t.now))
    drive.go(20, 0).restart(away=5).go(20, 0)
    assert len(drive.trips) == 1
    drive.t.settings = on
    drive.t.feed(msgspec.structs.replace(on, mono_ns=drive.t.now))
    drive.go(20)
    (span,) = drive.trip["interruptions"]["kept"]
    assert span["until"]["at_us"] - span["since"]["at_us"] > 40e6


def test_an_indoor_tip_without_a_position(timeline):
    drive = honest(timeline)
    drive.gnss = False
    drive.stand(900, see="empty", load=False)
    assert drive.trip["emptied"]["site"]["id"] == "tip"
    assert drive.trip["verdict"] == "regular"
