"""Each fault is survived and reported while the rest goes on."""

import contextlib
import os
import shutil
import signal
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from drivers.sim.nmea import Pose
from drivers.sim.receiver import SimReceiver
from drivers.sim.worlds import straight

pytestmark = pytest.mark.hil


def fixes_go_on(truck):
    """Three more fixes reach the platform."""
    count = len(truck.vehicle().fixes)
    truck.await_platform(lambda v: len(v.fixes) > count + 2, "fixes that go on")


def pictures_go_on(truck):
    frame = truck.status()["cameras"]["bed"]["mono_ns"]
    truck.await_status(
        lambda s: s["cameras"]["bed"]["connected"] and s["cameras"]["bed"]["mono_ns"] > frame, "pictures"
    )


@pytest.fixture
def driving(simulated, body):
    """A truck that drives with a covered load, seen by one camera."""
    truck = simulated
    truck.add_camera("bed", body.sim.url, silent_s=1.5)
    truck.body = body
    truck.start()
    truck.await_message("event", "load.changed", to="covered")
    truck.await_platform(lambda v: len(v.fixes) > 1)
    yield truck
    truck.await_drained()
    assert truck.terminate() == 0
    vehicle = truck.await_platform(lambda v: v.state["status"] == "stopped")
    assert {s: vehicle.gaps(s) for s in vehicle.seqs if vehicle.gaps(s)} == {}


def test_receiver_unplugged_and_replugged(driving):
    driving.receiver.unplug()
    driving.await_message("coverage", "gap.started", source="fix")
    driving.await_message("health", "device.changed", connected=False)
    pictures_go_on(driving)
    driving.receiver.replug()
    driving.await_message("coverage", "gap.ended", source="fix")
    fixes_go_on(driving)


def test_receiver_silent(driving):
    driving.receiver.stall(on=True)
    driving.await_platform(
        lambda v: any(m["data"]["why"] == "receiver: silent" for m in v.streams.get("coverage", ())),
        "a reason",
    )
    driving.receiver.stall(on=False)
    driving.await_message("coverage", "gap.ended", source="fix", why="receiver: silent")


def test_camera_gone_and_back(driving):
    driving.body.sim.fault("refuse")
    driving.await_message("coverage", "gap.started", source="camera:bed")
    fixes_go_on(driving)
    driving.body.sim.fault(None)
    driving.await_message("coverage", "gap.ended", source="camera:bed")


def test_vision_process_killed(driving):
    before = driving.status()["vision"]["pid"]
    os.kill(before, signal.SIGKILL)
    failed = driving.await_message("health", "worker.changed", state="failed")
    assert "SIGKILL" in failed["data"]["reason"]
    fixes_go_on(driving)
    driving.await_status(lambda s: s["vision"]["pid"] not in (None, before), "a new vision process")
    pictures_go_on(driving)


def test_broker_killed_and_restarted_in_mid_flight(driving):
    driving.broker.kill()
    driving.await_status(lambda s: not s["sinks"]["city"]["connected"], "a lost link")
    pictures_go_on(driving)
    kept = driving.status()["journal"]["streams"]["track"]["last"]
    driving.await_status(lambda s: s["journal"]["streams"]["track"]["last"] > kept + 2, "journalled fixes")
    driving.restart_broker()
    driving.await_message("coverage", "gap.ended", source="link:city")
    driving.await_drained()
    assert driving.vehicle().duplicates <= 20 * 60, "at most the window in flight: 20 messages of 60 fixes"


def test_broker_down_at_start(simulated):
    truck = simulated
    truck.broker.kill()
    truck.start()
    truck.await_status(lambda s: s["journal"]["streams"].get("track", {}).get("last", 0) > 2, "fixes on disk")
    assert not truck.status()["sinks"]["city"]["connected"]
    truck.restart_broker()
    vehicle = truck.await_platform(lambda v: len(v.fixes) > 2 and "birth" in types(v, "life"))
    assert 1 in vehicle.fixes, "what was written before the broker came is delivered"
    assert truck.terminate() == 0


def types(vehicle, stream):
    return [m["type"] for m in vehicle.events(stream)]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 8 MB of its own."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a tmpfs")
    disk = tmp_path / "state"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(disk)], check=True)
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(ballast):
    """Write to a file until no space is left."""
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            pass
    assert shutil.disk_usage(ballast.parent).free == 0


def test_disk_full_and_free_again(small_disk, simulated):
    truck = simulated
    truck.tables["journal"] |= {"max_bytes": 4_000_000, "min_free_bytes": 100_000}
    truck.start()
    truck.await_platform(lambda v: len(v.fixes) > 1)
    ballast = small_disk / "ballast"
    fill(ballast)
    status = truck.await_status(lambda s: any("journal" in fault for fault in s["faults"]), "a full disk")
    assert status["sinks"]["city"]["connected"]
    lives = truck.vehicle().lives
    truck.await_platform(lambda v: v.lives > lives + 1, "live positions that go on")
    ballast.unlink()
    truck.await_status(lambda s: not s["faults"], "recovery")
    truck.await_message("health", "device.changed", connected=True, reason=None)
    truck.await_drained()
    assert truck.terminate() == 0
    vehicle = truck.await_platform(lambda v: v.state["status"] == "stopped")
    assert all(not vehicle.gaps(stream) for stream in vehicle.seqs)


def test_clock_unset_at_boot_is_anchored_by_the_first_fixes(simulated, tmp_path):
    """The machine's date lies before the earliest possible one, the receiver's does not."""
    truck = simulated
    future = datetime(2101, 5, 1, 12, tzinfo=UTC)
    truck.tables["clock"] = {"not_before": future - timedelta(days=1)}
    receiver = SimReceiver(tmp_path / "future", straight(Pose(31.0, 121.0, 5.0, 10.0, 90.0)), epoch=future)
    truck.tables["gnss"]["source"] = str(tmp_path / "future")
    try:
        truck.start()
        truck.await_status(lambda s: s["clock"]["origin"] == "unsynced", "an unset clock")
        receiver.start()
        anchor = truck.await_message("life", "clock.anchor")
        assert anchor["time"].startswith("2101-05-01T12:00")
        vehicle = truck.await_platform(lambda v: len(v.fixes) > 3)
        birth = vehicle.events("life")[0]
        assert (birth["clock"], birth["recordedtime"]) == ("unsynced", None)
        assert truck.await_status(lambda s: s["clock"]["origin"] == "gnss")
        assert truck.terminate() == 0
    finally:
        receiver.stop()
    truck.await_platform(lambda v: v.events("life")[-1]["time"].startswith("2101-05-01T12:0"))


def test_killed_at_any_moment_nothing_journalled_is_lost(simulated):
    truck = simulated
    for round_ in range(4):
        truck.start()
        count = len(truck.vehicle().fixes)
        truck.await_platform(lambda v, n=count + round_: len(v.fixes) > n, "fixes of this round")
        truck.kill()
        truck.await_platform(lambda v: v.state["status"] == "lost", "the will")
    truck.start()
    truck.await_message("coverage", "gap.ended", source="agent", why="stopped without warning")
    truck.await_drained()
    assert truck.terminate() == 0
    vehicle = truck.await_platform(lambda v: v.state["status"] == "stopped")
    assert {s: vehicle.gaps(s) for s in vehicle.seqs if vehicle.gaps(s)} == {}
    assert types(vehicle, "life").count("birth") == 5
    assert vehicle.duplicates <= 4 * 20 * 60
