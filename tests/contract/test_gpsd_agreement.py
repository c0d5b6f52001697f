"""A real gpsd reads the simulated receiver's pty and finds what is true; so does our own decoder."""

import json
import math
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from drivers.gnss.decode import Decoder
from drivers.profiles import gnss_profile
from drivers.sim.character import GENERIC, Character, Settings, Truth
from drivers.sim.fault_file import fault
from drivers.sim.faults import Schedule
from drivers.sim.module import Module
from drivers.sim.nmea import Output
from drivers.sim.obedience import character
from drivers.sim.receiver import SimReceiver
from drivers.sim.solution import Pose

REPORTS = 14
LEARNING = 4  # reports in which gpsd still learns which sentence ends a cycle
OLD = Output("3.0", ("GGA", "GSA", "GSV", "RMC", "VTG"), combined="", decimals=4, time_decimals=3)
CHARACTERS: dict[str, Callable[[], Character]] = {
    "generic": lambda: GENERIC,
    "old": lambda: Character({"period_ms": 1000, "gps": 1, "baud": 9600}, OLD),
    "ublox-neo-m8n": lambda: character(gnss_profile("ublox-neo-m8n")),
    "ublox-neo-m9n": lambda: character(gnss_profile("ublox-neo-m9n")),
    "quectel-l76-l": lambda: character(gnss_profile("quectel-l76-l")),
}


def world(t: float) -> Pose:
    """A climbing circle, slower and faster: no two epochs share a value."""
    turn, lat = t / 20, 31.2304
    speed = 10 + 3 * math.sin(t / 7)
    return Pose(
        lat + 0.002 * math.sin(turn),
        121.4737 + 0.002 * math.cos(turn) / math.cos(math.radians(lat)),
        12 + 0.7 * t,
        speed,
        (-90 * t / 45) % 360,
    )


class Gpsd:
    """A gpsd of our own on loopback, reading one device; it gives up root, so the pty is made open to all."""

    def __init__(self, device: str, folder: Path) -> None:
        Path(device).chmod(0o666)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = ["gpsd", "-N", "-n", "-b", "-S", str(port), "-F", str(folder / "gpsd.sock"), device]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self._socket = self._connect(port)
        self._socket.sendall(b'?WATCH={"enable":true,"json":true};\n')

    @staticmethod
    def _connect(port: int) -> socket.socket:
        for _ in range(200):
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=30)
            except OSError:
                time.sleep(0.05)
        raise AssertionError("gpsd does not listen")

    def modes(self) -> Iterator[int]:
        """The mode of each TPV report."""
        with self._socket.makefile() as lines:
            for line in lines:
                report = json.loads(line)
                if report["class"] == "TPV":
                    yield report.get("mode", 0)

    def positions(self, count: int) -> list[dict[str, object]]:
        """The next TPV reports that have a time and a 3D fix."""
        found: list[dict[str, object]] = []
        with self._socket.makefile() as lines:
            for line in lines:
                report = json.loads(line)
                if report["class"] == "TPV" and report.get("mode") == 3 and "time" in report:
                    found.append(report)
                if len(found) == count:
                    break
        return found

    def stop(self) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait(10)


@pytest.fixture(params=CHARACTERS)
def make(request: pytest.FixtureRequest) -> Character:
    return CHARACTERS[request.param]()


@pytest.fixture(params=[1.0, 5.0], ids=["1Hz", "5Hz"])
def settings(request: pytest.FixtureRequest, make: Character) -> Settings:
    # Five epochs, or four constellations, are more than the factory's 9600 baud have room for.
    full = "baud" in make.state and (request.param == 5.0 or make.state.get("beidou"))
    epoch = datetime.now(UTC).replace(microsecond=0)
    return Settings(rate_hz=request.param, baud=115200 if full else None, epoch=epoch)


@pytest.fixture
def told() -> list[Truth]:
    return []


@pytest.fixture
def module(make: Character, settings: Settings, told: list[Truth]) -> Module:
    return Module(world, settings, None, make, told.append)


@pytest.fixture
def gpsd(module: Module, tmp_path: Path) -> Iterator[Gpsd]:
    if not shutil.which("gpsd"):
        pytest.skip("gpsd is not installed")
    sim = SimReceiver.of(tmp_path / "gnss", module).start()
    daemon = Gpsd(str(sim.path), tmp_path)
    yield daemon
    daemon.stop()
    sim.stop()


def test_gpsd_loses_the_fix_in_a_tunnel_and_finds_it_again(tmp_path: Path) -> None:
    if not shutil.which("gpsd"):
        pytest.skip("gpsd is not installed")
    tunnel = Schedule([fault("tunnel", 4.0, 4.0, fade=1.0, reacquire=1.0)])
    made = character(gnss_profile("ublox-neo-m9n"))
    sim = SimReceiver.of(tmp_path / "gnss", Module(world, Settings(rate_hz=2.0), tunnel, made)).start()
    daemon = Gpsd(str(sim.path), tmp_path)
    found: list[int] = []
    for mode in daemon.modes():
        found += [mode] if found[-1:] != [mode] else []
        if found[-3:] == [3, 1, 3]:
            break
    daemon.stop()
    sim.stop()
    assert found[-3:] == [3, 1, 3]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def test_gpsd_agrees_with_the_truth(gpsd: Gpsd, module: Module, told: list[Truth]) -> None:
    reports = gpsd.positions(REPORTS)
    assert len(reports) == REPORTS
    true = {moment(truth.time): truth for truth in told}
    place = 1e-7 if module.output.decimals > 4 else 1e-6
    for report in reports[LEARNING:]:
        truth = true[moment(str(report["time"]))]
        assert report["lat"] == pytest.approx(truth.lat, abs=2 * place)
        assert report["lon"] == pytest.approx(truth.lon, abs=2 * place)
        assert report["altMSL"] == pytest.approx(truth.alt, abs=0.051)
        assert report["speed"] == pytest.approx(truth.speed, abs=0.001)
        assert report["track"] == pytest.approx(truth.course, abs=0.006)
    times = sorted({moment(str(report["time"])) for report in reports[LEARNING:]})  # some come twice
    assert {b - a for a, b in pairwise(times)} == {timedelta(seconds=module.period)}


def test_our_decoder_agrees_with_the_truth(module: Module, told: list[Truth]) -> None:
    decoder, fixes = Decoder(), []
    for _, burst in module.bursts(30.0):
        fixes += decoder.feed(burst)
    fixes += decoder.flush()
    true = {moment(truth.time): truth for truth in told}
    assert [fix.utc for fix in fixes] == list(true)
    place = 1e-7 if module.output.decimals > 4 else 1e-6
    for fix in fixes:
        truth = true[fix.utc]
        assert (fix.mode, fix.satellites and fix.satellites > 5) == ("3d", True)
        assert (fix.lat, fix.lon) == (
            pytest.approx(truth.lat, abs=2 * place),
            pytest.approx(truth.lon, abs=2 * place),
        )
        assert fix.alt == pytest.approx(truth.alt, abs=0.051)
        assert (fix.speed, fix.course) == (
            pytest.approx(truth.speed, abs=0.001),
            pytest.approx(truth.course, abs=0.006),
        )
