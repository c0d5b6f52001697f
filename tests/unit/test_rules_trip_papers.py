"""Trips and permits, the clock that is set late, stops, risk zones."""

import msgspec
import pytest

from agent.model import Sampling, Snapshot
from agent.rules.trip.risk import rate
from tests.unit.haul_drive import NOON, permit, permits
from tests.unit.trip_drive import TripDrive


def haul(drive, seconds=60):
    """From the north to the tip."""
    drive.stand(seconds, see="covered").to(6200).stand(seconds, see="empty")
    return drive


def again(drive):
    """Back to the north, empty."""
    drive.to(7000)
    drive.to(0).go(20, 0)
    return drive


def test_a_trip_counts_against_its_permit(timeline):
    known = permits(permit("p", trips=2, used=1, loading=("north",), disposal=("tip",)))
    drive = haul(TripDrive(timeline, permits=known))
    assert drive.trip["permit"] == {"id": "p", "state": "valid", "valid": ["p"]}
    assert drive.trip["verdict"] == "regular"
    assert drive.told("no_permit")[0] == []
    haul(again(drive))
    assert drive.trip["permit"]["state"] == "used_up"
    assert drive.trip["reasons"] == ["no_permit"]
    started = drive.told("no_permit")[0][0]
    assert started.data["facts"]["state"] == "used_up"


def test_a_newer_list_has_counted_the_trip_itself(timeline):
    drive = haul(TripDrive(timeline, permits=permits(permit("p", trips=2, used=1))))
    later = NOON + round(drive.t.at) + 1
    newer = permits(permit("p", trips=4, used=2), as_of=later)
    drive.t.feed(msgspec.structs.replace(drive.t.settings, permits=newer, mono_ns=drive.t.now))
    drive.go(5, 0)
    assert drive.t.state.trips.book == ()


def test_a_tip_that_no_permit_names(timeline):
    known = permits(permit("p", disposal=("field",)))
    drive = haul(TripDrive(timeline, permits=known))
    assert drive.trip["reasons"] == ["disposal_site_not_permitted"]
    assert drive.accused() == []


def test_of_two_permits_the_one_for_these_sites_counts(timeline):
    known = permits(permit("a", disposal=("field",)), permit("b", disposal=("tip",)))
    drive = haul(TripDrive(timeline, permits=known))
    assert drive.trip["permit"] == {"id": "b", "state": "valid", "valid": ["a", "b"]}
    assert drive.trip["verdict"] == "regular"


def test_stale_permits_accuse_nobody(timeline):
    drive = haul(TripDrive(timeline, permits=permits(as_of=NOON - 9 * 86_400)))
    assert (drive.trip["verdict"], drive.trip["unchecked"]) == (None, ["permits"])


def test_a_clock_that_is_set_late_corrects_the_trip(timeline):
    class Unset(TripDrive):
        def second(self, speed, **fix):
            super().second(speed, **({"utc": None} | fix))

    drive = haul(Unset(timeline, permits=permits(permit())))
    assert drive.trip["emptied"]["at"]["utc"] is None
    assert drive.trip["unchecked"] == ["clock"]
    for _ in range(10):
        TripDrive.second(drive, 0)
    last = drive.trips[-1]
    assert (last.type, last.data["corrected"]) == ("trip.ended", "clock")
    assert last.data["emptied"]["at"]["utc"].startswith("2026-11-24T06:")
    assert last.data["emptied"]["hour"] == 14
    assert (last.data["verdict"], last.data["permit"]["id"]) == ("regular", "p")


def test_a_stop_with_a_load_is_told_with_cell_dwell_and_hour(timeline):
    drive = TripDrive(timeline)
    drive.stand(60, see="covered").to(3000).go(45, 0).go(10)
    (started,), (ended,) = drive.told("haul_stop")
    assert started.subject == ended.subject
    assert ended.data["dwell_s"] == pytest.approx(44, abs=2)
    assert (ended.data["laden"], ended.data["hour"], len(ended.data["cell"])) == (True, 14, 7)
    assert ended.data["trip"] == drive.trips[0].subject


def test_an_empty_truck_may_stand_where_it_likes(timeline):
    drive = TripDrive(timeline).to(3000).go(60, 0).go(10)
    assert drive.told("haul_stop") == ([], [])


def test_in_a_risk_zone_more_is_sampled_and_pictured(timeline):
    drive = TripDrive(timeline).to(4200, speed=10.0)
    (visit,) = [e for e in drive.t.emitted("zone_visit.started") if e.data["zone"]["role"] == "risk"]
    shots = [e for e in drive.t.effects if isinstance(e, Snapshot) and e.subject == visit.subject]
    assert [s.camera for s in shots] == ["bed"]
    assert [e.fps for e in drive.t.effects if isinstance(e, Sampling)][-1] == 2.0
    drive.go(100, 0)
    (stop,) = drive.told("haul_stop")[0]
    assert stop.data["risk"] == ["hill"]
    assert any(isinstance(e, Snapshot) and e.subject == stop.subject for e in drive.t.effects)
    assert [e.fps for e in drive.t.effects if isinstance(e, Sampling)][-1] == 2.0, "also when parked"
    drive.go(60)
    assert [e.fps for e in drive.t.effects if isinstance(e, Sampling)][-1] == 1.0
    assert rate({}, drive.t.settings, 0.2) == 0.2


def test_a_weighbridge_in_a_loading_site_where_the_lift_is_raised_for_cleaning(timeline):
    drive = TripDrive(timeline, lift=False)
    drive.stand(60, see="covered").tip(see="covered").to(3000)
    assert drive.accused() == []
    assert [e.type for e in drive.trips] == ["trip.started"]


def test_a_lift_that_is_up_over_a_restart_is_one_accusation(timeline):
    drive = TripDrive(timeline, lift=False)
    drive.stand(60, see="covered").to(3000).dark().go(10, 0)
    drive.lift = True
    drive.go(15, 0)
    drive.restart(away=1)
    drive.go(15, 0)
    drive.lift = False
    drive.go(10, 0)
    (started,), (ended,) = drive.told("suspicious_unloading")
    assert (started.subject, ended.data["reason"]) == (ended.subject, "lowered")


def test_a_boot_ends_an_accusation_where_it_was_last_seen(timeline):
    drive = TripDrive(timeline, lift=False)
    drive.stand(60, see="covered").to(3000).dark().go(10, 0)
    drive.lift = True
    drive.go(15, 0)
    drive.restart(new_boot=True)
    (started,), (ended,) = drive.told("suspicious_unloading")
    assert (ended.subject, ended.data["reason"], ended.data["boot"]) == (
        started.subject,
        "interrupted",
        "b00t",
    )
    assert drive.t.state.trips.trip is not None
