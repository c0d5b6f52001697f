"""What a live receiver's dates may be, and that a recording's are left alone."""

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drivers.clock import Stamp, SystemClock
from drivers.gnss.receiver import Receiver, ReceiverSetup
from drivers.gnss_profile import GnssProfile, Quirk
from drivers.readings import Fix, ReceiverHealth
from drivers.sim.nmea import Pose, burst
from drivers.sim.receiver import SimReceiver
from drivers.sim.worlds import straight

BUILD = datetime(2026, 11, 1, tzinfo=UTC)
TRUE = datetime(2026, 11, 24, 6, tzinfo=UTC)
PERIOD = timedelta(weeks=1024)


class NtpClock(SystemClock):
    """A machine whose clock a time server has set to `utc`."""

    def __init__(self, utc: datetime) -> None:
        super().__init__(0)
        self._utc_ns = round(utc.timestamp()) * 1_000_000_000

    def stamp(self, mono_ns: int | None = None) -> Stamp:
        return Stamp(self.boot, self.mono_ns(), self._utc_ns, "ntp")


def first_utc(setup: ReceiverSetup, clock: SystemClock) -> datetime | None:
    seen: list[Fix] = []
    stop = threading.Event()

    def put(observation: Fix | ReceiverHealth) -> None:
        if isinstance(observation, Fix) and observation.utc:
            seen.append(observation)
            stop.set()

    thread = threading.Thread(target=Receiver(setup, clock, put).run, args=(stop, lambda: None))
    thread.start()
    end = time.monotonic() + 20
    while not seen and time.monotonic() < end:
        time.sleep(0.01)
    stop.set()
    thread.join(5)
    return seen[0].utc if seen else None


@pytest.mark.parametrize(
    ("sent", "clock", "quirk_weeks", "understood"),
    [
        (TRUE, SystemClock(0), 0, TRUE),
        (TRUE - PERIOD, SystemClock(0), 0, TRUE),
        (TRUE - 2 * PERIOD, SystemClock(0), 0, TRUE),
        (TRUE - timedelta(weeks=1000), SystemClock(0), 1000, TRUE),
        (TRUE, NtpClock(TRUE + timedelta(hours=3)), 0, TRUE),
        (TRUE, NtpClock(TRUE + timedelta(days=400)), 0, TRUE),  # no period mends that
        (TRUE - PERIOD, NtpClock(TRUE - timedelta(days=4000)), 0, TRUE),
    ],
)
def test_dates_of_a_receiver(tmp_path: Path, sent, clock, quirk_weeks, understood) -> None:
    sim = SimReceiver(tmp_path / "tty", straight(Pose(31.0, 121.0)), 10.0, sent).start()
    profile = GnssProfile(description="x", quirks=(Quirk(why="it does", weeks=quirk_weeks),))
    setup = ReceiverSetup(str(tmp_path / "tty"), 9600, 2.0, profile=profile, not_before=BUILD)
    utc = first_utc(setup, clock)
    sim.stop()
    assert utc
    assert timedelta() <= utc - understood < timedelta(minutes=1)


def test_dates_of_a_recording_stay(tmp_path: Path) -> None:
    file = tmp_path / "old.nmea"
    file.write_bytes(b"".join(burst(TRUE - PERIOD + timedelta(seconds=n), Pose(1.0, 2.0)) for n in range(5)))
    setup = ReceiverSetup(f"file:{file}?rate=20", 9600, 2.0, not_before=BUILD)
    assert first_utc(setup, SystemClock(0)) == TRUE - PERIOD
