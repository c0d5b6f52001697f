"""The satellites of the simulated receiver: where they are, how they move, what geometry they give."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.sim.sky import Satellite, Sky, dilution

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHANGHAI = (31.23, 121.47)


@given(st.integers(0, 10**8), st.floats(-89, 89), st.floats(-180, 180))
def test_enough_satellites_everywhere_and_always(seconds, lat, lon):
    seen = Sky(["gps", "glonass", "galileo", "beidou"]).over(NOON + timedelta(seconds=seconds), lat, lon)
    high = [s for s in seen if s.elevation > 5]
    assert 12 <= len(high) <= 60
    assert all(0 < s.elevation <= 90 and 0 <= s.azimuth < 360 for s in seen)
    assert len({(s.constellation, s.number) for s in seen}) == len(seen)
    known = dilution(high)
    assert known
    assert 0.3 < known.hdop < 2.5


def test_a_gps_satellite_comes_back_after_a_sidereal_day_and_not_before():
    sky = Sky(["gps"])
    day = timedelta(seconds=86164.1)

    def at(moment):
        return {s.number: (s.elevation, s.azimuth) for s in sky.over(moment, *SHANGHAI)}

    now, hours_later, tomorrow = at(NOON), at(NOON + timedelta(hours=3)), at(NOON + day)
    high = [n for n in now if now[n][0] > 10]
    assert high
    assert all(abs(now[n][0] - tomorrow[n][0]) < 0.2 for n in high)
    assert all(n not in hours_later or math.dist(now[n], hours_later[n]) > 5 for n in high)


def test_satellites_move_smoothly():
    sky = Sky(["gps", "glonass", "galileo", "beidou"])
    before = {(s.constellation, s.number): s for s in sky.over(NOON, *SHANGHAI)}
    for minute in range(1, 240):
        now = {(s.constellation, s.number): s for s in sky.over(NOON + timedelta(minutes=minute), *SHANGHAI)}
        for key in before.keys() & now.keys():
            assert abs(before[key].elevation - now[key].elevation) < 0.8
        assert all(before[key].elevation < 1 for key in before.keys() - now.keys())
        before = now


def test_geostationary_satellites_stand_where_they_belong():
    seen = {s.number: s for s in Sky(["sbas"]).over(NOON, 0.0, 137.0)}
    assert seen[130].elevation > 85  # 140 degrees east
    assert 120 not in seen  # over the Atlantic


def test_dilution_of_a_known_geometry():
    # one overhead, three on the horizon at equal distances: (GᵀG)⁻¹ by hand
    spread = [Satellite("gps", 1, 90, 0), *(Satellite("gps", 2 + i, 0, 120 * i) for i in range(3))]
    known = dilution(spread)
    assert known
    assert known.hdop == pytest.approx(math.sqrt(4 / 3))
    assert known.vdop == pytest.approx(math.sqrt(4 / 3))
    assert known.tdop == pytest.approx(math.sqrt(1 / 3))
    assert known.pdop == pytest.approx(math.sqrt(8 / 3))


def test_no_dilution_without_geometry():
    assert dilution([Satellite("gps", i, 40, 90) for i in range(9)]) is None
    assert dilution([Satellite("gps", i, 20 * i, 77 * i) for i in range(3)]) is None
