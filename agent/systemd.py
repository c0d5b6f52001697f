"""What the service manager is told: sd_notify(3) without a dependency.

Each message is one datagram to the socket named by NOTIFY_SOCKET; without that variable nothing is sent, so
the daemon runs the same from a shell. A message that cannot be sent is counted and logged, never raised: the
truck's work goes before the service manager's knowledge of it.
"""

import logging
import os
import socket
import time
from collections.abc import Mapping

log = logging.getLogger(__name__)


class Notifier:
    """Speaks to the service manager that `environment` (os.environ) names.

    `failures` counts the messages that could not be sent.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._watchdog = environment.get("WATCHDOG_USEC"), environment.get("WATCHDOG_PID")
        self.failures = 0

    def ready(self, status: str | None = None) -> None:
        """Start-up, or a reload, is complete."""
        self._send("READY=1", status)

    def status(self, status: str) -> None:
        """One line for `systemctl status`."""
        self._send("", status)

    def watchdog(self) -> None:
        """The work goes on; due more often than every `watchdog_s()`."""
        self._send("WATCHDOG=1")

    def stopping(self, status: str | None = None) -> None:
        """Shutdown has begun."""
        self._send("STOPPING=1", status)

    def reloading(self) -> None:
        """A reload has begun; `ready` ends it. The stamp is CLOCK_MONOTONIC, as Type=notify-reload asks."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def watchdog_s(self) -> float | None:
        """The time in seconds after which silence counts as a hang; None when this process is not watched."""
        usec, pid = self._watchdog
        if usec is None or (pid is not None and pid != str(os.getpid())):
            return None
        if not usec.isascii() or not usec.isdigit() or int(usec) == 0:
            log.warning("WATCHDOG_USEC is %r, no time in microseconds; the watchdog is not fed", usec)
            return None
        return int(usec) / 1_000_000

    def _send(self, message: str, status: str | None = None) -> None:
        if not self._address:
            return
        if status is not None:
            message = f"{message}\nSTATUS={' '.join(status.split())}".lstrip()
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.settimeout(1.0)
                out.sendto(message.encode(), _socket_name(self._address))
        except OSError as e:
            self.failures += 1
            log.warning("the service manager at %s was not told %r: %s", self._address, message, e)


def _socket_name(address: str) -> str:
    """An address that starts with @ is in the abstract namespace (unix(7)): a zero byte stands for the @."""
    return "\0" + address[1:] if address.startswith("@") else address
