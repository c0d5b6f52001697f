"""Trips as they are in real life, told to a timeline."""

import msgspec
import pytest

from agent.rule_layers import Layer
from tests.unit.trip_drive import TRIP_LIMITS, ZONES, TripDrive, honest


def versions(drive):
    return [(e.type, e.data["version"]) for e in drive.trips]


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
    assert ended.data["until_us"] - started.data["since_us"] >= 59e6, "the lift was up for a minute"
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


@pytest.mark.parametrize(("alone_s", "load", "accused"), [(300, None, 0), (60, None, 1), (300, False, 1)])
def test_cameras_alone_accuse_only_when_what_was_before_had_held(timeline, alone_s, load, accused):
    limits = msgspec.structs.replace(TRIP_LIMITS, alone_s=alone_s)
    full = None if load is None else True
    drive = TripDrive(timeline, load=load, trips=limits)
    drive.stand(90, see="covered", load=full).to(6200)
    drive.stand(40, see="empty", load=load).to(7000)
    drive.go(60, 0).stand(60, see="covered", load=full)
    assert len(drive.told("suspicious_loading")[0]) == accused
    assert (drive.trip["loaded"][0]["how"], drive.trip["reasons"]) == ("stop", ["loaded_elsewhere"])


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
