"""One file of a bundle, and the patience with which it is made."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence

import msgspec

_STEP_S = 0.1
_MOST = 8_000_000  # bytes of one part


class Missing(Exception):  # noqa: N818 - reads as what happened
    """A part cannot be had; the text says why, in one phrase."""


class Part(msgspec.Struct, frozen=True):
    """`make` gives the file's content; after `soft_s` it is told to end, after `hard_s` left behind.

    What it is given is set when it should end: what is there by then counts. It may raise anything.
    """

    name: str
    make: Callable[[threading.Event], bytes]
    soft_s: float = 3.0
    hard_s: float = 6.0


def made(part: Part) -> bytes:
    """The content of a part; raises Missing."""
    stop, done = threading.Event(), threading.Event()
    content: list[bytes] = []
    reasons: list[str] = []

    def work() -> None:
        try:
            content.append(part.make(stop))
        except Missing as e:
            reasons.append(str(e))
        except Exception as e:  # noqa: BLE001 - whatever is broken, the rest is wanted all the more
            reasons.append(f"{type(e).__name__}: {e}")
        done.set()

    threading.Thread(target=work, name=f"bundle {part.name}", daemon=True).start()
    if not done.wait(part.soft_s):
        stop.set()
        if not done.wait(part.hard_s - part.soft_s):
            raise Missing(f"not there within {part.hard_s:g} s")
    if reasons:
        raise Missing(reasons[0])
    return content[0][-_MOST:]


def command(*words: str) -> Callable[[threading.Event], bytes]:
    """What a program prints; told to stop it is asked to end (SIGTERM), and killed a second later."""
    return lambda stop: output(words, stop)


def output(words: Sequence[str], stop: threading.Event) -> bytes:
    """What a program prints until it ends; raises Missing when it fails with nothing printed."""
    try:
        child = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )
    except OSError as e:
        raise Missing(f"{words[0]}: {e.strerror}") from e
    watch = threading.Thread(target=_end_when, args=(child, stop), daemon=True)
    watch.start()
    said, complaint = child.communicate()
    if child.returncode and not said:
        last = complaint.decode(errors="replace").strip().splitlines()
        raise Missing(last[-1] if last else f"{words[0]} ended with {child.returncode}")
    return said


def _end_when(child: "subprocess.Popen[bytes]", stop: threading.Event) -> None:
    """The whole group, so that no grandchild keeps the pipe open."""
    while child.poll() is None and not stop.wait(_STEP_S):
        continue
    for number, patience_s in ((signal.SIGTERM, 1.0), (signal.SIGKILL, 1.0)):
        if child.poll() is not None:
            return
        with contextlib.suppress(OSError):
            os.killpg(child.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(patience_s)
