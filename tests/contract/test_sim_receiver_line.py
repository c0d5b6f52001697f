"""The simulated receiver's line as a program sees it: speeds, pace, plug, schedule; and the command."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import serial

from drivers.sim.fault_file import ScheduleError, fault
from drivers.sim.faults import Schedule
from drivers.sim.module import Character, Module, Settings
from drivers.sim.receiver import SimReceiver
from drivers.sim.solution import Pose
from drivers.sim.worlds import straight

WORLD = straight(Pose(31.25, 121.5, 8.0, 10.0, 45.0))
AT_9600 = Character({"period_ms": 1000, "baud": 9600, "gps": 1, "glonass": 1, "galileo": 1, "beidou": 1})


@contextmanager
def simulated(link: Path, *faults, character=AT_9600, **more) -> Iterator[SimReceiver]:
    sim = SimReceiver.of(link, Module(WORLD, Settings(**more), Schedule(faults), character)).start()
    try:
        yield sim
    finally:
        sim.stop()


def until(condition: Callable[[], object]) -> None:
    for _ in range(1500):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("in vain")


def read(link: Path, baud: int, size: int) -> bytes:
    """`size` bytes that come after opening at `baud`."""
    with serial.Serial(str(link), baud, timeout=20) as port:
        return port.read(size)


@pytest.mark.parametrize("baud", [9600, 38400])
def test_text_at_the_right_speed(tmp_path, baud):
    with simulated(tmp_path / "gnss", baud=baud) as sim:
        text = read(tmp_path / "gnss", baud, 3000)
        assert sim.baud == baud
    lines = text.split(b"\r\n")[1:-1]
    assert len(lines) > 30
    assert all(line[:1] == b"$" and line[-3:-2] == b"*" for line in lines)


@pytest.mark.parametrize("baud", [4800, 19200, 115200])
def test_garbage_at_a_wrong_speed_and_text_again(tmp_path, baud):
    with simulated(tmp_path / "gnss"), serial.Serial(str(tmp_path / "gnss"), baud, timeout=20) as port:
        assert b"GSV" not in port.read(600)
        port.baudrate = 9600
        port.read(2000)
        assert b"GSV" in port.read(1500)


def test_bytes_come_at_the_pace_of_the_line(tmp_path):
    with (
        simulated(tmp_path / "gnss", rate_hz=10.0) as sim,
        serial.Serial(str(tmp_path / "gnss"), 9600, timeout=20) as port,
    ):
        port.read(1)
        begin = time.monotonic()
        port.read(2880)  # three seconds of 960 bytes; ten epochs of 1500 would come otherwise
        assert time.monotonic() - begin > 2.5
        until(lambda: sim.lost)


def test_unplugged_by_schedule_and_back_under_the_same_link(tmp_path):
    link = tmp_path / "gnss"
    with simulated(link, fault("unplug", 0.5, 0.5), rate_hz=10.0) as sim:
        first = sim.path
        until(lambda: sim.path is None)
        assert not link.is_symlink()
        until(lambda: sim.path is not None)
        assert os.path.realpath(link) == str(sim.path)
        assert first is not None
        assert b"RMC" in read(link, 9600, 500)


def test_faults_by_hand(tmp_path):
    link = tmp_path / "gnss"
    with simulated(link, rate_hz=10.0, character=Character({"period_ms": 1000, "gps": 1})) as sim:
        with serial.Serial(str(link), 9600, timeout=20) as port:
            sim.inject("switch")
            until(lambda: b",V," in port.read(300))
            sim.clear("switch")
            until(lambda: b",A," in port.read(300))
            sim.inject("stall", 1.0)
            until(lambda: not port.in_waiting or not port.read(port.in_waiting))
            assert port.read(10)
        with pytest.raises(ScheduleError, match="stal"):
            sim.inject("stal")


def test_a_new_pty_has_the_modules_speed(tmp_path):
    with simulated(tmp_path / "gnss", baud=57600) as sim:
        shown = subprocess.run(["stty", "-F", str(sim.path), "speed"], capture_output=True, check=True)
    assert shown.stdout == b"57600\n"


def command(*options) -> list[str]:
    return [sys.executable, "-m", "agent", "sim", "receiver", *map(str, options)]


def test_the_command_says_when_it_is_ready_tells_the_truth_and_ends(tmp_path):
    schedule, truth = tmp_path / "faults.jsonl", tmp_path / "truth.jsonl"
    schedule.write_text('{"at": 0.5, "kind": "jump", "metres": 50}\n')
    options = ["--link", tmp_path / "gnss", "--faults", schedule, "--truth", truth, "--baud", 9600]
    (tmp_path / "way").write_text("31.0,121.0  # the gate\n31.1,121.0\n")
    way = ["--route", tmp_path / "way", "--speed", 20, "--rate", 5, "--epoch", "2026-11-24T06:00:00"]
    with subprocess.Popen(command(*options, *way), stdout=subprocess.PIPE) as program:
        ready = json.loads(program.stdout.readline())
        assert (ready["link"], ready["profile"]) == (str(tmp_path / "gnss"), None)
        assert os.path.realpath(ready["link"]) == ready["pty"]
        until(lambda: truth.read_text().count("\n") > 6)
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0
    assert not (tmp_path / "gnss").is_symlink()
    told = [json.loads(line) for line in truth.read_text().splitlines()]
    assert [row["time"] for row in told[:2]] == ["2026-11-24T06:00:00.000Z", "2026-11-24T06:00:00.200Z"]
    assert [row["faults"] for row in told[:4]] == [[], [], [], ["jump"]]
    assert (told[5]["lat"], told[5]["speed"]) == (pytest.approx(31.0 + 20 / 111195, abs=1e-7), 20.0)


def test_a_recording_has_a_speed_and_faults_too(tmp_path):
    lines = [f"$GPGLL,3100.{i:02d},N,12100.00,E,0000{i:02d}.00,A*00\r\n".encode() for i in range(60)]
    (tmp_path / "log").write_bytes(b"".join(lines))
    (tmp_path / "faults").write_text('{"at": 2, "kind": "stall", "duration": 1}')
    options = ["--nmea", tmp_path / "log", "--rate", 10, "--baud", 4800, "--faults", tmp_path / "faults"]
    with subprocess.Popen(command(*options), stdout=subprocess.PIPE) as program:
        ready = json.loads(program.stdout.readline())
        assert ready["baud"] == 4800
        with serial.Serial(ready["pty"], 4800, timeout=20) as port:
            assert port.read(50 * len(lines[0])) == b"".join(lines[:20] + lines[30:])
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--faults", "bad.toml"], ["bad.toml", "line 3", "'db'", "0 and 60"]),
        (["--route", "31,121"], ["--route", "two points"]),
        (["--track", "bad.toml"], ["--track"]),
        (["--epoch", "noon"], ["--epoch"]),
        (["--epoch", "9999-12-31"], ["--epoch", "9998"]),
        (["--track", "odd.jsonl"], ["--track", "'north'"]),
        (["--start", "frosty"], ["--start", "cold"]),
    ],
)
def test_a_wrong_call_is_a_usage_error(tmp_path, options, words):
    (tmp_path / "odd.jsonl").write_text('{"time": "2026-01-01T00:00:00Z", "lat": "north", "lon": 3}')
    (tmp_path / "bad.toml").write_text('[[faults]]\nkind = "jam"\ndb = 90\n')
    done = subprocess.run(command(*options), capture_output=True, cwd=tmp_path, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert all(word in done.stderr for word in words), done.stderr


def test_a_link_takes_no_other_files_place(tmp_path):
    (tmp_path / "precious").write_text("mine")
    for link in (tmp_path / "precious", tmp_path / "no" / "folder"):
        done = subprocess.run(command("--link", link), capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (3, "")
        assert str(link) in done.stderr
        assert done.stderr.count("\n") == 1
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_missing_file_is_exit_code_3(tmp_path):
    for option in ("--faults", "--track", "--nmea"):
        done = subprocess.run(command(option, tmp_path / "none"), capture_output=True, text=True, check=False)
        assert done.returncode == 3
        assert str(tmp_path / "none") in done.stderr
    done = subprocess.run(
        command("--truth", tmp_path / "no" / "dir"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
