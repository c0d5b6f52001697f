"""A serial line made of a pseudo-terminal, under a name that stays over unplugging and plugging in."""

import contextlib
import os
import select
import tty
from pathlib import Path


class Pty:
    """The device's end of a pty in raw mode; `path` is the other end, for the program under test.

    With `link`, a symbolic link of that name always points to the newest pty. Like a UART, the line loses
    what nobody reads.
    """

    def __init__(self, link: Path | None = None) -> None:
        self._link = link
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.path = Path(os.ttyname(slave))
        os.close(slave)
        os.set_blocking(self._master, False)
        if link:
            _point(link, self.path)

    def write(self, burst: bytes) -> int:
        """Send bytes; returns how many the reader's side took (0 when nobody has it open)."""
        self._discard_input()
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

    def _discard_input(self) -> None:
        with contextlib.suppress(OSError):  # nothing sent to us, or nobody there
            while os.read(self._master, 4096):
                pass


def _point(link: Path, target: Path) -> None:
    """Point the link to the target in one step, so that no reader finds it missing."""
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
