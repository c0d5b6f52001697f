"""The whole daemon on a tty, a camera and a broker: what the platform receives.

These run on a real unit too: HAULWATCH_HIL_TTY, HAULWATCH_HIL_CAMERA, HAULWATCH_HIL_BROKER.
"""

import base64
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agent.local_socket import ask

pytestmark = pytest.mark.hil


def test_positions_and_health_reach_the_platform(truck, haulwatch_camera):
    truck.add_camera("bed", haulwatch_camera.address)
    truck.start()
    vehicle = truck.await_platform(lambda v: len(v.fixes) > 3 and v.live is not None, "fixes")
    assert vehicle.state["status"] == "online"
    assert [m["type"] for m in vehicle.events("life")][:1] == ["birth"]
    newest = vehicle.fixes[max(vehicle.fixes)]
    assert newest["mode"] in ("2d", "3d")
    truck.await_message("life", "clock.anchor")
    truck.await_message("health", "device.changed", connected=True)
    report = truck.await_platform(
        lambda v: any((m["data"]["cameras"].get("bed") or {}).get("fps") for m in reports(v)), "camera health"
    )
    assert reports(report)[-1]["data"]["receiver"]["connected"]
    truck.await_drained()
    assert truck.terminate() == 0
    vehicle = truck.await_platform(lambda v: v.state["status"] == "stopped", "the farewell")
    assert vehicle.events("life")[-1]["type"] == "stopped"
    assert all(not vehicle.gaps(stream) for stream in vehicle.seqs)


def reports(vehicle):
    return [m for m in vehicle.streams.get("health", ()) if m["type"] == "health.report"]


def test_what_was_written_during_the_farewell_is_there_after_a_restart(truck):
    truck.start()
    truck.await_platform(lambda v: len(v.fixes) > 2)
    assert truck.terminate() == 0
    truck.start()
    gap = truck.await_message("coverage", "gap.ended", source="agent")
    assert gap["data"]["why"] == "stopped in order"
    truck.await_drained()
    vehicle = truck.vehicle()
    assert all(not vehicle.gaps(stream) for stream in vehicle.seqs)
    assert truck.terminate() == 0


def test_the_log_level_is_read_again_on_sighup(truck):
    truck.start()
    truck.await_status(lambda s: s["receiver"] is not None)
    truck.tables["log"] = {"level": "debug"}
    truck.write_config()
    truck.process.send_signal(signal.SIGHUP)
    truck.await_status(lambda _: "log level debug" in truck.log(), "the new level")
    assert truck.terminate() == 0


def test_the_main_process_holds_no_heavy_library(truck, haulwatch_camera):
    truck.add_camera("bed", haulwatch_camera.address)
    truck.start()
    truck.await_status(lambda s: s["cameras"].get("bed", {}).get("connected"))
    maps = Path(f"/proc/{truck.process.pid}/maps").read_text()
    vision = Path(f"/proc/{truck.status()['vision']['pid']}/maps").read_text()
    heavy = re.compile(r"/(cv2|numpy)/")
    assert not heavy.search(maps)
    assert heavy.search(vision), "the check itself works"
    assert truck.terminate() == 0


def test_a_snapshot_comes_through_the_daemon_that_holds_the_camera(truck, haulwatch_camera, tmp_path):
    truck.add_camera("bed", haulwatch_camera.address)
    truck.start()
    truck.await_status(lambda s: s["cameras"].get("bed", {}).get("connected"))
    asked = ask(truck.folder / "agent.sock", {"ask": "snapshot", "camera": "bed"}, 10.0)
    assert base64.b64decode(asked["jpeg"]).startswith(b"\xff\xd8")
    assert "no such camera" in ask(truck.folder / "agent.sock", {"ask": "snapshot", "camera": "x"})["error"]
    picture = tmp_path / "bed.jpg"
    command = [sys.executable, "-I", "-m", "agent", "camera", "snapshot", "--camera", "bed"]
    command += ["--config", str(truck.config), "--output", str(picture)]
    subprocess.run(command, check=True, timeout=60)
    assert picture.read_bytes().startswith(b"\xff\xd8")
    assert truck.terminate() == 0


def test_the_clock_stays_anchored_over_a_restart(truck):
    truck.start()
    truck.await_status(lambda s: s["clock"]["origin"] == "gnss")
    assert truck.terminate() == 0
    truck.start()
    truck.await_status(lambda s: s["fix"] is not None)
    assert truck.status()["clock"]["origin"] == "gnss"
    births = [
        m for m in truck.await_platform(lambda v: births_of(v) == 2).events("life") if m["type"] == "birth"
    ]
    assert births[-1]["clock"] == "gnss"
    assert truck.terminate() == 0


def births_of(vehicle):
    return [m["type"] for m in vehicle.events("life")].count("birth")
