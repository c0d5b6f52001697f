"""One life of the vision process, with the pipes to and from it."""

import logging
import os
import signal
import subprocess
import threading

from agent.vision.wire import FromVision, Setup, ToVision, pack, reports

log = logging.getLogger(__name__)
SECOND = 1_000_000_000
# Of glibc: one heap for all threads, and decoded pictures go back to the system. With two 1080p cameras it
# saves 6 (JPEG) to 23 MB (H.264) of some 170, and costs nothing that can be measured.
_MALLOC = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "2000000"}


class Line:
    """Starts the process and tells it its set-up. Any thread may send messages, one thread receives them."""

    def __init__(self, command: list[str], setup: Setup, now_ns: int) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            process_group=0,
            env=os.environ | _MALLOC,
        )
        self.setup = setup
        self.failure: str | None = None
        self.hung: str | None = None  # the camera whose thread it says hangs
        self.heard_ns = now_ns
        self._incoming = reports()
        self._lock = threading.Lock()
        self.send(setup)

    @property
    def fd(self) -> int:
        """Where its reports come."""
        if self.process.stdout is None:
            raise TypeError("the process has no pipe")
        return self.process.stdout.fileno()

    def send(self, message: ToVision) -> None:
        """Write one message; a process that is gone is found by the reading side, so no error here."""
        with self._lock:
            pipe = self.process.stdin
            try:
                if pipe is not None and not pipe.closed:
                    pipe.write(pack(message))
            except BrokenPipeError:
                log.debug("vision process: %s came too late", type(message).__name__)

    def receive(self, now_ns: int) -> list[FromVision] | None:
        """The messages that are there, waiting for some; None when the pipe ended."""
        part = os.read(self.fd, 65536)
        if not part:
            return None
        self.heard_ns = now_ns
        return self._incoming.feed(part)

    def end(self, wait_s: float) -> int:
        """Close stdin, wait, kill what does not go; returns the exit status (negative: the signal)."""
        try:
            if self._lock.acquire(timeout=wait_s):
                try:
                    if self.process.stdin:
                        self.process.stdin.close()
                finally:
                    self._lock.release()
            return self.process.wait(wait_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            if self.process.stdout:
                self.process.stdout.close()


class Calm:
    """How often a process may be replaced: at once, and again after 60 s, 120 s… up to 600 s.

    A camera that hangs each time would else cost the others more than it is worth. After ten quiet minutes
    it begins anew.
    """

    _FIRST_NS, _CAP_NS = 60 * SECOND, 600 * SECOND

    def __init__(self) -> None:
        self._last_ns: int | None = None
        self._gap_ns = self._FIRST_NS

    def allows(self, now_ns: int) -> bool:
        """Whether it may be replaced now."""
        return self._last_ns is None or now_ns - self._last_ns >= self._gap_ns

    def count(self, now_ns: int) -> None:
        """It is being replaced."""
        quiet = self._last_ns is None or now_ns - self._last_ns >= self._gap_ns + self._CAP_NS
        self._gap_ns = self._FIRST_NS if quiet else min(2 * self._gap_ns, self._CAP_NS)
        self._last_ns = now_ns


def how(status: int) -> str:
    """An exit status in words."""
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
