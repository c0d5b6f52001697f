"""What the service manager is told: sd_notify(3) without a dependency.

Each message is one datagram to the socket that NOTIFY_SOCKET names; without that variable nothing is sent, so
the daemon runs the same from a shell. A message is one or more lines: `READY=1`, `WATCHDOG=1`, `STOPPING=1`,
`STATUS=one line for systemctl status`.
"""

import logging
import os
import socket
import time
from collections.abc import Mapping

log = logging.getLogger(__name__)


def notify(message: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Send one message; whether it was sent. A failure is logged, never raised: the work goes first."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
            out.settimeout(1.0)
            out.sendto(message.encode(), _socket_name(address))
    except OSError as e:
        log.warning("the service manager at %s was not told %r: %s", address, message, e)
        return False
    return True


def notify_reloading(environment: Mapping[str, str] = os.environ) -> bool:
    """A reload has begun, `READY=1` will end it; the stamp is CLOCK_MONOTONIC, as systemd 253 asks."""
    return notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}", environment)


def watchdog_s(environment: Mapping[str, str] = os.environ) -> float | None:
    """After how many seconds without `WATCHDOG=1` this process is killed; None when it is not watched."""
    usec, pid = environment.get("WATCHDOG_USEC"), environment.get("WATCHDOG_PID")
    if usec is None or (pid is not None and pid != str(os.getpid())):
        return None
    if not (usec.isascii() and usec.isdigit() and int(usec)):
        log.warning("WATCHDOG_USEC is %r, no time in microseconds: taken as no watchdog", usec)
        return None
    return int(usec) / 1_000_000


def _socket_name(address: str) -> str:
    """An address that starts with @ is in the abstract namespace (unix(7)): a zero byte stands for the @."""
    return "\0" + address[1:] if address.startswith("@") else address
