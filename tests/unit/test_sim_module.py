"""The simulated module without its line: the same bytes each time, and what each fault makes of them."""

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pynmea2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.gnss.decode import Decoder
from drivers.sim.fault_file import fault
from drivers.sim.faults import KINDS, Schedule
from drivers.sim.module import Character, Module, Settings
from drivers.sim.nmea import Output
from drivers.sim.solution import Pose
from drivers.sim.worlds import points, route, straight
from tests.samples import samples

EPOCH = datetime(2026, 11, 24, 6, tzinfo=UTC)
BEGIN = Pose(31.2304, 121.4737, 8.0, 10.0, 45.0)
WORLD = straight(BEGIN)
EVERYTHING = dict.fromkeys(
    ("gps", "glonass", "galileo", "beidou", "qzss", "sbas", "navic", "rmc", "vtg", "gga", "gll", "gns"), 1
) | dict.fromkeys(("gsa", "gsv", "zda", "gst", "gbs"), 1)
FULL = Character({"period_ms": 1000, **EVERYTHING})


def module(*faults, character=FULL, **more):
    return Module(WORLD, Settings(epoch=EPOCH, **more), Schedule(faults), character)


def burst_at(t, *faults, **more):
    return dict(module(*faults, **more).bursts(t + 1))[t]


def fixes(*faults, seconds=40, **more):
    """By second: the fix that the product decodes, None where there is none at all."""
    found = {}
    for t, burst in module(*faults, **more).bursts(seconds):
        decoder = Decoder()
        got = decoder.feed(burst) + decoder.flush()
        found[t] = got[0] if got else None
    return found


def strengths(burst):
    """The C/N0 of all tracked satellites in a burst."""
    found = []
    for line in burst.decode("latin-1").splitlines():
        if line[3:6] == "GSV":
            fields = line.partition("*")[0].split(",")[4:-1]
            found += [int(fields[i + 3]) for i in range(0, len(fields) - 3, 4) if fields[i + 3]]
    return found


def off(fix, t):
    """Metres between a fix and the truth."""
    true = WORLD(t)
    north = (fix.lat - true.lat) * 111195
    return math.hypot(north, (fix.lon - true.lon) * 111195 * math.cos(math.radians(true.lat)))


FAULTS = st.builds(
    lambda kind, at, duration: fault(kind, at, None if KINDS[kind].instant else duration),
    st.sampled_from(sorted(KINDS)),
    st.floats(0, 20),
    st.floats(0.1, 20),
)


@settings(max_examples=samples(40), deadline=None)
@given(
    st.lists(FAULTS, max_size=4),
    st.integers(0, 2**32),
    st.sampled_from([0.5, 1.0, 3.0, 10.0]),
    st.sampled_from(["cold", "warm", "hot", "running"]),
)
def test_the_same_settings_give_the_same_bytes(faults, seed, rate_hz, start):
    again = [
        list(module(*faults, seed=seed, rate_hz=rate_hz, start=start, ttff_s=4.0).bursts(20))
        for _ in range(2)
    ]
    assert again[0] == again[1]
    if not {"slow", "baud"} & {f.kind for f in faults}:
        assert len(again[0]) == math.ceil(20_000 / round(1000 / rate_hz))


def test_another_seed_gives_other_noise_and_the_same_fix():
    one, two = burst_at(5, seed=1), burst_at(5, seed=2)
    assert one != two
    assert one.splitlines()[0] == two.splitlines()[0]


def test_every_sentence_is_what_pynmea2_reads():
    lines = burst_at(3).decode().splitlines()
    kinds = {line[3:6] for line in lines}
    assert kinds == {"RMC", "VTG", "GGA", "GLL", "GNS", "GSA", "GSV", "ZDA", "GST", "GBS"}
    for line in lines:
        assert len(line) <= 82 - 2
        pynmea2.parse(line, check=True)
    gga = next(pynmea2.parse(line) for line in lines if line[3:6] == "GGA")
    used = sum(1 for line in lines if line[3:6] == "GSA" for f in line.split(",")[3:15] if f)
    assert int(gga.num_sats) >= used > 20


@pytest.mark.parametrize("nmea", ["2.1", "2.3", "3.0", "4.0", "4.10", "4.11"])
def test_versions_differ_in_their_fields(nmea):
    character = Character(FULL.state, Output(nmea=nmea))
    lines = {line[3:6]: line.partition("*")[0] for line in burst_at(0, character=character).decode().split()}
    counts = {kind: lines[kind].count(",") for kind in ("RMC", "VTG", "GLL", "GSA")}
    modal, new = nmea != "2.1", nmea.startswith("4.1")
    assert counts == {"RMC": 11 + modal + new, "VTG": 8 + modal, "GLL": 6 + modal, "GSA": 17 + new}
    assert lines["GSV"].count(",") % 4 == (0 if new else 3)


def test_talkers_and_numbers():
    old = Output(nmea="3.0", beidou="BD", qzss="", combined="")
    state = {"period_ms": 1000, "gps": 1, "beidou": 1, "qzss": 1}
    lines = burst_at(0, character=Character(state, old)).decode().splitlines()
    assert {line[1:3] for line in lines if line[3:6] == "RMC"} == {"GP"}
    assert {line[1:3] for line in lines if line[3:6] in ("GSV", "GSA")} == {"GP", "BD"}
    beidou = next(line for line in lines if line.startswith("$BDGSA")).split(",")[3:15]
    assert all(201 <= int(number) <= 263 for number in beidou if number)
    alone = burst_at(0, character=Character({"period_ms": 1000, "beidou": 1})).decode()
    assert {line[1:3] for line in alone.splitlines()} == {"GB"}


def test_without_a_fix_nothing_is_claimed():
    cold = burst_at(0, start="cold").decode().splitlines()
    assert next(line for line in cold if line[3:6] == "RMC").startswith("$GNRMC,,V,,,,,,,,,,N,V*")
    assert all(pynmea2.parse(line, check=True) for line in cold)


@pytest.mark.parametrize(("start", "first"), [("cold", 30), ("warm", 15), ("hot", 1), ("running", 0)])
def test_time_to_first_fix(start, first):
    found = fixes(start=start)
    assert next(t for t, fix in found.items() if fix and fix.mode == "3d") == first
    assert (found[0] is None or found[0].utc is None) == (start == "cold")
    custom = fixes(start=start, ttff_s=7.0)
    assert next(t for t, fix in custom.items() if fix and fix.mode == "3d") == 7


def test_the_open_sky_is_the_truth():
    found = fixes(seconds=60)
    assert all(fix and fix.mode == "3d" and off(fix, t) < 0.05 for t, fix in found.items())
    assert all(fix and fix.utc == EPOCH + timedelta(seconds=t) for t, fix in found.items())
    assert 20 < sum(strengths(burst_at(3))) / len(strengths(burst_at(3))) < 50


@pytest.mark.parametrize("kind", ["tunnel", "switch", "antenna_open", "antenna_short", "jam"])
def test_an_outage_and_the_way_back(kind):
    found = fixes(fault(kind, 10, 15))
    modes = {t: fix.mode for t, fix in found.items() if fix}
    assert all(modes[t] == "3d" for t in range(10))
    assert all(modes[t] == "none" for t in range(14, 25))
    assert all(found[t].utc == EPOCH + timedelta(seconds=t) for t in range(40))
    assert next(t for t in range(25, 40) if modes[t] == "3d") == 27
    assert all(modes[t] == "3d" for t in range(27, 40))


def test_a_switch_is_at_once_and_a_jammer_falls_over_seconds():
    assert strengths(burst_at(9, fault("switch", 10)))
    assert strengths(burst_at(10, fault("switch", 10))) == []
    means = [
        sum(s) / len(s) for t in (9, 11, 12, 13) if (s := strengths(burst_at(t, fault("jam", 10, db=20))))
    ]
    assert means == sorted(means, reverse=True)
    assert means[0] - means[1] > 4


def test_a_canyon_hides_weakens_and_wanders():
    open_sky, street = burst_at(20), burst_at(20, fault("canyon", 10, street=45))
    assert len(strengths(street)) < 0.8 * len(strengths(open_sky))
    found = fixes(fault("canyon", 10, metres=20.0))
    assert max(off(found[t], t) for t in range(12, 40)) > 5
    assert max(off(found[t], t) for t in range(10)) < 0.05


def test_multipath_wanders_slowly_by_its_size():
    found = fixes(fault("multipath", 0, metres=10.0, seconds=30.0), seconds=600)
    errors = [off(fix, t) for t, fix in found.items()]
    assert 6 < math.sqrt(sum(e * e for e in errors) / len(errors)) < 25
    steps = [abs(a - b) for a, b in pairwise(errors)]
    assert sum(steps) / len(steps) < 5


def test_jump_and_spoof_move_the_position():
    found = fixes(fault("jump", 10, 5, metres=300.0, course=0.0))
    assert off(found[12], 12) == pytest.approx(300, abs=1)
    assert off(found[15], 15) < 0.05
    found = fixes(fault("spoof", 10, mps=5.0, course=315.0))
    assert off(found[30], 30) == pytest.approx(100, abs=1)
    assert found[30].speed == pytest.approx(math.hypot(10, 5), abs=0.01)
    assert len(set(strengths(burst_at(20, fault("spoof", 10, cn0=44.0))))) == 1
    away = fixes(fault("spoof", 10, lat=-33.0, lon=151.0, alt=77.0, seconds=-60.0))[20]
    assert (away.lat, away.lon, away.alt) == (pytest.approx(-33.0), pytest.approx(151.0), 77.0)
    assert away.utc == EPOCH + timedelta(seconds=20 - 60)


def test_speed_zero_frozen_and_rollover():
    found = fixes(fault("speed_zero", 10))
    assert (found[9].speed, found[20].speed) == (pytest.approx(10, abs=0.01), 0.0)
    assert off(found[20], 20) < 0.05
    found = fixes(fault("frozen", 10))
    assert (found[20].lat, found[20].lon) == (found[9].lat, found[9].lon)
    assert found[20].utc == EPOCH + timedelta(seconds=20)
    stand = [burst_at(t, fault("frozen", 10, time="standing")) for t in (9, 10, 20)]
    assert stand[0] == stand[1] == stand[2]
    dates = [
        line.split(b",")[9]
        for line in burst_at(20, fault("rollover", 10)).splitlines()
        if line[3:6] == b"RMC"
    ]
    assert dates == [b"100407"]  # 1024 weeks before 24 November 2026


def test_faults_of_the_line():
    whole = burst_at(12)
    assert burst_at(12, fault("stall", 10)) == burst_at(12, fault("unplug", 10)) == b""
    assert burst_at(12, fault("repeat", 10, times=3)) == 3 * whole
    for kind in ("garble", "half_lines", "checksum"):
        damaged = burst_at(12, fault(kind, 10, share=1.0))
        decoder = Decoder()
        assert not decoder.feed(damaged) + decoder.flush()
        assert damaged != whole
    noisy = burst_at(12, fault("binary", 10))
    assert len(noisy) > len(whole)
    assert all(line in noisy for line in whole.splitlines(keepends=True))
    some = burst_at(12, fault("checksum", 10, share=0.3)).splitlines()
    assert 0 < sum(a != b for a, b in zip(some, whole.splitlines(), strict=True)) < len(some)


def test_slow_and_its_end():
    times = [t for t, _ in module(fault("slow", 10, 10, hz=0.5)).bursts(25)]
    assert times == [*range(10), 10, 12, 14, 16, 18, 20, 21, 22, 23, 24]


def test_power_and_restarts():
    character = Character(FULL.state, banner=(b"$GNTXT,01,01,02,hello*00\r\n",))
    assert burst_at(0, character=character).startswith(b"$GNTXT")
    for cause in (fault("unplug", 5, 3), fault("restart", 8), fault("baud", 8)):
        bursts = dict(module(cause, character=character).bursts(12))
        assert bursts[8].startswith(b"$GNTXT"), cause
        assert not bursts[9].startswith(b"$GNTXT")
    assert fixes(fault("restart", 8, start="cold"))[20].mode == "none"


def test_the_antenna_is_spoken_of_when_it_changes():
    words = {state: (f"{state}\r\n".encode(),) for state in ("ok", "open", "short")}
    said = module(
        fault("antenna_open", 5, 3),
        fault("antenna_short", 10, 2),
        character=Character(FULL.state, antenna=words),
    )
    lines = [(t, line) for t, burst in said.bursts(15) for line in burst.splitlines() if line[:1] != b"$"]
    assert lines == [(0, b"ok"), (5, b"open"), (8, b"ok"), (10, b"short"), (12, b"ok")]


def test_the_antenna_is_spoken_of_as_often_as_told():
    words = {state: (f"{state}\r\n".encode(),) for state in ("ok", "open", "short")}
    for every, expected in ((1, ["ok", "ok", "open", "open"]), (2, ["ok", "open"]), (0, [])):
        made = Character({**FULL.state, "txt": every}, antenna=words)
        bursts = module(fault("antenna_open", 2), character=made).bursts(4)
        assert [line.decode() for _, b in bursts for line in b.splitlines() if line[:1] != b"$"] == expected


def test_the_truth_is_told():
    told = []
    list(Module(WORLD, Settings(epoch=EPOCH), Schedule([fault("jump", 1, 1)]), told=told.append).bursts(3))
    assert [truth.time for truth in told] == [f"2026-11-24T06:00:0{i}.000Z" for i in range(3)]
    assert [truth.faults for truth in told] == [[], ["jump"], []]
    assert [(truth.lat, truth.lon) for truth in told] == [(WORLD(t).lat, WORLD(t).lon) for t in range(3)]


def test_a_route_is_driven_at_its_speed():
    world = route(points("31.0,121.0 31.001,121.0  # north\n31.001,121.001"), 10.0)
    assert (world(0.0).course, world(0.0).speed) == (0.0, 10.0)
    assert world(5.0).lat == pytest.approx(31.0 + 50 / 111195, abs=1e-7)
    assert world(15.0).course == pytest.approx(90.0, abs=0.1)
    assert (world(60.0).lon, world(60.0).speed) == (121.001, 0.0)


@pytest.mark.parametrize("text", ["31,121", "31,121 31", "91,0 92,0", "a,b c,d"])
def test_what_is_no_route_is_refused(text):
    with pytest.raises(ValueError, match=r"points|lat,lon|within|float"):
        route(points(text), 10.0)
