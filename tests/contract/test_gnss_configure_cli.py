"""`gnss configure` as a command, with a simulated NEO-M9N."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.gnss.source.port import Port
from drivers.profiles import gnss_profile
from drivers.sim.character import Settings
from drivers.sim.module import Module
from drivers.sim.obedience import character
from drivers.sim.receiver import SimReceiver
from drivers.sim.solution import Pose
from drivers.sim.worlds import straight

WORLD = straight(Pose(31.25, 121.5, 8.0, 10.0, 45.0))
COMMAND = [sys.executable, "-m", "agent", "gnss", "configure"]
# The tests may run under nohup or in the background, where some signals are ignored, and that is inherited.
HEED = """
import os, signal, sys
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.fixture
def link(tmp_path: Path) -> Path:
    return tmp_path / "gnss"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=100, check=False
    )


@pytest.fixture
def behind() -> Module:
    return Module(WORLD, Settings(rate_hz=2.0), None, character(gnss_profile("ublox-neo-m9n")))


@pytest.fixture
def m9n(link: Path, behind: Module) -> Iterator[Path]:
    line = SimReceiver.of(link, behind).start()
    yield link
    line.stop()


def test_the_command_shows_applies_and_refuses(m9n) -> None:
    named = (m9n, "--profile", "ublox-neo-m9n")
    shown = run(*named, "--constellations", "gps,beidou")
    assert shown.returncode == 0, shown.stderr
    assert "NEO-M9N SPG 4.04 at 38400 baud" in shown.stdout
    assert "  galileo: 1 → 0\n" in shown.stdout
    refused = run(*named, "--apply")
    assert refused.returncode == 1
    assert "--unverified tries it, in RAM only; nothing was changed" in refused.stderr
    assert "nothing is stored" in run(*named, "--apply", "--unverified", "--save", "--json").stderr
    done = run(*named, "--apply", "--unverified", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["result"] == "applied"
    assert [(c["name"], c["new"]) for c in report["changes"]] == [("period_ms", 1000)]


@pytest.mark.parametrize(
    "numbers",
    [[signal.SIGHUP], [signal.SIGTERM], [signal.SIGINT, signal.SIGINT, signal.SIGHUP]],
    ids=["hang-up", "term", "impatience"],
)
def test_an_interruption_takes_all_back(m9n: Path, behind: Module, numbers: list[signal.Signals]) -> None:
    before = dict(behind.state)
    wish = [
        "--profile",
        "ublox-neo-m9n",
        "--baud",
        "38400",
        "--rate",
        "1",
        "--apply",
        "--unverified",
        "--json",
    ]
    with subprocess.Popen(
        [sys.executable, "-c", HEED, *COMMAND, m9n, *wish], stdout=subprocess.PIPE, text=True
    ) as command:
        end = time.monotonic() + 60
        while behind.state["period_ms"] != 1000:
            assert time.monotonic() < end, "it has changed nothing"
            time.sleep(0.005)
        for number in numbers:
            command.send_signal(number)
            time.sleep(0.02)  # the next one comes while it is being taken back
        said, _ = command.communicate(timeout=60)
    report = json.loads(said)
    assert (report["result"], report["problem"], report["left"]) == ("rolled back", "interrupted", [])
    assert command.returncode == 1
    assert behind.state == before


def test_the_command_says_what_it_cannot_do(link) -> None:
    assert run(link).returncode == 3
    assert run(link, "--save").returncode == 2
    assert run(link, "--profile", "nobody").returncode == 78


def test_a_port_in_use_names_the_holder(m9n) -> None:
    with Port.open(str(m9n), 38400):
        refused = run(m9n, "--profile", "ublox-neo-m9n")
    assert refused.returncode == 3
    assert f"(pid {os.getpid()})" in refused.stderr
