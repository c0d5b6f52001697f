"""Coordinate systems of Chinese maps: published vectors, and there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.geometry.coordinates import bd09, gcj02, in_china, to_wgs84
from drivers.geodesy import apart_m

# The test vectors of googollee/eviltransform: WGS-84 and GCJ-02, latitude first. It takes another semi-major
# axis, which moves the result by a centimetre.
PUBLISHED = [
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
]
# Those of wandergis/coordtransform, longitude first: from 116.404, 39.915 in each direction.
START = (116.404, 39.915)
TO_GCJ = (116.41024449916938, 39.91640428150164)
GCJ_TO_BD = (116.41036949371029, 39.92133699351021)
BD_TO_GCJ = (116.39762729119315, 39.90865673957631)
inside = st.tuples(st.floats(73.5, 134.8), st.floats(18.2, 53.5))


@pytest.mark.parametrize(("wgs", "gcj"), PUBLISHED)
def test_the_published_vectors(wgs, gcj):
    lon, lat = gcj02(wgs[1], wgs[0])
    assert (lat, lon) == pytest.approx(gcj, abs=1e-6)


def test_the_published_vectors_of_baidu():
    assert gcj02(*START) == pytest.approx(TO_GCJ, abs=1e-9)
    assert bd09(*to_wgs84("GCJ-02", *START)) == pytest.approx(GCJ_TO_BD, abs=1e-9)
    # The published way back from BD-09 is no exact inverse: it is good to some 10 cm.
    assert gcj02(*to_wgs84("BD-09", *START)) == pytest.approx(BD_TO_GCJ, abs=3e-6)


@given(inside)
def test_there_and_back_changes_a_place_by_less_than_a_thousandth_of_a_millimetre(place):
    for system, there in (("GCJ-02", gcj02), ("BD-09", bd09)):
        lon, lat = to_wgs84(system, *there(*place))
        assert apart_m((lat, lon), place[::-1]) < 1e-6
        assert 10 < apart_m(there(*place)[::-1], place[::-1]) < 2500


@given(inside)
def test_back_and_there_too(place):
    assert gcj02(*to_wgs84("GCJ-02", *place)) == pytest.approx(place, abs=1e-11)
    assert bd09(*to_wgs84("BD-09", *place)) == pytest.approx(place, abs=1e-11)


@pytest.mark.parametrize("place", [(2.35, 48.85), (139.77, 35.68), (0.0, 0.0)])
def test_outside_china_nothing_is_shifted(place):
    assert not in_china(*place)
    assert gcj02(*place) == place
    assert to_wgs84("GCJ-02", *place) == place


def test_another_system_is_unknown():
    with pytest.raises(KeyError):
        to_wgs84("EPSG:3857", 1.0, 2.0)
