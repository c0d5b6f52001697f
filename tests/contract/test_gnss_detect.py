"""Finding the receiver among ports: ptys that garble what is read at the wrong speed."""

import json
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
import tty
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from agent.cli.gnss_detect import write_found
from agent.config_file import load_config
from drivers.clock import SystemClock
from drivers.gnss.detect.search import Search, Verdict, detect, examine
from drivers.gnss.source.ports import SerialPort
from drivers.sim.module import Module, Settings
from drivers.sim.nmea import Pose
from drivers.sim.uart import reclocked
from drivers.sim.worlds import straight

COMMAND = [sys.executable, "-m", "agent", "gnss", "detect"]
EPOCH = datetime(2026, 11, 24, 6, tzinfo=UTC)
SPEEDS = {getattr(termios, f"B{n}"): n for n in (4800, 9600, 38400, 57600, 115200, 460800)}
SEARCH = Search(2.0)


class Wire:
    """A pty whose far end sends the bursts in turn, 5 a second, at a speed of its own."""

    def __init__(self, link: Path, baud: int | None, bursts: Iterator[bytes]) -> None:
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self.path = link
        self.heard = b""
        link.symlink_to(os.ttyname(slave))
        os.close(slave)  # whoever holds it would be a second reader
        self._baud, self._bursts = baud, bursts
        os.set_blocking(self._master, False)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(0.2):
            sent = next(self._bursts, b"")
            reader = SPEEDS[termios.tcgetattr(self._master)[5]]
            try:
                os.write(self._master, reclocked(sent, self._baud, reader) if self._baud else sent)
                self.heard += os.read(self._master, 4096)
            except OSError:  # full, nothing written to us, or nobody there
                continue

    def port(self, usb: str | None = None) -> SerialPort:
        return SerialPort(str(self.path), None, "", usb, ())

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        os.close(self._master)


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Callable[..., Wire]]:
    made: list[Wire] = []

    def make(baud: int | None, bursts: Iterator[bytes], name: str = "tty") -> Wire:
        made.append(Wire(tmp_path / name, baud, bursts))
        return made[-1]

    yield make
    for each in made:
        each.stop()


def receiver(pose: Pose | None = Pose(31.25, 121.5), **settings: Any) -> Iterator[bytes]:  # noqa: B008
    world = straight(pose) if pose else lambda _: None
    module = Module(world, Settings(rate_hz=5.0, epoch=EPOCH, **settings))
    return (burst for _, burst in module.bursts(10_000.0))


def repeated(burst: bytes) -> Iterator[bytes]:
    while True:
        yield burst


def verdict(wire: Wire) -> Verdict:
    return examine(wire.port(), SEARCH, SystemClock(0))


@pytest.mark.parametrize("baud", [9600, 115200, 38400, 4800, 57600, 460800])
def test_a_receiver_is_found_at_its_speed(wire, baud: int) -> None:
    line = wire(baud, receiver())
    found = verdict(line)
    assert (found.kind, found.baud, found.mode) == ("receiver", baud, "3d")
    assert found.talkers
    assert found.sentences_per_s > 5
    assert sum(found.in_view.values()) >= found.tracked > 4
    assert set(found.in_view) == {"gps", "beidou"}
    assert (found.what[:22], found.remedy) == (f"receiver at {baud} baud, 3d"[:22], "")
    assert line.heard == b""


def test_a_receiver_without_antenna(wire) -> None:
    found = verdict(wire(9600, receiver(None)))
    assert (found.kind, found.mode, found.tracked) == ("receiver", "none", 0)
    assert "no signal" in found.what
    assert "antenna" in found.remedy


def test_a_receiver_that_still_searches(wire) -> None:
    found = verdict(wire(9600, islice(receiver(start="warm", ttff_s=100.0), 400, None)))
    assert (found.kind, found.mode) == ("receiver", "none")
    assert found.tracked
    assert found.remedy == "wait some minutes under open sky"


def test_a_speed_nobody_tries(wire) -> None:
    found = verdict(wire(19200, receiver()))
    assert found.kind == "wrong_baud"
    assert found.tried == (9600, 115200, 38400, 4800, 57600, 460800)
    assert "garbage at 9600, 115200" in found.what


def ubx(kind: bytes, payload: bytes) -> bytes:
    body = kind + len(payload).to_bytes(2, "little") + payload
    a = b = 0
    for byte in body:
        a = (a + byte) % 256
        b = (b + a) % 256
    return b"\xb5\x62" + body + bytes([a, b])


def casic(kind: bytes, payload: bytes) -> bytes:
    head = len(payload).to_bytes(2, "little") + kind
    words = struct.unpack(f"<{len(payload) // 4 + 1}I", head + payload)
    return b"\xba\xce" + head + payload + (sum(words) % 2**32).to_bytes(4, "little")


def skytraq(payload: bytes) -> bytes:
    check = 0
    for byte in payload:
        check ^= byte
    return b"\xa0\xa1" + len(payload).to_bytes(2, "big") + payload + bytes([check]) + b"\r\n"


def sirf(payload: bytes) -> bytes:
    check = (sum(payload) & 0x7FFF).to_bytes(2, "big")
    return b"\xa0\xa2" + len(payload).to_bytes(2, "big") + payload + check + b"\xb0\xb3"


# The example of RTCM 10403.x for message 1005, checksum included.
RTCM = bytes.fromhex("d300133ed7d30202980edeef34b4bd62ac0941986f33360b98")


@pytest.mark.parametrize(
    ("protocol", "burst"),
    [
        ("ubx", ubx(b"\x01\x07", bytes(range(92)))),
        ("casic", casic(b"\x01\x03", bytes(range(80)))),
        ("skytraq", skytraq(b"\xa8" + bytes(range(58)))),
        ("sirf", sirf(b"\x29" + bytes(range(90)))),
        ("rtcm", RTCM),
    ],
)
@pytest.mark.parametrize("baud", [9600, 115200])
def test_a_receiver_that_speaks_no_nmea(wire, protocol: str, burst: bytes, baud: int) -> None:
    found = verdict(wire(baud, repeated(burst * 3)))
    assert (found.kind, found.protocol, found.baud) == ("binary", protocol, baud)
    assert "NMEA" in found.remedy


def test_nmea_between_binary_frames_is_a_receiver(wire) -> None:
    mixed = (burst + ubx(b"\x01\x07", bytes(92)) for burst in receiver())
    assert verdict(wire(38400, mixed)).kind == "receiver"


def test_a_receiver_that_speaks_seldom(wire) -> None:
    bursts = receiver()
    lines = (next(bursts) if n % 12 == 11 else b"\r\n" * (n == 0) for n in range(10_000))
    found = examine(wire(9600, lines).port(), Search(6.0), SystemClock(0))
    assert (found.kind, found.baud) == ("receiver", 9600)


def test_a_silent_port_and_an_at_port(wire) -> None:
    silent = verdict(wire(9600, iter(())))
    assert (silent.kind, silent.what) == ("silent", "silent")
    assert "power" in silent.remedy
    at = verdict(wire(115200, repeated(b"\r\n+QIND: SMS DONE\r\nRDY\r\n"), "at"))
    assert (at.kind, at.baud) == ("modem", 115200)
    assert "gnss.control" in at.remedy


def test_a_busy_port_names_its_holder(wire) -> None:
    line = wire(9600, receiver())
    code = "import serial, sys; p = serial.Serial(sys.argv[1], exclusive=True); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code, line.path], stdin=-1, stdout=-1) as other:
        assert other.stdout
        other.stdout.readline()
        found = verdict(line)
        other.communicate(b"\n")
    assert found.kind == "busy"
    assert f"(pid {other.pid})" in found.what


def test_the_best_receiver_comes_first(wire) -> None:
    ports = [
        wire(9600, iter(()), "silent").port(),
        wire(9600, receiver(None), "blind").port(),
        wire(4800, receiver(), "good").port(),
    ]
    names = [Path(v.device).name for v in detect(ports, SEARCH, SystemClock(0))]
    assert names == ["good", "blind", "silent"]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "--seconds", "1.5", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_finds_and_writes(wire, tmp_path: Path) -> None:
    line = wire(38400, receiver())
    config = tmp_path / "agent.toml"
    config.write_text('[unit]\nfleet = "f"\nvehicle = "v"\n[gnss] # mine\nsource = "/dev/x" # kept\n')
    done = run("--ports", line.path, "--write", config, "--json")
    assert done.returncode == 0, done.stderr
    assert [(v["kind"], v["baud"]) for v in map(json.loads, done.stdout.splitlines())] == [
        ("receiver", 38400)
    ]
    assert f'source = "{line.path}" # kept' in config.read_text()
    assert "[gnss] # mine\nbaud = 38400\n" in config.read_text()
    assert '-source = "/dev/x" # kept' in done.stderr
    assert (tmp_path / "agent.toml.bak1").read_text().endswith('source = "/dev/x" # kept\n')
    again = run("--ports", line.path, "--write", config)
    assert "says so already" in again.stderr
    assert "receiver at 38400 baud" in again.stdout


def test_the_command_finds_nothing(wire, tmp_path: Path) -> None:
    silent = run("--ports", wire(9600, iter(())).path)
    assert (silent.returncode, "check power" in silent.stdout) == (1, True)
    missing = run("--ports", tmp_path / "none")
    assert (missing.returncode, "no such device" in missing.stdout) == (3, True)


def test_several_receivers_are_not_written(wire, tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    config.write_text('[unit]\nfleet = "f"\nvehicle = "v"\n[gnss]\nsource = "/dev/x"\n')
    lines = [wire(9600, receiver(), name) for name in ("one", "two")]
    done = run("--ports", lines[0].path, "--ports", lines[1].path, "--write", config)
    assert done.returncode == 78
    assert "several receivers" in done.stderr
    assert 'source = "/dev/x"' in config.read_text()


def test_the_stable_name_and_the_profile_are_written(tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    config.write_text('[unit]\nfleet = "f"\nvehicle = "v"\n[gnss]\nsource = "/dev/x"\n')
    by_id = "/dev/serial/by-id/usb-u-blox_AG-if00"
    usb = Verdict(
        kind="receiver", device="/dev/ttyACM3", what="", by_id=by_id, baud=9600, profiles=("ublox-neo-m8n",)
    )
    write_found(config, [usb])
    gnss = load_config(config).gnss
    assert (gnss.source, gnss.baud, gnss.profile) == (by_id, 9600, "ublox-neo-m8n")
