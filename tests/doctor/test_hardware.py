"""Faults of the hardware without a daemon: the doctor opens port, cameras and link itself."""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from buffer.journal import Journal
from drivers.camera.login import Account
from drivers.clock import SystemClock
from drivers.sim.broker import free_port
from drivers.sim.camera import SimCamera
from drivers.sim.module import GENERIC, Character
from drivers.sim.nmea import burst
from drivers.sim.picture_book import PictureBook
from drivers.sim.server import Gate
from drivers.sim.solution import Pose
from tests.doctor.unit import bad, toml, write

pytestmark = [pytest.mark.hil, pytest.mark.timeout(300)]
HOUR = timedelta(hours=1)
CLOSER = """
import os, sys, time
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
print("open", flush=True)
time.sleep(60)
"""
# No mode keeps root out; access(2) asks for the real user.
AS_SOMEBODY = """
import os
os.geteuid() or os.setreuid(65534, 0)
from agent.cli.main import main

main()
"""


def look(unit, *only):
    return set(bad(unit.write(), unit.machine, *only)) - {"unit.daemon"}


def test_all_of_it_at_its_worst_names_only_the_roots(stopped):
    """A dead receiver, a dead camera and a dead broker: three findings of some seventy checks."""
    stopped.receiver.stall(on=True)
    stopped.bed.sim.fault("stall")
    stopped.broker.kill()
    assert look(stopped) == {"receiver.sentences", "camera.picture", "link.broker"}


RECEIVER = ("receiver", "antenna", "clock")


def test_another_program_reads_the_port(stopped):
    with subprocess.Popen([sys.executable, "-c", CLOSER, stopped.tables["gnss"]["source"]],
                          stdout=subprocess.PIPE) as rival:  # fmt: skip
        assert rival.stdout.readline() == b"open\n"
        assert look(stopped, *RECEIVER) == {"receiver.busy"}
        rival.kill()


def test_the_port_is_not_for_this_user(stopped):
    port = Path(os.path.realpath(stopped.tables["gnss"]["source"]))
    port.chmod(0o000)
    stopped.tables["gnss"]["source"] = str(port)
    with tempfile.TemporaryDirectory() as folder:  # unlike pytest's one that everybody may enter
        Path(folder).chmod(0o755)
        config = write(Path(folder) / "agent.toml", toml(stopped.tables))
        arguments = ["doctor", "--json", "--only", "receiver.access", "--config", config]
        done = subprocess.run(
            [sys.executable, "-c", AS_SOMEBODY, *arguments], capture_output=True, text=True, check=False
        )
    assert done.stderr == ""
    assert [json.loads(line)["level"] for line in done.stdout.splitlines()] == ["fail"]


def test_the_wrong_baud(stopped):
    stopped.receives(stopped.folder / "slow", baud=9600)
    stopped.tables["gnss"] |= {"source": str(stopped.folder / "slow"), "baud": 38400}
    assert look(stopped, *RECEIVER) == {"receiver.baud"}


def test_the_wrong_baud_is_the_profiles_where_none_is_set(stopped):
    stopped.receives(stopped.folder / "fast", baud=115200)
    stopped.tables["gnss"] |= {"source": str(stopped.folder / "fast")}
    stopped.tables["gnss"].pop("baud", None)
    found = bad(stopped.write(), stopped.machine, *RECEIVER)["receiver.baud"]
    assert found.facts["baud"] == 9600


@pytest.mark.parametrize("source", ["gpsd://127.0.0.1:{port}", "file:/no/such/recording"])
def test_a_source_that_is_no_tty_and_is_not_there(stopped, source):
    stopped.tables["gnss"]["source"] = source.format(port=free_port())
    assert look(stopped, *RECEIVER) == {"receiver.port"}


def test_a_recording_is_listened_to(stopped):
    file = stopped.folder / "drive.nmea"
    epochs = (datetime.now(UTC) + timedelta(seconds=n) for n in range(9))
    file.write_bytes(b"".join(burst(epoch, Pose(31.0, 121.0)) for epoch in epochs))
    stopped.tables["gnss"]["source"] = f"file:{file}?rate=3"
    assert look(stopped, "receiver") == set()


def test_no_position(stopped):
    stopped.receives(stopped.folder / "cold", start="cold", ttff_s=600.0)
    stopped.tables["gnss"]["source"] = str(stopped.folder / "cold")
    assert look(stopped, *RECEIVER) == {"receiver.fix"}


def test_weak_signals(stopped):
    stopped.receiver.inject("jam", None, db=13.0, ramp=0.0)
    assert look(stopped, *RECEIVER) == {"antenna.weak"}


def test_few_satellites(stopped):
    """In a street, with a receiver that knows only GPS."""
    make = Character({key: value for key, value in GENERIC.state.items() if key != "beidou"})
    receiver = stopped.receives(stopped.folder / "gps", make)
    receiver.inject("canyon", None, elevation=50.0, metres=1.0)
    stopped.tables["gnss"]["source"] = str(stopped.folder / "gps")
    assert look(stopped, *RECEIVER) == {"antenna.few"}


def test_a_clock_that_is_not_set(stopped):
    stopped.tables["clock"] = {"not_before": datetime.now(UTC).replace(microsecond=0) + 24 * HOUR}
    assert look(stopped, "clock.set") == {"clock.set"}


def test_a_clock_that_is_skewed(stopped):
    stopped.receives(stopped.folder / "ahead", epoch=datetime.now(UTC) + HOUR)
    stopped.tables["gnss"]["source"] = str(stopped.folder / "ahead")
    assert look(stopped, *RECEIVER) == {"clock.offset"}


def test_somebody_else_writes_the_journal(stopped):
    clock = SystemClock(0)
    held = Journal.open(stopped.state / "journal.db", clock.boot, max_bytes=10**8, min_free_bytes=0)
    with contextlib.closing(held):
        assert look(stopped, "journal", "keys", "power") == {"journal.writer"}


def test_a_switch_that_cannot_be_read(stopped):
    (stopped.folder / "lift").unlink()
    assert look(stopped, "switch") == {"switch.lost"}


def test_nothing_to_warn_with(stopped, monkeypatch):
    stopped.tables["warning"] = {"sound": True}
    monkeypatch.setenv("PATH", str(stopped.folder))
    assert look(stopped, "warning") == {"warning.sound"}


VISION = ("camera", "model", "roi")


def test_a_camera_that_refuses_the_password(stopped, tmp_path):
    shown = PictureBook.shipped().view("covered")
    gate = Gate(Account("viewer", "right"), "basic")
    camera = SimCamera(lambda: shown, 8, gate=gate).start()
    secret = tmp_path / "password"
    secret.write_text("wrong")
    secret.chmod(0o600)
    stopped.tables["cameras"][0] |= {"source": camera.url, "username": "viewer", "password_file": secret}
    try:
        assert look(stopped, *VISION) == {"camera.login"}
    finally:
        camera.stop()


def _model(folder, content):
    """A manifest whose network is what it says, and no network."""
    shipped = Path(__file__).parents[2] / "agent/vision/models/load.json"
    manifest = json.loads(shipped.read_text())
    (folder / manifest["file"]).write_bytes(content)
    manifest["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "load.json").write_text(json.dumps(manifest))
    return folder / "load.json"


@pytest.mark.parametrize("which", ["model", "shadow"])
def test_a_model_that_does_not_run(stopped, tmp_path, which):
    stopped.tables["vision"][which] = _model(tmp_path, b"no network")
    code = {"model": "model.runs", "shadow": "model.shadow"}[which]
    assert look(stopped, *VISION) == {code}
