"""The sources that are no tty: a real gpsd, a scripted one, and recordings."""

import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drivers.gnss.decode import Decoder
from drivers.gnss.receiver import ReceiverSetup
from drivers.sim.nmea import Pose, burst
from drivers.sim.receiver import SimReceiver
from drivers.sim.worlds import straight

EPOCH = datetime(2026, 11, 24, 6, tzinfo=UTC)
POSE = Pose(31.25, 121.5, 8.0, 10.0, 45.0)


@pytest.fixture
def observe(receiver_of):
    """Starts a Receiver of a source."""
    return lambda source, silent_s=3.0: receiver_of(ReceiverSetup(source, 9600, silent_s))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class RealGpsd:
    """A gpsd on a free port; `start` may be called again after `stop`."""

    def __init__(self, folder: Path, *devices: Path) -> None:
        self.port = free_port()
        options = ["-N", "-n", "-b", "-S", str(self.port), "-F", str(folder / "gpsd.sock")]
        self._command = [str(shutil.which("gpsd", path=f"{os.environ.get('PATH')}:/usr/sbin")), *options]
        self._command += [str(device) for device in devices]
        self._program: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"gpsd://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._program = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        if self._program:
            self._program.terminate()
            self._program.wait(10)
        self._program = None


@pytest.fixture
def gpsd(tmp_path: Path) -> Iterator[Callable[..., RealGpsd]]:
    if not shutil.which("gpsd", path=f"{os.environ.get('PATH')}:/usr/sbin"):
        pytest.skip("gpsd is not installed")
    made: list[RealGpsd] = []

    def make(*devices: Path) -> RealGpsd:
        made.append(RealGpsd(tmp_path, *devices))
        made[-1].start()
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture
def tty(tmp_path: Path) -> Iterator[Path]:
    sim = SimReceiver(tmp_path / "tty", straight(POSE), 5.0, EPOCH).start()
    yield tmp_path / "tty"
    sim.stop()


def test_sentences_come_through_a_real_gpsd_and_its_restart(gpsd, tty, observe) -> None:
    daemon = gpsd(tty)
    observed = observe(daemon.url)
    observed.until(lambda o: len(o.fixes) > 5)
    for fix in observed.fixes[1:5]:
        assert fix.utc
        pose = straight(POSE)((fix.utc - EPOCH) / timedelta(seconds=1))
        assert pose
        assert (fix.lat, fix.lon) == (pytest.approx(pose.lat, abs=1e-6), pytest.approx(pose.lon, abs=1e-6))
        assert (fix.mode, fix.quality, fix.alt) == ("3d", 1, 8.0)
    daemon.stop()
    observed.until(lambda o: not o.health[-1].connected)
    assert "gpsd" in observed.reason
    observed.until(lambda o: o.reason.startswith("gpsd does not answer"))
    daemon.start()
    before = len(observed.fixes)
    observed.until(lambda o: len(o.fixes) > before and o.health[-1].connected)


def test_one_device_of_several_is_chosen(gpsd, tty, tmp_path, observe) -> None:
    other = SimReceiver(tmp_path / "other", straight(Pose(-10.0, -20.0)), 5.0, EPOCH).start()
    daemon = gpsd(tty, tmp_path / "other")
    undecided = observe(daemon.url)
    undecided.until(lambda o: o.reason.startswith("gpsd has 2 devices"))
    chosen = observe(f"{daemon.url}{tmp_path / 'other'}")
    chosen.until(lambda o: len(o.fixes) > 3)
    assert {fix.lat for fix in chosen.fixes} == {-10.0}
    assert undecided.fixes == []
    other.stop()


def test_a_gpsd_without_the_device_says_so(gpsd, tty, observe) -> None:
    daemon = gpsd(tty)
    observed = observe(f"{daemon.url}/dev/ttyNONE")
    observed.until(lambda o: "/dev/ttyNONE" in o.reason)
    assert not observed.health[-1].connected


class ScriptedGpsd:
    """Answers each connection with the given bytes, split as given, and keeps it open."""

    def __init__(self, *pieces: bytes) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.1)
        self._pieces = pieces
        self._lines: list[socket.socket] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"gpsd://127.0.0.1:{self._server.getsockname()[1]}"

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                line, _ = self._server.accept()
            except TimeoutError:
                continue
            self._lines.append(line)
            for piece in self._pieces:
                line.sendall(piece)
                self._stop.wait(0.05)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        for line in [*self._lines, self._server]:
            line.close()


def devices(*paths: str, **more: str) -> bytes:
    listed = [{"class": "DEVICE", "path": path, **more} for path in paths]
    return json.dumps({"class": "DEVICES", "devices": listed}).encode() + b"\r\n"


@pytest.fixture
def scripted() -> Iterator[Callable[..., ScriptedGpsd]]:
    made: list[ScriptedGpsd] = []

    def make(*pieces: bytes) -> ScriptedGpsd:
        made.append(ScriptedGpsd(*pieces))
        return made[-1]

    yield make
    for each in made:
        each.stop()


def test_reports_between_sentences_are_not_sentences(scripted, observe) -> None:
    whole = devices("/dev/pps0", "/dev/ttyS9", driver="u-blox") + burst(EPOCH, POSE)
    noisy = whole + b'{"class":"TPV"}\r\n' + burst(EPOCH + timedelta(seconds=1), POSE) + b"{broken\r\n"
    observed = observe(scripted(*[noisy[i : i + 100] for i in range(0, len(noisy), 100)]).url)
    observed.until(lambda o: len(o.fixes) == 2)
    assert [fix.mode for fix in observed.fixes] == ["3d", "3d"]
    assert (observed.health[-1].rejected, observed.health[-1].checksum_errors) == (0, 0)


def test_an_empty_gpsd_and_a_mute_one(scripted, observe) -> None:
    empty = observe(scripted(devices()).url)
    empty.until(lambda o: o.reason == "gpsd has no device")
    mute = observe(scripted(devices("/dev/ttyS9", activated="2026-11-24T06:00:00Z")).url, silent_s=0.5)
    mute.until(lambda o: o.reason == "gpsd has nothing from its device")
    lost = observe(scripted(devices("/dev/ttyS9")).url, silent_s=0.5)
    lost.until(lambda o: o.reason == "gpsd has lost its device")


def test_no_gpsd_is_a_missing_device(observe) -> None:
    observed = observe(f"gpsd://127.0.0.1:{free_port()}")
    observed.until(lambda o: o.reason.startswith("gpsd does not answer (Connection refused)"))


def recording(path: Path, epochs: int, step: timedelta) -> Path:
    path.write_bytes(b"".join(burst(EPOCH + step * n, POSE) for n in range(epochs)))
    return path


def test_a_recording_plays_to_its_end_and_only_once(tmp_path: Path, observe) -> None:
    file = recording(tmp_path / "drive.nmea", 40, timedelta(seconds=1))
    decoder = Decoder()
    expected = [fix.utc for fix in decoder.feed(file.read_bytes()) + decoder.flush()]
    observed = observe(f"file:{file}?rate=40")
    observed.until(lambda o: o.reason == "recording ended")
    observed.until(lambda o: len([h for h in o.health if not h.connected]) > 3)
    assert [fix.utc for fix in observed.fixes] == expected
    assert observed.health[-1].opened == 1


def test_a_recording_keeps_its_own_pace(tmp_path: Path, observe) -> None:
    file = recording(tmp_path / "drive.nmea", 6, timedelta(seconds=0.5))
    observed = observe(f"file:{file}")
    observed.until(lambda o: o.reason == "recording ended")
    moments = [fix.mono_ns for fix in observed.fixes]
    assert len(moments) == 6
    assert moments[-1] - moments[0] >= 2_000_000_000  # 2.5 s lie between them; a slow machine takes longer


def test_a_missing_recording_is_a_missing_device(tmp_path: Path, observe) -> None:
    observed = observe(f"file:{tmp_path / 'none'}")
    observed.until(lambda o: o.reason.startswith("cannot be read (No such file"))
