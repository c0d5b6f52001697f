"""The end of a line in the middle of an epoch."""

from datetime import UTC, datetime, timedelta

from drivers.gnss.decode import Decoder
from drivers.gnss.listener import Listener
from drivers.sim.nmea import Pose, burst

SECOND = 1_000_000_000
EPOCH = datetime(2026, 11, 24, 6, tzinfo=UTC)
POSE = Pose(31.25, 121.5, 8.0, 10.0, 45.0)


def test_a_sentence_that_lost_only_its_line_end_has_the_moment_of_its_bytes():
    listener = Listener(lambda: Decoder(eager=True), None)
    fixes = []
    for n in range(1, 6):
        fixes += listener.feed(burst(EPOCH + timedelta(seconds=n), POSE), n * SECOND) + listener.idle()
    cut = burst(EPOCH + timedelta(seconds=6), POSE).partition(b"\r\n")[0]
    fixes += listener.feed(cut, 6 * SECOND)
    fixes += listener.flush()
    assert [fix.mono_ns for fix in fixes] == [n * SECOND for n in range(1, 7)]
