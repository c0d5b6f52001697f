"""The sky as it reaches the testimony: an empty one is news, and satellites no longer listed are gone."""

from drivers.gnss.decode import Decoder
from drivers.gnss.listener import Listener
from drivers.gnss.testimony import witness
from drivers.gnss.testimony.limits import Thresholds
from drivers.gnss.testimony.line import Phrases
from drivers.sim.nmea import sentence

SECOND = 1_000_000_000
GPS = sentence("GPGSV", "1", "1", "02", "03", "40", "100", "41", "05", "20", "200", "33")
GLONASS = sentence("GLGSV", "1", "1", "01", "66", "30", "050", "38")
EMPTY = sentence("GPGSV", "1", "1", "00")


class Line:
    def __init__(self):
        doubts = witness.Testimony(Thresholds(antenna_blank_s=30), Phrases(), None)
        self.listener, self.at = Listener(lambda: Decoder(eager=True), doubts), 0

    def hear(self, chunk, seconds):
        """The same bytes every second; returns the last health."""
        for _ in range(seconds):
            self.at += SECOND
            self.listener.feed(chunk, self.at)
            health = self.listener.health(self.at, "line", connected=True, reason=None, lost=0)
        return health


def test_an_empty_sky_is_news_each_time():
    line = Line()
    assert line.hear(GPS, 5).strength["gps"].count == 2
    assert line.hear(EMPTY, 20).strength == {}
    health = line.hear(EMPTY, 20)
    assert (health.antenna, health.antenna_inferred) == ("open", True)


def test_a_constellation_that_is_left_out_is_forgotten():
    line = Line()
    assert set(line.hear(GPS + GLONASS, 3).strength) == {"gps", "glonass"}
    assert set(line.hear(GPS, 10).strength) == {"gps"}


def test_an_old_list_is_no_list():
    line = Line()
    line.hear(GPS, 5)
    assert line.hear(sentence("GPTXT", "01", "01", "02", "x"), 20).strength == {}
