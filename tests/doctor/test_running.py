"""Faults of devices and link, made while the daemon runs, and found by what it says."""

import contextlib
import os
import signal
import threading

import cv2
import numpy as np
import pytest

from agent.doctor.findings import Finding
from agent.local_socket import ControlSocket
from tests.doctor.unit import Unit, bad, journal, unit_in

pytestmark = [pytest.mark.hil, pytest.mark.timeout(300)]

GREY = np.full((480, 640, 3), 110, np.uint8)


def look(unit: Unit, *only: str) -> dict[str, Finding]:
    return bad(unit.folder / "agent.toml", unit.machine, *only)


def suspected(kind):
    return lambda status: kind in [s["kind"] for s in status["receiver"]["suspicions"]]


@pytest.mark.parametrize(
    ("code", "kind", "fault", "parameters"),
    [
        ("receiver.slow", "slow", "slow", {"hz": 0.5}),
        ("receiver.frozen", "frozen", "frozen", {}),
        ("receiver.speed", "speed_zero", "speed_zero", {}),
        ("receiver.damaged", "damaged_line", "checksum", {"share": 0.4}),
        ("antenna.jamming", "jamming", "jam", {"db": 14.0, "ramp": 1.0}),
        ("antenna.spoofing", "spoofing", "spoof", {"mps": 900.0}),
        ("antenna.switch", "hidden_switch", "switch", {}),
    ],
)
def test_a_suspicion(running, code, kind, fault, parameters):
    running.receiver.inject(fault, None, **parameters)
    try:
        running.until(suspected(kind), kind)
        assert list(look(running)) == [code]
    finally:
        running.receiver.clear(fault)


@pytest.mark.parametrize("state", ["open", "short"])
def test_the_antenna(running, state):
    running.receiver.inject(f"antenna_{state}")
    try:
        running.until(lambda s: s["receiver"]["antenna"] == state, state)
        assert list(look(running)) == [f"antenna.{state}"]
    finally:
        running.receiver.clear(f"antenna_{state}")


def _blurred(unit):
    picture = cv2.imdecode(np.frombuffer(unit.bed._book.view("covered"), np.uint8), cv2.IMREAD_COLOR)
    return cv2.GaussianBlur(picture, (0, 0), 12)


@pytest.mark.parametrize(
    ("kind", "picture"),
    [
        ("dark", lambda _: GREY // 20),
        ("glare", lambda _: np.full_like(GREY, 254)),
        ("blocked", lambda _: GREY),
        ("defocused", _blurred),
    ],
)
def test_a_camera_that_shows_nothing(running, kind, picture):
    running.bed.image = picture(running)
    try:
        running.until(lambda s: kind in [f["kind"] for f in s["cameras"]["bed"]["faults"]], kind)
        found = look(running)
        assert list(found) == [f"camera.{kind}"]
        assert found[f"camera.{kind}"].subject == "bed"
    finally:
        running.bed.image = None


def test_a_camera_that_stands_still(running):
    running.bed.sim.fault("freeze")
    try:
        running.until(lambda s: s["cameras"]["bed"]["faults"], "frozen")
        assert list(look(running)) == ["camera.frozen"]
    finally:
        running.bed.sim.fault(None)


def test_a_camera_that_is_gone_and_one_that_is_slow(running):
    running.cab.sim.fault("refuse")
    try:
        running.until(lambda s: not s["cameras"]["cab"]["connected"], "a lost camera")
        found = look(running)
        assert list(found) == ["camera.picture"]
        assert found["camera.picture"].subject == "cab"
    finally:
        running.cab.sim.fault(None)
    running.until_well()
    running.cab.pause_s = 2.0
    try:
        running.until(lambda s: 0 < s["cameras"]["cab"]["fps"] < 0.9, "a slow camera")
        assert list(look(running)) == ["camera.slow"]
    finally:
        running.cab.pause_s = 0.0


@pytest.mark.parametrize("kind", ["dirty", "moved"])
def test_what_a_camera_shows_only_after_a_long_drive(running, tmp_path, kind):
    """The daemon's own word, with the fault that its own tests bring about, from a socket like its."""
    status = running.status()
    status["cameras"]["bed"]["faults"] = [{"kind": kind, "since_ns": 1, "why": "as measured"}]
    with answering(tmp_path / "agent.sock", lambda _: status):
        assert list(bad(other_socket(running, tmp_path), running.machine)) == [f"camera.{kind}"]


def test_off_duty_nobody_misses_a_position(running, tmp_path):
    status = running.status() | {"fix": None, "gaps": {"fix": "off duty", "duty": "off duty"}}
    with answering(tmp_path / "agent.sock", lambda _: status):
        assert list(bad(other_socket(running, tmp_path), running.machine)) == []


@pytest.mark.parametrize(
    "code", ["switch.open", "switch.short", "switch.conflict", "switch.stuck", "switch.lost"]
)
def test_a_switch_that_the_daemon_does_not_believe(running, tmp_path, code):
    lift = {"on": None, "fault": code.partition(".")[2], "why": "as measured"}
    sound = {"on": True, "fault": None, "why": None}
    status = running.status() | {"switches": {"lift": lift, "cover": sound}}
    with answering(tmp_path / "agent.sock", lambda _: status):
        found = bad(other_socket(running, tmp_path), running.machine)
    assert [(f.code, f.subject) for f in found.values()] == [(code, "lift")]


def other_socket(unit, folder):
    """The same configuration, with the daemon behind a socket in `folder`."""
    before, after = (str(place / "agent.sock") for place in (unit.folder, folder))
    text = (unit.folder / "agent.toml").read_text().replace(before, after)
    (folder / "agent.toml").write_text(text)
    return folder / "agent.toml"


@contextlib.contextmanager
def answering(path, status):
    """A socket such as the daemon's."""
    stop, socket = threading.Event(), ControlSocket(path, {"status": status})
    thread = threading.Thread(target=socket.run, args=(stop, lambda: None))
    thread.start()
    while not path.exists():
        pass
    yield
    stop.set()
    thread.join()


def test_a_part_of_the_daemon_that_dies_again_and_again(running):
    for _ in range(3):
        pid = running.until(lambda s: s["vision"].get("model"), "a vision process")["vision"]["pid"]
        os.kill(pid, signal.SIGKILL)
        running.until(lambda s, pid=pid: s["vision"]["pid"] != pid, "its end")
    running.until(lambda s: {"vision": "waiting"}.items() <= {w["name"]: w["condition"] for w in s["workers"]}
                  .items(), "a worker that waits")  # fmt: skip
    found = look(running)
    assert list(found) == ["unit.worker"]
    assert found["unit.worker"].subject == "vision"


def test_a_daemon_that_does_not_answer(running):
    os.kill(running.process.pid, signal.SIGSTOP)
    try:
        assert list(look(running, "unit", "receiver", "camera", "link", "model")) == ["unit.answer"]
    finally:
        os.kill(running.process.pid, signal.SIGCONT)


def test_settings_that_wait_for_a_restart(running):
    file = running.folder / "agent.toml"
    before = file.read_text()
    file.write_text(before + '\n[log]\nlevel = "error"\n')
    try:
        assert list(look(running)) == ["config.applied"]
    finally:
        file.write_text(before)


def test_another_version_is_installed_than_runs(running, tmp_path, monkeypatch):
    metadata = tmp_path / "haulwatch-9.9.9.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: haulwatch\nVersion: 9.9.9\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert list(look(running)) == ["updates.restart"]


def test_a_month_whose_bytes_are_spent(tmp_path):
    with unit_in(tmp_path) as unit:
        unit.tables["cameras"] = []
        unit.tables["sinks"][0]["budget"] = {"month_bytes": 12_000}
        unit.start()
        unit.until(lambda s: s["sinks"]["city"]["budget"]["level"] >= 95, "a spent budget")
        assert list(look(unit)) == ["camera.none", "link.budget"]


def test_a_journal_without_room(tmp_path):
    """Full of events that no platform has acknowledged: they never go."""
    with unit_in(tmp_path) as unit:
        unit.tables["cameras"] = []
        unit.tables["journal"]["max_bytes"] = 1_000_000
        filler = [("event", "noted", {"severity": "notice", "text": "x" * 3000}) for _ in range(400)]
        journal(unit.state / "journal.db", *filler)
        unit.tables["sinks"] = []
        unit.start()
        unit.until(lambda s: s["journal"]["full"], "a full journal")
        assert list(look(unit)) == ["camera.none", "journal.full", "platform.none"]
