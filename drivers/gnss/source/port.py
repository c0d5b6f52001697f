"""A serial port held by us alone, through pyserial; says who holds it when we can't."""

import contextlib
import errno
import fcntl
import logging
import os
import select
import termios
from pathlib import Path
from typing import Self

import serial

from drivers.errors import DeviceBusy, DeviceLost, DeviceMissing

log = logging.getLogger(__name__)
_GATHER_S = 0.02  # bytes come singly; to look at each costs more than to decode them
_QUIET_S = 0.3  # a line quiet for that long is between two bursts; well under the second between two beats
_WRITE_S = 0.5
_MOST = 4096  # bytes at once: what a tty keeps
_BUSY = (errno.EBUSY, errno.EAGAIN)


class Port:
    """An open tty. `open` raises DeviceMissing or DeviceBusy, `read` and `write` DeviceLost."""

    quiet_ends_epoch = True

    def __init__(self, source: str, line: serial.Serial) -> None:
        self.name, self._line = source, line
        self.device = target(source)

    @classmethod
    def open(cls, source: str, baud: int) -> Self:
        """Open and lock a tty (flock for programs that ask, TIOCEXCL for those that don't).

        A program that had it open before, without a lock, would take half of the bytes: then it is busy too.
        """
        try:
            line = serial.Serial(source, baud, timeout=_QUIET_S, write_timeout=_WRITE_S, exclusive=True)
            fcntl.ioctl(line.fileno(), termios.TIOCEXCL)
        except (OSError, ValueError, termios.error) as e:
            raise _refusal(source, e) from e
        self = cls(source, line)
        if rivals := holders(source):
            self.close()
            raise _busy(source, rivals)
        return self

    def read(self) -> bytes:
        """What has come; nothing when the line was quiet for 0.3 s."""
        try:
            fd = self._line.fileno()
            if not select.select([fd], [], [], _QUIET_S)[0]:
                return b""
            select.select([], [], [], _GATHER_S)
            chunk = os.read(fd, _MOST)  # at once: pyserial's own way takes four calls for each few bytes
        except BlockingIOError:
            return b""
        except (OSError, ValueError, termios.error) as e:
            raise self._loss(e) from e
        if not chunk:  # ready, and nothing to read: hung up, or somebody else took it
            raise self._loss(EOFError("end of file"))
        return chunk

    def write(self, chunk: bytes) -> None:
        """Send bytes to the device; gives up after half a second."""
        try:
            self._line.write(chunk)
        except (OSError, termios.error) as e:  # a time-out is an OSError too
            raise self._loss(e) from e

    def set_baud(self, baud: int) -> None:
        """Change the speed and forget what came at the old one."""
        try:
            self._line.baudrate = baud
            self._line.reset_input_buffer()
        except (OSError, ValueError, termios.error) as e:
            raise self._loss(e) from e

    def silence(self) -> str:
        """The phrase for hearing nothing; it may name a thief, since TIOCEXCL does not stop root."""
        rivals = holders(self.device)
        return f"also read by {', '.join(rivals)}" if rivals else "silent"

    def moved(self) -> bool:
        """Whether the path leads to another device by now."""
        return target(self.name) != self.device

    def close(self) -> None:
        """Unlock and close; a device that is gone is no error."""
        with contextlib.suppress(OSError, termios.error):
            fcntl.ioctl(self._line.fileno(), termios.TIOCNXCL)
        with contextlib.suppress(OSError, termios.error):
            self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _loss(self, error: Exception) -> DeviceLost:
        readers = holders(self.device)
        if readers:
            return DeviceLost(
                f"also read by {', '.join(readers)}", where=self.name, remedy="stop that program"
            )
        log.debug("%s: %s", self.name, error)
        return DeviceLost("unplugged", where=self.name, remedy="plug the receiver in again")


def target(path: str) -> str:
    """Where a path leads; to itself while its link goes away, which `realpath` takes for an error."""
    try:
        return os.path.realpath(path)
    except OSError:
        return os.path.abspath(path)


def holders(device: str) -> list[str]:
    """The other processes that have a device open, as `name (pid N)`; root sees all, others their own."""
    device = target(device)
    found = {}
    for pid in sorted((name for name in os.listdir("/proc") if name.isdecimal()), key=int):
        with contextlib.suppress(OSError):  # the process ended, or is none of our business
            if int(pid) != os.getpid() and _has_open(pid, device):
                found[pid] = Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
    return [f"{name} (pid {pid})" for pid, name in found.items()]


def _has_open(pid: str, device: str) -> bool:
    """Whether a process has the device open; asked each second of all of them, so without detours."""
    folder = f"/proc/{pid}/fd"
    for fd in os.listdir(folder):
        with contextlib.suppress(OSError):  # closed meanwhile
            if os.readlink(f"{folder}/{fd}") == device:
                return True
    return False


def _refusal(source: str, error: Exception) -> DeviceMissing | DeviceBusy:
    if getattr(error, "errno", None) in _BUSY:
        return _busy(source, holders(source) or ["another process"])
    if not Path(source).exists():
        return DeviceMissing(
            "no such device", where=source, remedy="plug it in, or see `haulwatch gnss ports`"
        )
    if not Path(source).is_char_device():
        return DeviceMissing("is no serial port", where=source, remedy="see `haulwatch gnss ports`")
    return DeviceMissing(f"cannot be opened ({error})", where=source, remedy="see `haulwatch gnss ports`")


def _busy(source: str, names: list[str]) -> DeviceBusy:
    return DeviceBusy(f"in use by {', '.join(names)}", where=source, remedy="stop that program")
