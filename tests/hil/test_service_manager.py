"""The daemon as the service file starts it, against a service manager's socket."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.hil
UNIT = Path(__file__).parents[2] / "systemd" / "haulwatch.service"


class Manager:
    """Starts the service file's command and hears what the daemon tells."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "agent.toml"
        self._address = str(folder / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self._address)
        self._socket.settimeout(60)
        self.daemon: subprocess.Popen[bytes] | None = None

    def start(self) -> "Manager":
        line = next(text for text in UNIT.read_text().splitlines() if text.startswith("ExecStart="))
        command = line.removeprefix("ExecStart=").split()
        command[0], command[-1] = sys.executable, str(self.config)
        environment = os.environ | {"NOTIFY_SOCKET": self._address, "WATCHDOG_USEC": "60000000"}
        self.daemon = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
        return self

    def hear(self, wanted: str) -> list[str]:
        """The messages up to the first one that begins with `wanted`."""
        heard = [self._socket.recv(4096).decode()]
        while not heard[-1].startswith(wanted):
            heard.append(self._socket.recv(4096).decode())
        return heard

    def silent(self) -> bool:
        """Whether nothing has been said that was not heard."""
        self._socket.setblocking(False)
        try:
            return not self._socket.recv(4096)
        except BlockingIOError:
            return True

    def close(self) -> None:
        if self.daemon:
            self.daemon.kill()
            self.daemon.communicate()
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """A manager whose configuration has a receiver, no camera and no platform."""
    receiver, line = os.openpty()
    found = Manager(tmp_path)
    found.config.write_text(
        f'unit = {{ fleet = "f", vehicle = "v" }}\ngnss = {{ source = "{os.ttyname(line)}" }}\n'
        f'journal = {{ path = "{tmp_path}/journal.db" }}\nstatus = {{ socket = "{tmp_path}/agent.sock" }}\n'
    )
    yield found
    found.close()
    os.close(receiver)
    os.close(line)


def test_ready_then_the_watchdog_is_fed_then_stopping(manager) -> None:
    manager.start()
    assert manager.hear("READY=1")[0].startswith("READY=1")
    manager.hear("WATCHDOG=1")
    manager.hear("WATCHDOG=1")
    manager.daemon.terminate()
    manager.hear("STOPPING=1")
    assert manager.daemon.wait(60) == 0


def test_a_reload_leaves_the_daemon_running(manager) -> None:
    manager.start().hear("READY=1")
    manager.daemon.send_signal(signal.SIGHUP)
    manager.hear("WATCHDOG=1")
    manager.hear("WATCHDOG=1")
    assert manager.daemon.poll() is None


def test_the_watchdogs_signal_leaves_every_threads_stack_in_the_log(manager) -> None:
    manager.start().hear("WATCHDOG=1")
    manager.daemon.send_signal(signal.SIGABRT)
    _, log = manager.daemon.communicate(timeout=60)
    assert b"most recent call first" in log
    assert log.count(b"Thread 0x") >= 2


def test_a_wrong_configuration_is_never_ready(manager) -> None:
    manager.config.write_text("[unit]\n")
    _, log = manager.start().daemon.communicate(timeout=60)
    assert manager.daemon.returncode == 78
    assert log.count(b"\n") == 1
    assert manager.silent()
