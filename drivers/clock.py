"""The clock that is passed in.

A truck boots without a set clock, so a moment is always (boot id, CLOCK_BOOTTIME) and only sometimes UTC.
CLOCK_BOOTTIME, unlike CLOCK_MONOTONIC, goes on during suspend (clock_gettime(2)).
"""

import ctypes
import time
from pathlib import Path
from typing import Literal, Protocol

import msgspec

Origin = Literal["gnss", "ntp", "rtc", "unsynced"]
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TIME_ERROR = 5  # adjtimex(2): the kernel clock is not synchronised


class Stamp(msgspec.Struct, frozen=True):
    """One moment: boot id, ns since that boot, ns since 1970 UTC or None, and where UTC came from."""

    boot: str
    mono_ns: int
    utc_ns: int | None
    origin: Origin


class Clock(Protocol):
    """What the agent asks of time; durations are differences of `mono_ns`."""

    @property
    def boot(self) -> str:
        """The id of the running boot."""
        ...

    def mono_ns(self) -> int:
        """Nanoseconds since boot, suspend included."""
        ...

    def stamp(self, mono_ns: int | None = None) -> Stamp:
        """The moment `mono_ns` (now by default) with the UTC that is known now."""
        ...

    def anchor(self, utc_ns: int, mono_ns: int) -> None:
        """Take a receiver's word that UTC was `utc_ns` at `mono_ns`; it then goes before the system's."""
        ...


class SystemClock:
    """The machine's clock.

    A system time before `not_before_ns` (UTC) is taken as unset: the origin is then `unsynced` until a
    receiver anchors it.
    """

    def __init__(self, not_before_ns: int) -> None:
        self.boot = _BOOT_ID.read_text().strip()
        self._not_before_ns = not_before_ns
        self._anchored: tuple[int, int] | None = None

    def mono_ns(self) -> int:
        """Nanoseconds since boot, suspend included."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    def anchor(self, utc_ns: int, mono_ns: int) -> None:
        """Take a receiver's word that UTC was `utc_ns` at `mono_ns`."""
        self._anchored = (utc_ns, mono_ns)

    def stamp(self, mono_ns: int | None = None) -> Stamp:
        """The moment `mono_ns` (now by default) with the UTC that is known now."""
        now = self.mono_ns()
        at = now if mono_ns is None else mono_ns
        if self._anchored:
            utc, mono = self._anchored
            return Stamp(self.boot, at, utc + at - mono, "gnss")
        system = time.time_ns()
        if system < self._not_before_ns:
            return Stamp(self.boot, at, None, "unsynced")
        return Stamp(self.boot, at, system - (now - at), "ntp" if _ntp_synchronised() else "rtc")


class _Timex(ctypes.Structure):
    """The head of struct timex (adjtimex(2)); the rest is padding that the kernel fills."""

    _fields_ = [("modes", ctypes.c_uint), ("rest", ctypes.c_byte * 252)]


def _ntp_synchronised() -> bool:
    """Whether a time daemon disciplines the kernel clock; reading needs no privilege."""
    libc = ctypes.CDLL(None)
    return 0 <= int(libc.adjtimex(ctypes.byref(_Timex()))) < _TIME_ERROR
