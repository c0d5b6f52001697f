"""A serial line made of a pseudo-terminal, under a name that stays over unplugging and plugging in."""

import errno
import fcntl
import os
import select
import struct
import termios
import tty
from collections.abc import Iterable
from pathlib import Path

_TCGETS2 = 0x802C542A  # ioctl_tty(2): struct termios2, whose last two words are the speeds in figures
_TERMIOS2_BYTES = 44


class Pty:
    """The device's end of a pty in raw mode; `path` is the other end, for the program under test.

    With `link`, a symbolic link of that name always points to the newest pty. Like a UART, the line loses
    what nobody reads. `baud` is the speed it has until a reader sets another. Raises OSError where the link
    cannot be made.
    """

    def __init__(self, link: Path | None = None, baud: int | None = None) -> None:
        self._link = link
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.path = Path(os.ttyname(slave))
        os.close(slave)
        os.set_blocking(self._master, False)
        if baud:
            self._set(baud)
        if link:
            self._name(link)

    def baud(self) -> int:
        """The speed that the reader's side is set to; the two ends share one setting."""
        words = bytearray(_TERMIOS2_BYTES)
        fcntl.ioctl(self._master, _TCGETS2, words)
        return int(struct.unpack_from("I", words, _TERMIOS2_BYTES - 4)[0])

    def read(self) -> bytes:
        """What the reader's side has written; waits for nothing."""
        if not self.attended():
            return b""
        try:
            return os.read(self._master, 4096)
        except OSError:  # nothing there, or just closed
            return b""

    def write(self, burst: bytes) -> int:
        """Send bytes; returns how many the reader's side took (0 when nobody has it open)."""
        if not self.attended():
            return 0
        try:
            return os.write(self._master, burst)
        except BlockingIOError:  # the reader is too slow
            return 0

    def close(self) -> None:
        """Unplug: readers get an end of file, the link is removed."""
        os.close(self._master)
        if self._link and self._link.is_symlink() and os.readlink(self._link) == str(self.path):
            self._link.unlink()

    def attended(self) -> bool:
        """Whether somebody has the other end open."""
        poll = select.poll()
        poll.register(self._master, select.POLLOUT)
        return not any(events & select.POLLHUP for _, events in poll.poll(0))

    def _name(self, link: Path) -> None:
        try:
            _point(link, self.path)
        except OSError:
            os.close(self._master)
            raise

    def register(self, poll: select.poll) -> None:
        """Have bytes from the reader's side watched for."""
        poll.register(self._master, select.POLLIN)

    def _set(self, baud: int) -> None:
        """Only speeds that termios has a name for; others are the reader's to set."""
        if speed := getattr(termios, f"B{baud}", None):
            settings = termios.tcgetattr(self._master)
            settings[4] = settings[5] = speed
            termios.tcsetattr(self._master, termios.TCSANOW, settings)


def await_writing(lines: Iterable[Pty], seconds: float) -> None:
    """Until a reader writes to one of the lines, at most so long; somebody has each of them open."""
    poll = select.poll()
    for line in lines:
        line.register(poll)
    poll.poll(max(0.0, seconds) * 1000)


def _point(link: Path, target: Path) -> None:
    """Point the link to the target in one step, so that no reader finds it missing.

    Raises OSError where it cannot be made, FileExistsError for something else than a link.
    """
    if link.exists() and not link.is_symlink():
        raise FileExistsError(errno.EEXIST, "is there and is no link", str(link))
    if not link.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "its folder is missing", str(link))
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
