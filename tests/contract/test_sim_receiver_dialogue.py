"""Talking to the simulated module over a real pty: a command, its answer, and a changed speed of the line."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import serial

from drivers.gnss.dialogue.exchange import Dialogue
from drivers.gnss.dialogue.frames import Framer, Message
from drivers.profiles import gnss_profile
from drivers.sim.character import Settings
from drivers.sim.module import Module
from drivers.sim.obedience import character
from drivers.sim.receiver import SimReceiver
from drivers.sim.solution import Pose
from drivers.sim.worlds import straight

WORLD = straight(Pose(31.25, 121.5, 8.0, 10.0, 45.0))
NAME = "ublox-neo-m8n"


class Talk:
    """The reader's side of a dialogue."""

    def __init__(self, port: serial.Serial, sim: SimReceiver | None = None) -> None:
        self.port, self.sim, self.framer = port, sim, Framer()
        self.dialogue = Dialogue(gnss_profile(NAME))

    def say(self, name: str, **values) -> None:
        exchange = self.dialogue.named(name)
        known = self.dialogue.variables.values({**self.dialogue.variables.factory, **values})
        for template in exchange.send:
            self.port.write(template.encode(known))

    def until(self, framing: str, start: bytes = b"", seconds: float = 10.0) -> Message | None:
        """The next message of a framing that begins so; None when none comes."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for message in self.framer.feed(self.port.read(self.port.in_waiting or 1)):
                if message.framing == framing and message.body.startswith(start):
                    return message
        return None


@pytest.fixture
def talk(tmp_path):
    module = Module(WORLD, Settings(), None, character(gnss_profile(NAME)))
    sim = SimReceiver.of(tmp_path / "gnss", module).start()
    with serial.Serial(str(tmp_path / "gnss"), 9600, timeout=0.2) as port:
        yield Talk(port, sim)
    sim.stop()


def test_the_banner_comes_at_a_start_and_a_query_is_answered(talk):
    assert talk.until("nmea", b"GNRMC")
    talk.sim.inject("restart", start="hot")
    assert talk.until("nmea", b"GNTXT,01,01,02,u-blox AG")
    talk.say("version")
    answer = talk.until("ubx", b"\x0a\x04")
    assert b"NEO-M8N" in answer.body


def test_the_line_follows_the_module_to_another_speed(talk):
    assert talk.until("nmea", b"GNRMC")
    talk.say("baud", baud=115200)
    talk.port.read(4000)  # what was under way
    assert talk.until("nmea", seconds=2.5) is None
    talk.say("version")  # at the old speed, which the module does not understand any more
    assert talk.until("ubx", b"\x0a\x04", seconds=1.0) is None
    talk.port.baudrate = 115200
    assert talk.until("nmea", b"GNRMC")
    talk.say("version")
    assert talk.until("ubx", b"\x0a\x04")


def test_a_faster_rate_and_fewer_sentences(talk):
    assert talk.until("nmea", b"GNRMC")
    for kind in ("gsv", "gsa", "vtg", "gll"):
        talk.say(f"sentence {kind}", **{kind: 0})
        assert talk.until("ubx", b"\x05\x01\x06\x01")
    talk.say("rate", period_ms=200)
    assert talk.until("ubx", b"\x05\x01\x06\x08")
    assert talk.until("nmea", b"GNRMC")
    bodies = [talk.until("nmea").body[:5] for _ in range(10)]
    assert set(bodies) == {b"GNRMC", b"GNGGA"}


def test_what_it_cannot_do_is_refused(talk):
    assert talk.until("nmea", b"GNRMC")
    talk.say("rate", period_ms=7)
    assert talk.until("ubx", b"\x05\x00\x06\x08")


def test_the_command_plays_a_profile(tmp_path: Path):
    command = [sys.executable, "-m", "agent", "sim", "receiver", "--profile", NAME, "--link", tmp_path / "l"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        ready = json.loads(program.stdout.readline())
        assert (ready["profile"], ready["baud"]) == (NAME, 9600)
        with serial.Serial(ready["pty"], 9600, timeout=0.2) as port:
            assert Talk(port).until("nmea", b"GNRMC")
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0


@pytest.mark.parametrize(("options", "code", "words"), [
    (["--profile", "ublox-neo-m8m"], 78, ["ublox-neo-m8m", NAME]),
    (["--profile", NAME, "--rate", "40"], 2, ["--rate", "10 Hz"]),
])  # fmt: skip
def test_a_profile_that_is_not_there_and_a_rate_it_has_not(options, code, words):
    command = [sys.executable, "-m", "agent", "sim", "receiver", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == code
    assert all(word in done.stderr for word in words), done.stderr


def test_a_modem_is_silent_until_its_control_port_says_start(tmp_path: Path):
    command = [sys.executable, "-m", "agent", "sim", "receiver", "--profile", "simcom-sim7600"]
    links = ["--link", tmp_path / "nmea", "--control", tmp_path / "at"]
    with subprocess.Popen([*command, *links], stdout=subprocess.PIPE) as program:
        ready = json.loads(program.stdout.readline())
        assert os.path.realpath(tmp_path / "at") == ready["control"]
        with (
            serial.Serial(ready["pty"], 115200, timeout=0.2) as data,
            serial.Serial(ready["control"], 9600, timeout=2) as control,
        ):
            time.sleep(1.5)
            assert data.read(100) == b""
            control.write(b"AT\r\nAT+NOSUCH\r\nAT+CGPS?\r\n")
            assert control.read_until(b"ERROR\r\n") == b"AT\r\r\nOK\r\nAT+NOSUCH\r\r\nERROR\r\n"
            control.write(b"ATE0\r\nAT+CGPS=1\r\nAT+CGPS?\r\n")
            assert b"+CGPS: 1," in control.read_until(b"+CGPS: 1,")
            assert Talk(data).until("nmea", b"GPRMC")
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0
    assert not (tmp_path / "at").is_symlink()


def test_a_module_on_its_own_usb_port_takes_any_speed(tmp_path: Path):
    module = Module(WORLD, Settings(usb=True), None, character(gnss_profile(NAME)))
    sim = SimReceiver.of(tmp_path / "gnss", module).start()
    with serial.Serial(str(tmp_path / "gnss"), 4800, timeout=0.2) as port:
        assert Talk(port).until("nmea", b"GNRMC")
    assert sim.baud is None
    sim.stop()
