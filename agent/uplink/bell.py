"""Waking a thread that waits in poll(2)."""

import os
import threading


class Bell:
    """An eventfd(2) that other threads ring; `fd` is readable from a ring until `clear`."""

    def __init__(self) -> None:
        self.fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._lock = threading.Lock()
        self._open = True

    def ring(self) -> None:
        """Wake the waiting thread; nothing happens after `close`."""
        with self._lock:
            if self._open:
                os.eventfd_write(self.fd, 1)

    def clear(self) -> bool:
        """Whether it rang since the last call."""
        try:
            return os.eventfd_read(self.fd) > 0
        except BlockingIOError:
            return False

    def close(self) -> None:
        """Give the descriptor back."""
        with self._lock:
            if self._open:
                self._open = False
                os.close(self.fd)
