"""A camera's password: nothing that the agent prints, answers, writes or shows of its processes holds it."""

import json
import subprocess
import sys

import psutil
import pytest

from drivers.camera.login import Account
from drivers.sim.camera import SimCamera
from drivers.sim.picture_book import PictureBook
from drivers.sim.rtsp import SimRtsp
from drivers.sim.server import Gate

pytestmark = pytest.mark.hil
PASSWORD = "g3heim/&%wort"
ENCODED = "g3heim%2F%26%25wort"


@pytest.fixture
def cameras():
    """An RTSP and an HTTP camera that ask for the password."""
    shown = PictureBook.shipped().view("covered")
    account = Account("viewer", PASSWORD)
    made = {
        "bed": SimRtsp(lambda: shown, 8, gate=Gate(account, "digest"), paths=("/Streaming/Channels/101",)),
        "cab": SimCamera(lambda: shown, 8, gate=Gate(account, "basic")),
    }
    for camera in made.values():
        camera.start()
    yield made
    for camera in made.values():
        camera.stop()


def _processes(truck):
    main = psutil.Process(truck.process.pid)
    everybody = [main, *main.children(recursive=True)]
    return "".join(" ".join(p.cmdline()) + json.dumps(p.environ()) for p in everybody)


def _haulwatch(*arguments):
    command = [sys.executable, "-I", "-m", "agent", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def test_a_cameras_password_stays_in_its_file(simulated, cameras, tmp_path) -> None:
    truck = simulated
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    login = {"username": "viewer", "password_file": str(secret)}
    bed = {"name": "bed", "role": "body", "host": "127.0.0.1", "port": cameras["bed"].port}
    truck.cameras.append({**bed, "profile": "hikvision", **login})
    truck.add_camera("cab", cameras["cab"].url, role="cab", **login)
    truck.tables["log"] = {"level": "debug"}
    truck.start()
    truck.await_status(lambda s: all(s["cameras"].get(c, {}).get("connected") for c in cameras))
    said = [json.dumps(truck.status()), _processes(truck)]
    config = str(truck.config)
    shot = ("camera", "snapshot", "--config", config, "--output", "/dev/null", "--timeout", "5", "--camera")
    said.append(_haulwatch(*shot, "bed"))
    for camera in cameras.values():
        camera.fault("drop")
    truck.await_status(lambda s: not any(c["connected"] for c in s["cameras"].values()))
    for camera in cameras.values():
        camera.fault("login")
    refused = {
        "refuses this user and password",
        "answers but gives no video (path, user, password, or stalled)",
    }
    truck.await_status(lambda s: {c["reason"] for c in s["cameras"].values()} == refused)
    said += [json.dumps(truck.status()), _processes(truck)]
    for command in (["status"], ["doctor"], ["camera", "list"], ["config", "show"], ["config", "check"]):
        place = [config] if command[0] == "config" else ["--config", config]
        said.append(_haulwatch(*command, *place))
    assert truck.terminate() == 0
    said += [_haulwatch(*shot, "bed"), _haulwatch(*shot, "cab"), truck.log()]
    written = b"".join(f.read_bytes() for f in truck.folder.rglob("*") if f.is_file() and f != secret)
    everything = "\n".join(said)
    assert "camera bed" in everything
    assert "/Streaming/Channels/101" in everything
    for hidden in (PASSWORD, ENCODED):
        assert hidden not in everything
        assert hidden.encode() not in written
