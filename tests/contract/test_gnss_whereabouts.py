"""A receiver that changes its port, a second reader of its port, and observations nobody takes."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivers.gnss.backlog import Backlog
from drivers.gnss.receiver import ReceiverSetup
from drivers.gnss.source.ports import UsbIdentity, UsbPort
from drivers.gnss.source.whereabouts import Whereabouts
from drivers.readings import Fix, ReceiverHealth
from drivers.sim.nmea import Pose
from drivers.sim.receiver import SimReceiver
from drivers.sim.worlds import straight

EPOCH = datetime(2026, 11, 24, 6, tzinfo=UTC)
OURS = UsbIdentity("1546:01a9", None, "1.0")
MODEM = UsbIdentity("2c7c:0125", "0001", "1.1")


class Bench:
    """Simulated receivers under tty names, the USB list that goes with them, and a receiver worker."""

    def __init__(self, folder: Path, receiver_of) -> None:
        self.folder, self._receiver_of = folder, receiver_of
        self.usb: list[UsbPort] = []
        self.sims: dict[str, SimReceiver] = {}

    def plug(self, name: str, identity: UsbIdentity, lat: float, socket: str = "1-1") -> None:
        self.sims[name] = SimReceiver(self.folder / name, straight(Pose(lat, 20.0)), 10.0, EPOCH).start()
        by_id = f"/dev/serial/by-id/usb-{name}"
        self.usb.append(UsbPort(str(self.folder / name), identity, socket, by_id))

    def unplug(self, name: str) -> None:
        self.usb = [port for port in self.usb if port.device != str(self.folder / name)]
        self.sims.pop(name).stop()

    def start(self, name: str) -> None:
        setup = ReceiverSetup(str(self.folder / name), 9600, 1.0)
        self.seen = self._receiver_of(setup, list_usb=lambda: list(self.usb))

    def stop(self) -> None:
        for sim in self.sims.values():
            sim.stop()


@pytest.fixture
def bench(tmp_path: Path, receiver_of) -> Iterator[Bench]:
    bench = Bench(tmp_path, receiver_of)
    yield bench
    bench.stop()


def test_a_receiver_is_followed_to_another_number(bench, caplog) -> None:
    bench.plug("ttyACM0", OURS, 10.0)
    bench.start("ttyACM0")
    bench.seen.until(lambda b: b.health and b.health[-1].connected and b.fixes)
    bench.unplug("ttyACM0")
    bench.seen.until(lambda b: b.health[-1].reason == "unplugged")
    bench.plug("ttyACM1", OURS, 11.0)
    bench.seen.until(lambda b: b.fixes[-1].lat == 11.0 and b.health[-1].connected)
    assert bench.seen.health[-1].source == str(bench.folder / "ttyACM0")
    assert "ttyACM1 now; configure /dev/serial/by-id/usb-ttyACM1, which stays" in caplog.text


def test_a_modem_that_takes_the_number_is_not_the_receiver(bench) -> None:
    bench.plug("ttyACM0", OURS, 10.0)
    bench.start("ttyACM0")
    bench.seen.until(lambda b: b.fixes)
    bench.unplug("ttyACM0")
    bench.plug("ttyACM0", MODEM, -5.0)
    bench.sims["ttyACM0"].stall(on=True)
    bench.seen.until(lambda b: b.health[-1].reason == "silent")
    bench.plug("ttyACM1", OURS, 11.0)
    bench.seen.until(lambda b: b.fixes[-1].lat == 11.0)
    assert -5.0 not in {fix.lat for fix in bench.seen.fixes}


def test_two_alike_are_told_by_their_socket(bench) -> None:
    ports = [UsbPort(f"/dev/ttyACM{n}", OURS, f"1-{n}") for n in (1, 2)]
    whereabouts = Whereabouts("/dev/ttyACM0", lambda: ports)
    ports.append(UsbPort("/dev/ttyACM0", OURS, "1-0"))
    whereabouts.confirm("/dev/ttyACM0")
    ports[-1] = UsbPort("/dev/ttyACM7", OURS, "1-0")
    assert whereabouts.find() == "/dev/ttyACM7"
    ports.pop()
    assert whereabouts.find() == "/dev/ttyACM0"


def test_a_stable_name_is_left_to_udev() -> None:
    link = "/dev/serial/by-id/usb-x"
    whereabouts = Whereabouts(
        link, lambda: [UsbPort(link, OURS, "1-1"), UsbPort("/dev/ttyACM9", OURS, "1-2")]
    )
    whereabouts.confirm(link)
    assert whereabouts.find() == link


RIVAL = """
import os, sys
port = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
print(flush=True)
while True:
    os.read(port, 4096)
"""


@contextlib.contextmanager
def rival(tty: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that reads the tty, without a lock."""
    with subprocess.Popen([sys.executable, "-c", RIVAL, tty], stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout
            other.stdout.readline()
            yield other
        finally:
            other.kill()


def test_a_reader_that_was_there_before_makes_the_port_busy(bench) -> None:
    bench.plug("tty", OURS, 10.0)
    with rival(bench.folder / "tty") as other:
        bench.start("tty")
        bench.seen.until(lambda b: b.health)
        assert str(bench.seen.health[-1].reason).startswith("in use by python")
        assert f"(pid {other.pid})" in str(bench.seen.health[-1].reason)
    bench.seen.until(lambda b: b.fixes)


def test_a_thief_is_named_and_is_not_unplugged(bench) -> None:
    """TIOCEXCL does not stop root, so only root can try."""
    if os.geteuid():
        pytest.skip("needs root to open an exclusive tty")
    bench.plug("tty", OURS, 10.0)
    bench.start("tty")
    bench.seen.until(lambda b: b.fixes)
    with rival(bench.folder / "tty") as thief:
        bench.seen.until(lambda b: f"(pid {thief.pid})" in str(b.health[-1].reason))
    bench.seen.until(lambda b: b.health[-1].connected)
    assert "unplugged" not in {h.reason for h in bench.seen.health}


def test_what_nobody_takes_is_lost_from_the_oldest_and_counted() -> None:
    taken: list[Fix | ReceiverHealth] = []
    room = False

    def put(observation: Fix | ReceiverHealth) -> None:
        if not room:
            raise OverflowError("no room")
        taken.append(observation)

    backlog = Backlog(put, limit=3)
    backlog.send([Fix(n, "none") for n in range(5)])
    assert (backlog.lost, taken) == (2, [])
    room = True
    backlog.send([Fix(5, "none")])
    assert [fix.mono_ns for fix in taken] == [2, 3, 4, 5]
    assert backlog.lost == 2
