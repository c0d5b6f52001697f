"""What the daemon writes to the card: SD cards and eMMC wear out by bytes written."""

from pathlib import Path
from typing import Any

from drivers.clock import Clock

_IO = Path("/proc/self/io")
_HOUR_NS = 3600 * 1_000_000_000
_SOON_NS = 60 * 1_000_000_000


class Wear:
    """Bytes that this process had sent to block devices since it was made (`write_bytes`, proc_pid_io(5)).

    The vision process, which writes pictures, is counted by itself.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock, self._began, self._first = clock, clock.mono_ns(), _written()

    def report(self) -> dict[str, Any]:
        """`bytes` and `hours` since then, and `bytes_per_hour`; None when it is not known."""
        now, took_ns = _written(), self._clock.mono_ns() - self._began
        count = None if now is None or self._first is None else now - self._first
        known = count is not None and took_ns > _SOON_NS
        return {
            "bytes": count,
            "hours": round(took_ns / _HOUR_NS, 3),
            "bytes_per_hour": round(count * _HOUR_NS / took_ns) if known and count is not None else None,
        }


def _written() -> int | None:
    try:
        lines = dict(line.split(": ") for line in _IO.read_text().splitlines())
        return int(lines["write_bytes"])
    except (OSError, KeyError, ValueError):
        return None
