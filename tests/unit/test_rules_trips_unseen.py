"""Trips that nobody saw the whole of: tunnels, cuts, shifts, and what is put right afterwards."""

import msgspec
import pytest

from agent.rule_layers import Shift
from tests.unit.trip_drive import TripDrive, honest


def test_loaded_before_the_agent_ever_ran_accuses_nobody(timeline):
    drive = TripDrive(timeline, see="covered", east=1000)
    drive.to(6200).stand(90, see="empty")
    loaded = drive.trip["loaded"][0]
    assert (loaded["how"], loaded["place"], loaded["at"]) == ("unobserved", None, None)
    assert drive.trip["verdict"] is None
    assert drive.trip["unchecked"] == ["loading"]
    assert drive.accused() == []


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


@pytest.mark.parametrize("seen_again_at", [3500, 1500, 0])
@pytest.mark.parametrize("before", ["stop", "lift", "stop by the road"])
def test_power_pulled_soon_after_a_stop_does_not_make_it_the_unloading(timeline, before, seen_again_at):
    drive = TripDrive(timeline, lift=False)
    drive.stand(90, see="covered")
    if before == "lift":  # the load is levelled
        drive.tip(20, see="covered")
    drive.to(1500)
    if before == "stop by the road":
        drive.go(120, 0).go(3)
    assert drive.trip["emptied"] is None
    drive.restart(new_boot=True, away=600)
    drive.see, drive.east = "empty", seen_again_at
    drive.go(60, 0)
    emptied = drive.trip["emptied"]
    assert (emptied["how"], emptied["gap"], emptied["site"]) == ("gap", "cut", None)
    assert (drive.trip["verdict"], drive.trip["reasons"]) == ("suspicious", ["unloaded_unseen"])
    assert drive.accused() == []


def test_a_stop_in_order_soon_after_the_pit_leaves_it_undecided(timeline):
    drive = TripDrive(timeline)
    drive.stand(90, see="covered").to(1500)
    drive.restart(new_boot=True, clean=True, away=600)
    drive.see = "empty"
    drive.go(60)
    assert (drive.trip["verdict"], drive.trip["unchecked"]) == (None, ["watch"])


def test_a_tunnel_soon_after_the_pit_leaves_it_undecided_and_accuses_nobody(timeline):
    drive = TripDrive(timeline)
    drive.stand(90, see="covered").to(700)
    drive.gnss = False
    drive.dark().go(60, 10)
    drive.gnss, drive.see = True, "empty"
    drive.go(40)
    assert (drive.trip["verdict"], drive.trip["unchecked"]) == (None, ["position"])
    assert drive.accused() == []


def test_what_went_back_to_the_pit_is_regular_also_when_the_agent_starts_anew(timeline):
    drive = TripDrive(timeline)
    drive.stand(90, see="covered").restart(away=5)
    drive.see = "empty"
    drive.go(60, 0)
    assert drive.trip["emptied"]["how"] == "stop"
    assert drive.trip["verdict"] == "regular"


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
