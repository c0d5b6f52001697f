"""The service files, judged by systemd's own tools and against the code they start."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from agent.cli.main import haulwatch
from agent.cli.output import BAD_CONFIG, CONFIG
from agent.config import JournalConfig, Status

FILES = Path(__file__).parents[2] / "systemd"
UNIT = (FILES / "haulwatch.service").read_text()
needs_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed"
)


def values(key: str) -> list[str]:
    return [line.partition("=")[2] for line in UNIT.splitlines() if line.startswith(f"{key}=")]


def tool(*command: object) -> str:
    """What a tool says; an exit code other than 0 fails the test."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@needs_systemd
def test_systemd_finds_nothing_to_say(tmp_path: Path) -> None:
    unit = tmp_path / "haulwatch.service"
    unit.write_text(UNIT.replace("/opt/haulwatch/venv/bin/python", sys.executable))
    assert tool("systemd-analyze", "verify", "--recursive-errors=no", "--man=no", unit) == ""


@needs_systemd
def test_the_exposure_is_at_most_two() -> None:
    security = ("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager")
    assert "Overall exposure level" in tool(*security, FILES / "haulwatch.service")


@needs_systemd
def test_the_account_and_its_folders_are_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    tool("systemd-sysusers", f"--root={tmp_path}", FILES / "haulwatch.sysusers.conf")
    groups = (tmp_path / "etc/group").read_text().splitlines()
    members = {g.partition(":")[0] for g in groups if g.endswith(":haulwatch")}
    assert {"dialout", "video", "gpio", "audio"} <= members
    if os.geteuid() == 0:  # only root may give folders away
        tool("systemd-tmpfiles", "--create", f"--root={tmp_path}", FILES / "haulwatch.tmpfiles.conf")
        assert (tmp_path / "etc/haulwatch/secrets").stat().st_mode & 0o777 == 0o700


def test_the_service_starts_a_command_that_exists() -> None:
    python, *flags = values("ExecStart")[0].split()
    module = flags.index("agent")
    noun, option, file = flags[module + 1 :]
    assert python.startswith("/opt/haulwatch/venv/")
    assert flags[:module] == ["-I", "-X", "faulthandler", "-m"]
    command = haulwatch.get_command(click.Context(haulwatch), noun)
    assert command is not None
    assert option in {name for parameter in command.params for name in parameter.opts}
    assert file == str(CONFIG)


def test_a_wrong_configuration_ends_the_restarts() -> None:
    assert values("RestartPreventExitStatus") == [str(BAD_CONFIG)]


def test_the_service_may_write_where_the_defaults_say() -> None:
    assert JournalConfig().path.parent == Path("/var/lib", *values("StateDirectory"))
    assert Status().socket.parent == Path("/run", *values("RuntimeDirectory"))


def test_the_clock_may_be_asked_but_not_set() -> None:
    assert "adjtimex clock_adjtime clock_adjtime64" in values("SystemCallFilter")
    assert values("ProtectClock") == []
    assert values("CapabilityBoundingSet") == [""]
