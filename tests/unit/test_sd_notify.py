"""sd_notify against real datagram sockets."""

import logging
import os
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.systemd import notify, notify_reloading, watchdog_s


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """The service manager's end: the value of NOTIFY_SOCKET and the listening socket."""
    address = str(tmp_path / "notify") if request.param == "path" else f"@haulwatch-{uuid.uuid4()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address.replace("@", "\0", 1) if request.param == "abstract" else address)
        listener.settimeout(5)
        yield address, listener


def test_each_message_is_one_datagram(manager) -> None:
    address, listener = manager
    messages = ["READY=1\nSTATUS=3 workers run", "WATCHDOG=1", "STOPPING=1"]
    assert all(notify(message, {"NOTIFY_SOCKET": address}) for message in messages)
    assert [listener.recv(4096).decode() for _ in messages] == messages


def test_a_reload_carries_the_monotonic_time(manager) -> None:
    address, listener = manager
    assert notify_reloading({"NOTIFY_SOCKET": address})
    reloading, stamp = listener.recv(4096).decode().split("\n")
    assert reloading == "RELOADING=1"
    assert stamp.removeprefix("MONOTONIC_USEC=").isdigit()


def test_the_environment_of_the_process_counts(manager, monkeypatch) -> None:
    address, listener = manager
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    assert notify("READY=1")
    assert listener.recv(4096) == b"READY=1"


def test_without_a_service_manager_nothing_is_sent() -> None:
    assert not notify("READY=1", {})
    assert watchdog_s({}) is None


def test_a_vanished_service_manager_is_logged(tmp_path: Path, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        assert not notify("WATCHDOG=1", {"NOTIFY_SOCKET": str(tmp_path / "gone")})
    assert "was not told 'WATCHDOG=1'" in caplog.text


@pytest.mark.parametrize(
    ("usec", "pid", "expected"),
    [
        pytest.param("60000000", str(os.getpid()), 60.0, id="own"),
        ("60000000", None, 60.0),
        ("60000000", "1", None),  # meant for another process
        (None, None, None),
        ("0", None, None),
        ("soon", None, None),
        ("²", None, None),
    ],
)
def test_the_watchdog_time(usec, pid, expected) -> None:
    given = {"WATCHDOG_USEC": usec, "WATCHDOG_PID": pid}
    assert watchdog_s({k: v for k, v in given.items() if v is not None}) == expected
