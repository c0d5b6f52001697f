"""The sky as overheard: an empty one is news, and satellites that are no longer listed are gone."""

from drivers.gnss.overheard import Overheard
from drivers.sim.nmea import sentence

GPS = sentence("GPGSV", "1", "1", "02", "03", "40", "100", "41", "05", "20", "200", "33")
GLONASS = sentence("GLGSV", "1", "1", "01", "66", "30", "050", "38")
EMPTY = sentence("GPGSV", "1", "1", "00")


def in_view(overheard):
    return {(s.constellation, s.number): s.cn0 for s in overheard.sky()}


def test_lists_are_counted_also_empty_ones():
    overheard = Overheard()
    for sky, count in ((GPS, 1), (EMPTY, 2), (EMPTY, 3)):
        overheard.feed(sky)
        assert overheard.lists == count
    assert overheard.sky() == ()


def test_a_constellation_that_is_left_out_is_forgotten():
    overheard = Overheard()
    for _ in range(3):
        overheard.feed(GPS + GLONASS)
    assert in_view(overheard) == {("gps", 3): 41, ("gps", 5): 33, ("glonass", 66): 38}
    for _ in range(4):
        overheard.feed(GPS)
    assert ("glonass", 66) in in_view(overheard)
    for _ in range(4):
        overheard.feed(GPS)
    assert in_view(overheard) == {("gps", 3): 41, ("gps", 5): 33}
