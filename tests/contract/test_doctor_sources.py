"""The doctor on sources that are no tty, and on a modem's control port."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.config_file import parse_config
from agent.doctor.findings import Finding
from agent.doctor.hardware import receiver
from drivers.clock import SystemClock
from drivers.sim.nmea import Pose, burst

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def findings(**gnss: object) -> dict[str, Finding]:
    config = parse_config({"unit": {"fleet": "f", "vehicle": "v"}, "gnss": gnss}, "x")
    return {finding.code: finding for finding in receiver(config, SystemClock(0), None)}


def test_a_recording_is_listened_to(tmp_path: Path) -> None:
    file = tmp_path / "drive.nmea"
    file.write_bytes(b"".join(burst(NOON + timedelta(seconds=n), Pose(31.0, 121.0)) for n in range(5)))
    found = findings(source=f"file:{file}?rate=20")
    assert {code: f.level for code, f in found.items()} == {"gnss.port": "ok", "gnss.fix": "ok"}


@pytest.mark.parametrize("source", ["gpsd://127.0.0.1:{port}", "file:/no/such/recording"])
def test_a_source_that_is_not_there(source: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    found = findings(source=source.format(port=port))
    assert {code: f.level for code, f in found.items()} == {"gnss.port": "fail", "gnss.fix": "skip"}
    assert found["gnss.port"].do


def test_a_control_port_that_is_not_there(tmp_path: Path) -> None:
    found = findings(source="/dev/null", control=str(tmp_path / "none"))
    assert found["gnss.control"].level == "fail"
