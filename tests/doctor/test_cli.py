"""`haulwatch doctor` as a technician and a tool call it."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from agent.doctor.examination import examine
from tests.doctor.unit import toml, write

BARE = {
    "unit": {"fleet": "f", "vehicle": "v"},
    "gnss": {"source": "/dev/no-such-port"},
    "zones": {"file": "/no/such/zones"},
}
ENGLISH = os.environ | {"LC_ALL": "en_US.UTF-8"}


@pytest.fixture
def config(tmp_path):
    tables = BARE | {"journal": {"path": tmp_path / "journal.db"}, "status": {"socket": tmp_path / "sock"}}
    return write(tmp_path / "agent.toml", toml(tables))


def doctor(config, *arguments, **more):
    command = [sys.executable, "-I", "-m", "agent", "doctor", "--config", str(config), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **more)


def test_in_english_and_in_chinese(config):
    english = doctor(config, "--only", "receiver", env=ENGLISH)
    assert english.returncode == 1
    assert "✗ receiver.port  /dev/no-such-port: No such file or directory" in english.stdout
    assert "→ check plug and cable" in english.stdout
    chinese = doctor(config, "--only", "receiver", "--lang", "zh", env=ENGLISH)
    assert "✗ receiver.port  /dev/no-such-port：不存在" in chinese.stdout
    assert chinese.stderr == english.stderr == ""


def test_as_json_a_finding_a_line(config):
    done = doctor(config, "--json", "--only", "receiver.port", "--only", "zones", "--lang", "en")
    found = {line["code"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert list(found) == [
        "receiver.port",
        "zones.none",
        "zones.file",
        "zones.signature",
        "zones.crs",
        "zones.sites",
    ]
    port = found["receiver.port"]
    assert (port["group"], port["level"], port["subject"]) == ("receiver", "fail", "")
    assert port["facts"] == {"port": "/dev/no-such-port", "why": "No such file or directory"}
    assert all(line["do"] for line in found.values() if line["level"] in ("warn", "fail"))


def test_the_exit_code_goes_by_severity(config):
    assert doctor(config, "--only", "config").returncode == 0
    assert doctor(config, "--only", "camera.none").returncode == 0
    assert doctor(config, "--only", "camera.none", "--strict").returncode == 1
    assert doctor(config, "--only", "zones.file").returncode == 1
    wrong = doctor(config, "--only", "antena")
    assert (wrong.returncode, "antena is no group and no code" in wrong.stderr) == (2, True)


def test_watching_tells_what_changes(config, tmp_path):
    command = [sys.executable, "-I", "-m", "agent", "doctor", "--config", config]
    command += ["--watch", "--json", "--only", "zones.file"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watching:
        assert json.loads(watching.stdout.readline())["level"] == "fail"
        text = (tmp_path / "agent.toml").read_text()
        (tmp_path / "agent.toml").write_text(text.replace("[zones]\nfile", "[zones]\ngrace_m = 1.0 #"))
        assert json.loads(watching.stdout.readline())["level"] == "skip"
        watching.send_signal(signal.SIGINT)
        assert watching.wait(10) in (0, 1)  # of the last whole round


def test_a_check_that_hangs_is_a_finding_in_time(tmp_path, config):
    """A pipe that nobody writes to, where a file should be."""
    os.mkfifo(tmp_path / "pipe")
    text = (tmp_path / "agent.toml").read_text().replace("/no/such/zones", str(tmp_path / "pipe"))
    (tmp_path / "agent.toml").write_text(text)
    begun = time.monotonic()
    done = doctor(config, "--only", "zones", "--only", "permits", "--json", "--lang", "en")
    assert time.monotonic() - begun < 30  # 15 s on a machine that does nothing else
    found = {line["code"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert found["zones.file"]["what"] == "file of zones: no answer within 12 s"
    assert found["permits.file"]["level"] == "skip"
    assert done.returncode == 1


def test_a_configuration_that_cannot_be_read_is_the_only_finding(tmp_path):
    (tmp_path / "agent.toml").write_text("[unit")
    assert [f.code for f in examine(tmp_path / "agent.toml") if f.bad] == ["config.file"]
