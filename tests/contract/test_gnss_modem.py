"""Receivers that must be told to start: a modem with an AT port, and one that hears on its own port."""

import os
import pty
import threading
import tty
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.config import ClockConfig, Gnss
from agent.receiver_setup import receiver_setup
from drivers.gnss.receiver import ReceiverSetup
from drivers.gnss_profile import GnssProfile
from drivers.profiles import read_profile
from drivers.sim.nmea import Pose, burst
from drivers.sim.receiver import SimReceiver
from drivers.sim.worlds import straight

MODEM = """
description = "A modem"
baud = 115200
[start]
port = "control"
exchanges = ["echo off", "start"]
[[exchanges]]
name = "echo off"
send = "line ATE0"
answer = "line OK"
[[exchanges]]
name = "start"
send = "line AT+GO=1"
answer = ["line +GO: {_}", "line OK"]
refuse = ["line ERROR", "line +CME ERROR: {*}"]
"""
SELF = """
description = "A receiver that sleeps"
[start]
exchanges = ["wake"]
[[exchanges]]
name = "wake"
send = "nmea PWAKE,1"
answer = "nmea PACK,1"
timeout_s = 2.0
"""


class Script:
    """A pty that answers lines: what it is told is in `told`; a word may set something off."""

    def __init__(self, link: Path, answers: Mapping[bytes, bytes], hook: Callable[[bytes], None]) -> None:
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        link.symlink_to(os.ttyname(slave))
        os.close(slave)
        self.answers, self._hook = dict(answers), hook
        self.told: list[bytes] = []
        os.set_blocking(self._master, False)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def say(self, text: bytes) -> None:
        os.write(self._master, text)

    def _run(self) -> None:
        rest = b""
        while not self._stop.wait(0.02):
            try:
                rest += os.read(self._master, 4096)
            except OSError:  # nothing, or nobody there
                continue
            *lines, rest = rest.split(b"\r\n")
            for line in lines:
                self.told.append(line)
                if line in self.answers:
                    self.say(self.answers[line])
                    self._hook(line)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        os.close(self._master)


class Bench:
    """A receiver worker with what stands around it."""

    def __init__(self, folder: Path, receiver_of) -> None:
        self.folder, self._receiver_of = folder, receiver_of
        self.things: list[Script | SimReceiver] = []

    def profile(self, text: str) -> GnssProfile:
        file = self.folder / "gnss" / "local.toml"
        file.parent.mkdir()
        file.write_text(text)
        profile = read_profile("gnss", file)
        assert isinstance(profile, GnssProfile)
        return profile

    def sleeping_receiver(self) -> SimReceiver:
        sim = SimReceiver(self.folder / "nmea", straight(Pose(31.25, 121.5)), 10.0)
        sim.stall(on=True)
        self.things.append(sim.start())
        return sim

    def script(self, name: str, answers: Mapping[bytes, bytes], hook: Callable[[bytes], None]) -> Script:
        script = Script(self.folder / name, answers, hook)
        self.things.append(script)
        return script

    def start(self, text: str, control: str | None) -> None:
        path = None if control is None else str(self.folder / control)
        setup = ReceiverSetup(str(self.folder / "nmea"), 9600, 1.0, "local", self.profile(text), path)
        self.seen = self._receiver_of(setup)

    def stop(self) -> None:
        for thing in self.things:
            thing.stop()


@pytest.fixture
def bench(tmp_path: Path, receiver_of) -> Iterator[Bench]:
    bench = Bench(tmp_path, receiver_of)
    yield bench
    bench.stop()


GOOD = {b"ATE0": b"ATE0\r\r\nOK\r\n", b"AT+GO=1": b"\r\n+GO: 1\r\n\r\nOK\r\n"}


def test_a_modem_is_started_over_its_control_port(bench) -> None:
    sim = bench.sleeping_receiver()
    at = bench.script("at", GOOD, lambda line: sim.stall(on=line != b"AT+GO=1"))
    bench.start(MODEM, "at")
    bench.seen.until(lambda b: b.fixes and b.health[-1].connected)
    assert at.told == [b"ATE0", b"AT+GO=1"]
    sim.unplug()
    bench.seen.until(lambda b: b.reason == "no such device")
    sim.replug()
    bench.seen.until(lambda b: b.health[-1].connected)
    bench.seen.until(lambda _: at.told == [b"ATE0", b"AT+GO=1"] * 2)


def test_a_modem_that_refuses_is_quoted_and_asked_again(bench) -> None:
    sim = bench.sleeping_receiver()
    busy = GOOD | {b"AT+GO=1": b"\r\n+CME ERROR: 549\r\n"}
    at = bench.script("at", busy, lambda _: None)
    bench.start(MODEM, "at")
    bench.seen.until(lambda b: b.reason == "silent; AT+GO=1 was refused (+CME ERROR: 549)")
    at.answers.update(GOOD)
    bench.seen.until(lambda _: at.told.count(b"AT+GO=1") == 2)
    bench.seen.until(lambda b: b.reason == "silent")
    sim.stall(on=False)
    bench.seen.until(lambda b: b.health[-1].connected)


def test_a_mute_modem_does_not_hold_up_the_reading(bench) -> None:
    sim = bench.sleeping_receiver()
    bench.script("at", {}, lambda _: None)
    bench.start(MODEM, "at")
    sim.stall(on=False)
    bench.seen.until(lambda b: b.fixes and b.health[-1].connected)
    sim.stall(on=True)
    bench.seen.until(lambda b: b.reason == "silent; ATE0 was not answered")


def test_a_control_port_that_is_missing_or_not_configured(bench, tmp_path: Path) -> None:
    bench.sleeping_receiver()
    bench.start(MODEM, "none")
    bench.seen.until(lambda b: f"control port {tmp_path / 'none'}: no such device" in b.reason)


def test_without_a_control_port(bench) -> None:
    bench.sleeping_receiver()
    bench.start(MODEM, None)
    bench.seen.until(lambda b: "over a control port, and none is configured" in b.reason)


def test_a_receiver_is_woken_over_its_own_port(bench) -> None:
    answered: list[bytes] = []
    own = bench.script("nmea", {}, answered.append)
    bench.start(SELF, None)
    bench.seen.until(lambda b: b.reason == "silent; PWAKE,1 was not answered")
    assert own.told[0] == b"$PWAKE,1*55"
    own.answers[b"$PWAKE,1*55"] = b"$PACK,1*04\r\n"
    bench.seen.until(lambda _: answered)
    own.say(burst(datetime(2026, 11, 24, tzinfo=UTC), Pose(1.0, 2.0)) * 2)
    bench.seen.until(lambda b: b.health[-1].connected)
    bench.seen.until(lambda b: b.reason == "silent")


def test_the_setup_carries_control_and_profile() -> None:
    setup = receiver_setup(Gnss("/dev/ttyUSB1", control="/dev/ttyUSB2", baud=4800), ClockConfig())
    assert (setup.baud, setup.control, setup.profile_name) == (4800, "/dev/ttyUSB2", "generic-nmea")
    assert setup.profile
