"""What surrounds a receiver is not as expected: gpsd's words, process names, devices that go while listed."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from serial.tools.list_ports_common import ListPortInfo

from drivers.clock import SystemClock
from drivers.errors import DeviceMissing, DriverError
from drivers.gnss.source.address import Gpsd
from drivers.gnss.source.gpsd import GpsdConnection
from drivers.gnss.source.port import holders, target
from drivers.gnss.source.ports import serial_ports, usb_ports

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=8,
)
NESTED = b'{"class":' + b"[" * 60_000 + b"\n"
NAME = "import ctypes, os; m, s = os.openpty(); ctypes.CDLL(None).prctl(15, b'caf\\xc3', 0, 0, 0); "
LINK = "os.symlink('/dev/null', sys.argv[1]); os.unlink(sys.argv[1])"
FLAP = f"import os, sys; print(flush=True)\nwhile True: {LINK}"
HOLD = NAME + "print(os.ttyname(s), flush=True); input()"


class Wire:
    """A gpsd of which only the words count."""

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair()
        self._line = GpsdConnection(Gpsd("truck"), self._ours, SystemClock(0))

    def says(self, words: bytes) -> bytes:
        self._theirs.sendall(words)
        return b"".join(self._line.read() for _ in range(1 + len(words) // 65_536))

    def close(self) -> None:
        self._ours.close()
        self._theirs.close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.close()


@given(devices=JSON, more=st.dictionaries(st.sampled_from(["path", "driver", "activated"]), JSON))
def test_whatever_gpsd_says_of_its_devices_is_an_answer_or_an_error_of_ours(devices, more) -> None:
    wire = Wire()
    complaints = [
        str(complaint(wire, json.dumps({"class": "DEVICES", "devices": listed}).encode() + b"\n"))
        for listed in (devices, [more], [devices, more])
    ]
    wire.close()
    assert all(len(msgspec.json.encode(words)) < 3000 and len(words) < 400 for words in complaints)


def complaint(wire: Wire, words: bytes) -> str | None:
    """What is said against these words, or None; only errors of ours."""
    try:
        wire.says(words)
    except DriverError as e:
        return e.what
    return None


def test_a_report_that_nests_without_end_is_none(wire: Wire) -> None:
    assert wire.says(NESTED) == b""
    assert wire.says(b"$GPTXT,x\r\n") == b"$GPTXT,x\r\n"


@pytest.mark.parametrize("message", ["\ud800", "x" * 60_000])
def test_what_gpsd_complains_of_fits_into_a_record(wire: Wire, message: str) -> None:
    with pytest.raises(DeviceMissing) as caught:
        wire.says(json.dumps({"class": "ERROR", "message": message}).encode() + b"\n")
    assert len(msgspec.json.encode(caught.value.what)) < 300


@pytest.mark.parametrize("host", ["a..b", "a" * 70])
def test_a_host_that_is_none_is_a_missing_device(host: str) -> None:
    with pytest.raises(DeviceMissing, match="does not answer"):
        GpsdConnection.open(Gpsd(host), SystemClock(0))


def test_a_process_may_have_any_name() -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=-1, stdout=-1) as other:
        assert other.stdout
        device = other.stdout.readline().decode().strip()
        assert holders(device) == [f"caf\ufffd (pid {other.pid})"]
        other.communicate(b"\n")


def test_a_device_that_goes_while_it_is_listed(tmp_path: Path) -> None:
    seen: list[str] = []

    def found() -> list[ListPortInfo]:
        seen.append("asked")
        if len(seen) % 2:
            int(None, 16)  # type: ignore[call-overload]  # as pyserial does with an idVendor that is gone
        port = ListPortInfo("/dev/ttyACM0")
        port.vid, port.pid = 0x1546, 0x01A9
        return [port]

    assert [port.identity.usb for port in usb_ports(tmp_path, found)] == ["1546:01a9"]
    assert [port.usb for port in serial_ports(tmp_path, found)] == ["1546:01a9"]


def test_a_link_may_go_at_any_moment(tmp_path: Path) -> None:
    link = str(tmp_path / "gnss")
    with subprocess.Popen([sys.executable, "-c", FLAP, link], stdout=-1) as flapping:
        assert flapping.stdout
        flapping.stdout.readline()
        leads = {target(link) for _ in range(50_000)}
        flapping.kill()
    assert leads == {link, "/dev/null"}
