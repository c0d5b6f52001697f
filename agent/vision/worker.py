"""The vision process: owns every camera and the model, so that a native crash or hang costs only it.

Run as `python -I -m agent.vision.worker`; orders come on stdin, reports go to stdout (`agent.vision.wire`),
log lines go to stderr. It ends when stdin closes, on SIGTERM, and when it cannot do its work.
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO

import cv2

from agent.errors import AgentError
from agent.vision.judges import Judges
from agent.vision.memory import give_back
from agent.vision.watch import Vision
from agent.vision.wire import Failed, FromVision, Ready, Setup, orders, send
from drivers.camera.stream import Opener
from drivers.clock import SystemClock

log = logging.getLogger("vision")


class _Outlet:
    """The pipe of reports, which the loop and the shots' thread share."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe, self._lock = pipe, threading.Lock()

    def __call__(self, message: FromVision) -> None:
        with self._lock:
            send(self._pipe, message)


def main() -> None:
    """The process from its first to its last line."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="vision %(levelname)s %(message)s")
    pipe, report = _claim_pipes()
    code = 1
    try:
        _work(pipe, report)
        code = 0
    except (OSError, ValueError, TypeError) as e:  # the main process is gone, or speaks another language
        log.warning("the pipe to the main process broke: %s", e)
    except AgentError as e:
        log.warning("%s", e)
        report(Failed(str(e)))
    if any(t.daemon and t.is_alive() for t in threading.enumerate()):
        os._exit(code)  # a camera's thread hangs in native code, which the interpreter would wait for
    sys.exit(code)


def _work(pipe: int, report: Callable[[FromVision], None]) -> None:
    setup = _first_order(pipe)
    if setup is None:
        return
    opener = Opener(v4l_timeout_s=max((c.read_timeout_s for c in setup.cameras), default=5.0))
    judges = Judges.load(setup)
    give_back()  # what reading the model took
    vision = Vision(setup, judges, report, SystemClock(0), opener)
    signal.signal(signal.SIGTERM, lambda *_: vision.end())
    shadow = judges.shadow.model if judges.shadow else None
    report(Ready(judges.model, cv2.__version__, shadow, judges.lost))
    try:
        vision.run(pipe)
    finally:
        vision.close()


def _first_order(pipe: int) -> Setup | None:
    """The Setup; None when the pipe ends before it. Reads byte by byte, so as not to swallow what follows."""
    incoming = orders()
    while part := os.read(pipe, 1):
        for order in incoming.feed(part):
            if not isinstance(order, Setup):
                raise TypeError(f"vision pipe: {type(order).__name__} before Setup")
            return order
    return None


def _claim_pipes() -> tuple[int, _Outlet]:
    """Take stdin and stdout for the messages; what native code prints to fd 1 goes to stderr from now on."""
    pipe, out = os.dup(0), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return pipe, _Outlet(out)


if __name__ == "__main__":
    main()
