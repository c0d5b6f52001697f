"""`haulwatch uplink test` against real brokers: what works, and what is said when it doesn't."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.sim.broker import free_port

CONFIG = """
[unit]
fleet = "muck"
vehicle = "truck-1"
[gnss]
source = "/dev/ttyUSB0"
"""


def run(folder: Path, *sinks: str, arguments: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    (folder / "agent.toml").write_text(CONFIG + "".join(f"[[sinks]]\n{sink}\n" for sink in sinks))
    command = [sys.executable, "-m", "agent", "uplink", "test", "--config", str(folder / "agent.toml")]
    command += arguments
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=90)


def steps(done: subprocess.CompletedProcess[str]) -> dict[str, bool]:
    assert done.stderr == ""
    return {line["step"]: line["ok"] for line in map(json.loads, done.stdout.splitlines())}


def test_a_link_that_works(broker, tmp_path: Path) -> None:
    done = run(tmp_path, f'name = "city"\nurl = "{broker.url}"', arguments=("--json",))
    assert done.returncode == 0
    assert steps(done) == {"connection": True, "publication": True, "round trip": True}
    protocol = "MQTT 3.1.1" if broker.kind == "amqtt" else "MQTT 5"
    assert f"{protocol}, not encrypted" in done.stdout


def test_one_that_is_dead_beside_one_that_works(broker, tmp_path: Path) -> None:
    dead = f'name = "fleet"\nurl = "mqtt://127.0.0.1:{free_port()}"'
    done = run(tmp_path, f'name = "city"\nurl = "{broker.url}"', dead)
    assert done.returncode == 3
    assert "fleet  FAIL  connection: connection refused" in done.stdout
    assert "city  ok    round trip" in done.stdout
    only = run(tmp_path, f'name = "city"\nurl = "{broker.url}"', dead, arguments=("--sink", "city"))
    assert only.returncode == 0
    other = run(tmp_path, dead, arguments=("--sink", "nobody"))
    assert (other.returncode, "no such sink" in other.stderr) == (3, True)


@pytest.mark.parametrize(
    ("allowed", "step", "said"),
    [
        ("topic read #", "publication", "refused: not authorized"),
        ("topic write #", "round trip", "may it read haulwatch/v1/muck/truck-1/state/test?"),
    ],
)
def test_an_access_rule_is_named(mosquitto, tmp_path: Path, allowed: str, step: str, said: str) -> None:
    (tmp_path / "acl").write_text(f"{allowed}\n")
    (tmp_path / "acl").chmod(0o644)
    tmp_path.chmod(0o755)
    broker = mosquitto(f"acl_file {tmp_path / 'acl'}")
    done = run(tmp_path, f'name = "city"\nurl = "{broker.url}"', arguments=("--json",))
    assert done.returncode == 3
    failed = [line for line in map(json.loads, done.stdout.splitlines()) if not line["ok"]]
    assert [line["step"] for line in failed] == [step]
    assert said in failed[0]["what"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    sink = 'name = "city"\nurl = "mqtts://127.0.0.1:1"\nca_file = "/nowhere/ca.pem"'
    done = run(tmp_path, sink)
    assert done.returncode == 3
    assert "FAIL  files: /nowhere/ca.pem: cannot be read" in done.stdout
