"""`haulwatch sim platform` as a process: ready, stopped, refused, its report."""

import json
import signal
import sqlite3
import subprocess
import sys

from agent.model import Emit, Track
from agent.records import entry
from drivers.readings import Fix

VEHICLE = "muck/truck-1"
PLATFORM = [sys.executable, "-m", "agent", "sim", "platform"]


def fill(rig, count):
    stamp = rig.clock.stamp()
    device = Emit("health", "device.changed", "receiver", {"connected": True, "reason": None})
    fix = Track(Fix(stamp.mono_ns, "3d", lat=31.2, lon=121.4))
    rig.journal.append([entry(e, stamp) for e in (device, fix) for _ in range(count)])


def test_as_a_command_it_says_when_it_is_ready_and_reports_at_its_end(broker, rig, until, tmp_path):
    command = [*PLATFORM, "--broker", broker.url, "--report"]
    command += ["--db", str(tmp_path / "p.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        ready = json.loads(process.stdout.readline())
        assert ready["protocol"] == (4 if broker.kind == "amqtt" else 5)
        fill(rig, 3)
        rig.start(rig.sink(broker.url))
        with sqlite3.connect(tmp_path / "p.db") as db:
            until(lambda: db.execute("select count(*) from fix").fetchone() == (3,))
            until(lambda: db.execute("select count(*) from message").fetchone() == (3,))
        process.send_signal(signal.SIGTERM)
        told = process.stdout.read()
    assert process.returncode == 0
    assert "1 vehicles, 4 messages, 3 fixes, 0 twice, 0 missing, 0 not in order" in told
    shown = [
        sys.executable,
        "-m",
        "agent",
        "sim",
        "platform",
        "report",
        "--db",
        str(tmp_path / "p.db"),
        "--json",
    ]
    made = json.loads(subprocess.run(shown, capture_output=True, check=True).stdout)
    assert made["vehicles"][0]["vehicle"] == VEHICLE


def test_a_broker_that_asks_for_a_name_gets_it_from_files(mosquitto, tmp_path):
    (tmp_path / "name").write_text("platform\n")
    (tmp_path / "word").write_text("secret\n")
    (tmp_path / "users").write_text("platform:secret\n")
    passwords = str(tmp_path / "users")
    subprocess.run(["mosquitto_passwd", "-U", passwords], check=True)
    broker = mosquitto("allow_anonymous false", f"password_file {passwords}")
    command = [*PLATFORM, "--broker", broker.url]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 3
    assert "not authori" in refused.stderr.lower()
    files = ["--username-file", str(tmp_path / "name"), "--password-file", str(tmp_path / "word")]
    with subprocess.Popen([*command, *files], stdout=subprocess.PIPE, text=True) as process:
        assert json.loads(process.stdout.readline())["broker"] == broker.url
        process.terminate()
    assert process.returncode == 0


def test_a_database_of_something_else_is_an_error(tmp_path):
    (tmp_path / "x.db").write_bytes(b"no database at all, but long enough to be read as one" * 40)
    command = [*PLATFORM, "report", "--db", str(tmp_path / "x.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert "x.db" in done.stderr
