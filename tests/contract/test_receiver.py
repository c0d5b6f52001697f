"""The receiver worker and the simulated receiver, on real ptys."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import serial

from drivers.errors import DeviceBusy, DeviceMissing
from drivers.gnss.decode import Decoder
from drivers.gnss.receiver import ReceiverSetup
from drivers.gnss.source.port import Port, holders
from drivers.sim.nmea import Pose
from drivers.sim.receiver import SimReceiver
from drivers.sim.worlds import bursts, straight, track

SHARED = Path(os.environ.get("HAULWATCH_SHARED", Path(__file__).parents[2].parent / "shared"))
EPOCH = datetime(2101, 5, 1, tzinfo=UTC)
TRUTH = straight(Pose(31.0, 121.0, 8.0, 10.0, 45.0))


@pytest.fixture
def link(tmp_path: Path) -> Path:
    return tmp_path / "gnss"


@pytest.fixture
def sim(link: Path) -> Iterator[SimReceiver]:
    simulated = SimReceiver(link, TRUTH, 10.0, EPOCH)
    yield simulated.start()
    simulated.stop()


@pytest.fixture
def observe(receiver_of):
    """Starts a Receiver of a path."""
    return lambda path, silent_s=1.0: receiver_of(ReceiverSetup(str(path), 9600, silent_s))


@pytest.fixture
def observed(observe, link: Path):
    return observe(link)


def test_fixes_are_the_truth(observed, sim: SimReceiver) -> None:
    observed.until(lambda o: len(o.fixes) > 20)
    for fix in observed.fixes[:20]:
        assert fix.utc
        pose = TRUTH((fix.utc - EPOCH) / timedelta(seconds=1))
        assert pose
        assert fix.mode == "3d"
        assert (fix.lat, fix.lon) == (pytest.approx(pose.lat, abs=1e-6), pytest.approx(pose.lon, abs=1e-6))
        assert (fix.alt, fix.course) == (8.0, 45.0)
        assert fix.speed == pytest.approx(10.0, abs=1e-3)
    moments = [fix.mono_ns for fix in observed.fixes]
    assert moments == sorted(moments)
    assert observed.health[-1].connected
    assert observed.beats > 5


def test_unplugged_and_plugged_in_again(observed, sim: SimReceiver) -> None:
    observed.until(lambda o: o.fixes)
    sim.unplug()
    observed.until(lambda o: o.health[-1].reason == "no such device")
    assert "unplugged" in [health.reason for health in observed.health]
    keeper = os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY)  # takes the old number, unless another test did
    sim.replug()
    before = len(observed.fixes)
    observed.until(lambda o: len(o.fixes) > before and o.health[-1].connected)
    os.close(keeper)
    assert observed.health[-1].opened == 2


def test_silence_is_not_connection(observed, sim: SimReceiver) -> None:
    observed.until(lambda o: o.health and o.health[-1].connected)
    sim.stall(on=True)
    observed.until(lambda o: not o.health[-1].connected)
    assert observed.health[-1].reason == "silent"
    sim.stall(on=False)
    observed.until(lambda o: o.health[-1].connected)


def test_garbled_and_half_lines_are_counted(observed, sim: SimReceiver) -> None:
    observed.until(lambda o: o.fixes)
    sim.garble(100)
    observed.until(lambda o: o.health[-1].checksum_errors and not o.health[-1].connected)
    assert observed.health[-1].reason == "no valid sentence, is the baud right?"
    sim.garble(0)
    sim.half_lines(5)
    observed.until(lambda o: o.health[-1].rejected and o.health[-1].connected)


def test_link_to_another_device_is_followed(link: Path, observed, sim: SimReceiver) -> None:
    observed.until(lambda o: o.fixes)
    other = SimReceiver(link, straight(Pose(-10.0, -20.0)), 10.0).start()  # takes the link over
    observed.until(lambda o: o.fixes[-1].lat == -10.0)
    other.stop()


def test_busy_port_names_the_other_process(link: Path, observe, sim: SimReceiver) -> None:
    code = "import serial, sys; p = serial.Serial(sys.argv[1], exclusive=True); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code, link], stdin=-1, stdout=-1) as other:
        assert other.stdout
        other.stdout.readline()
        observed = observe(link)
        observed.until(lambda o: o.health)
        assert not observed.health[-1].connected
        assert f"(pid {other.pid})" in str(observed.health[-1].reason)
        other.communicate(b"\n")
        observed.until(lambda o: o.fixes)


def test_fixes_wait_while_nobody_takes_them(observed, sim: SimReceiver) -> None:
    observed.until(lambda o: o.fixes)
    observed.full = True
    time.sleep(1.0)
    observed.full = False
    before = len(observed.fixes)
    observed.until(lambda o: len(o.fixes) > before + 12)
    utc = [fix.utc for fix in observed.fixes if fix.utc]
    assert [b - a for a, b in pairwise(utc)] == [timedelta(seconds=0.1)] * (len(utc) - 1)


def test_port_is_ours_alone(link: Path, sim: SimReceiver) -> None:
    with Port.open(str(link), 9600) as port:
        with pytest.raises(serial.SerialException):
            serial.Serial(str(link), exclusive=True)
        with pytest.raises(DeviceBusy):
            Port.open(str(link), 9600)
        assert holders(str(link)) == []  # others; not we
        assert not port.moved()
    with pytest.raises(DeviceMissing):
        Port.open(str(link) + "x", 9600)
    with pytest.raises(DeviceMissing):
        Port.open(__file__, 9600)


def test_tunnel_has_time_but_no_fix(link: Path, observe) -> None:
    observed = observe(link)
    sim = SimReceiver(link, lambda _: None, 10.0, EPOCH).start()
    observed.until(lambda o: len(o.fixes) > 3)
    sim.stop()
    assert {fix.mode for fix in observed.fixes} == {"none"}
    assert all(fix.utc and fix.lat is None for fix in observed.fixes)


def test_sim_receiver_as_a_program(link: Path, observe, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "agent", "sim", "receiver", "--link", str(link), "--rate", "10"]
    options = ["--epoch", "2101-05-01T00:00:00Z", "--lat", "-31.5", "--lon", "-64.25", "--speed", "3"]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE) as program:
        assert program.stdout
        ready = json.loads(program.stdout.readline())
        assert (ready["link"], os.path.realpath(link)) == (str(link), ready["pty"])
        observed = observe(link)
        observed.until(lambda o: o.fixes)
        assert observed.fixes[0].utc
        assert observed.fixes[0].utc.year == 2101
        assert (observed.fixes[0].lat, observed.fixes[0].lon) == (pytest.approx(-31.5, abs=1e-3), -64.25)
        program.send_signal(signal.SIGTERM)
        assert program.wait(5) == 0
    assert not link.is_symlink()


def test_a_track_is_driven_again() -> None:
    lines = [json.dumps({"time": f"2020-01-01T00:00:0{i}Z", "lat": 1.0 + i, "lon": 2.0}) for i in range(3)]
    begin, world = track([*lines, json.dumps({"time": "2020-01-01T00:00:04Z", "lat": None, "lon": None})])
    assert begin == datetime(2020, 1, 1, tzinfo=UTC)
    poses = [world(t) for t in (0.0, 0.9, 1.0, 3.0, 4.0, 99.0)]
    assert [pose and pose.lat for pose in poses] == [1.0, pytest.approx(1.9), 2.0, 3.0, None, None]


@pytest.mark.parametrize("name", ["ublox-8", "mtk-3301"])
def test_a_recording_through_the_pty(name: str, link: Path, observed) -> None:
    log = SHARED / "gnss" / "dev" / f"{name}.log"
    if not log.exists():
        pytest.skip("shared data absent")
    recording = log.read_bytes()
    decoder = Decoder()
    expected = [(f.utc, f.lat, f.lon, f.alt, f.speed) for f in decoder.feed(recording) + decoder.flush()]
    sim = SimReceiver.replay(link, bursts(recording), 10.0).start()
    observed.until(lambda o: len(o.fixes) >= len(expected))
    sim.stop()
    assert [(f.utc, f.lat, f.lon, f.alt, f.speed) for f in observed.fixes] == expected
