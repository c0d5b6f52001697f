"""What `gnss detect --ask` learns from simulated modules, and modems found and started by their profiles."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.config import ClockConfig, Gnss
from agent.receiver_setup import receiver_setup
from drivers.clock import SystemClock
from drivers.gnss.detect.search import Search, Verdict, examine
from drivers.gnss.receiver import Receiver
from drivers.gnss.source.ports import SerialPort
from drivers.profiles import gnss_profile, profile_names
from drivers.readings import Fix, ReceiverHealth
from drivers.sim.module import Module, Settings
from drivers.sim.nmea import Pose
from drivers.sim.obedience import character
from drivers.sim.receiver import SimReceiver
from drivers.sim.worlds import straight

PROFILES = {name: gnss_profile(name) for name in profile_names("gnss")}
EPOCH = datetime(2026, 11, 24, 6, tzinfo=UTC)
Plug = Callable[..., SimReceiver]


@pytest.fixture
def plug(tmp_path: Path) -> Iterator[Plug]:
    sims: list[SimReceiver] = []

    def make(profile: str, **settings: object) -> SimReceiver:
        world = straight(Pose(31.25, 121.5))
        module = Module(world, Settings(epoch=EPOCH, **settings), None, character(PROFILES[profile]))
        sims.append(SimReceiver.of(tmp_path / "tty", module, tmp_path / "at").start())
        return sims[-1]

    yield make
    for sim in sims:
        sim.stop()


def verdict(path: Path, *, ask: bool, usb: str | None = None) -> Verdict:
    port = SerialPort(str(path), None, "", usb, ())
    return examine(port, Search(3.0, profiles=PROFILES, ask=ask), SystemClock(0))


@pytest.mark.parametrize(
    "profile", ["ublox-neo-m9n", "ublox-neo-m8n", "quectel-l76-l", "casic-atgm336h", "skytraq-venus"]
)
def test_a_module_that_is_asked_says_which_it_is(plug: Plug, tmp_path: Path, profile: str) -> None:
    plug(profile)
    found = verdict(tmp_path / "tty", ask=True)
    assert (found.kind, found.baud, found.profiles) == ("receiver", PROFILES[profile].baud, (profile,))
    assert found.firmware == str(PROFILES[profile].state["firmware"])


def test_a_generic_receiver_does_not_answer(tmp_path: Path) -> None:
    sim = SimReceiver(tmp_path / "tty", straight(Pose(1.0, 2.0)), 1.0, EPOCH).start()
    found = verdict(tmp_path / "tty", ask=True)
    sim.stop()
    assert (found.kind, found.profiles, found.module) == ("receiver", (), None)


def test_unasked_the_usb_id_tells(plug: Plug, tmp_path: Path) -> None:
    plug("ublox-neo-m8n", usb=True)
    found = verdict(tmp_path / "tty", ask=False, usb="1546:01a8")
    assert (found.baud, found.profiles) == (9600, ("ublox-neo-m8n",))


def test_the_banner_of_a_module_that_is_just_switched_on(plug: Plug, tmp_path: Path) -> None:
    sim = plug("ublox-neo-m8n", usb=True)
    restart = threading.Timer(1.5, sim.inject, ["restart"], {"start": "hot"})
    restart.start()
    found = verdict(tmp_path / "tty", ask=False)
    restart.join()
    assert (found.kind, found.profiles) == ("receiver", ("ublox-neo-m8n",))


def test_a_modem_is_told_by_its_silent_ports(plug: Plug, tmp_path: Path) -> None:
    plug("simcom-sim7600")
    silent = verdict(tmp_path / "tty", ask=False, usb="1e0e:9001")
    assert (silent.kind, silent.profiles) == ("silent", ("simcom-sim7600",))
    assert "gnss.control" in silent.remedy
    at = verdict(tmp_path / "at", ask=True)
    assert (at.kind, at.profiles) == ("modem", ("simcom-sim7600",))
    assert at.module


@pytest.mark.parametrize("profile", ["simcom-sim7600", "quectel-ec20", "quectel-eg25"])
def test_the_receiver_of_a_modem_is_started(plug: Plug, tmp_path: Path, profile: str) -> None:
    plug(profile)
    seen: list[Fix | ReceiverHealth] = []
    gnss = Gnss(str(tmp_path / "tty"), control=str(tmp_path / "at"), profile=profile)
    stop = threading.Event()
    worker = Receiver(receiver_setup(gnss, ClockConfig()), SystemClock(0), seen.append)
    thread = threading.Thread(target=worker.run, args=(stop, lambda: None))
    thread.start()
    end = time.monotonic() + 30
    while not any(isinstance(o, Fix) and o.mode == "3d" for o in seen) and time.monotonic() < end:
        time.sleep(0.05)
    stop.set()
    thread.join(5)
    assert any(isinstance(o, Fix) and o.mode == "3d" for o in seen), seen[-1:]
