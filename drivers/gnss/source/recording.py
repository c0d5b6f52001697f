"""A recording as a source: the bytes of a file, epoch by epoch, at the pace at which they were recorded."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Self

from drivers.clock import Clock
from drivers.errors import DeviceMissing, SourceEnded
from drivers.gnss.source.address import Recording

_TIME = re.compile(
    rb"\$[A-Z]{2}(?:(?:RMC|GGA|GNS),|GLL,[^,\r\n]*,[^,\r\n]*,[^,\r\n]*,[^,\r\n]*,)"
    rb"(\d\d)(\d\d)(\d\d(?:\.\d+)?),"
)
_CHUNK = 65_536  # bytes read at once; so much without any time goes out as one burst
_TAIL = 128  # a sentence with a time that the chunk's end may cut
_DAY_S = 86_400.0
_LONGEST_S = 60.0  # a pause in the recording counts for no more
_QUIET_S = 0.3
_NS = 1_000_000_000


class RecordingConnection:
    """An open recording; `read` waits until the next epoch is due. At its end it raises SourceEnded."""

    quiet_ends_epoch = False  # a burst may hold the first sentences of the next epoch

    def __init__(self, source: Recording, file: BinaryIO, clock: Clock) -> None:
        self.name, self._file, self._clock = source.path, file, clock
        self._bursts = paced(bursts(file), source.rate_hz)
        self._never = threading.Event()
        self._due_ns = clock.mono_ns()
        self._next: bytes | None = None

    @classmethod
    def open(cls, source: Recording, clock: Clock) -> Self:
        """Open the file; raises DeviceMissing."""
        try:
            file = Path(source.path).open("rb")  # noqa: SIM115 - closed by close()
        except OSError as e:
            raise DeviceMissing(
                f"cannot be read ({e.strerror})", where=source.path, remedy="name a recording"
            ) from e
        return cls(source, file, clock)

    def read(self) -> bytes:
        """The next epoch when it is due within 0.3 s, else nothing; raises SourceEnded."""
        if self._next is None:
            self._fetch()
        wait_s = (self._due_ns - self._clock.mono_ns()) / _NS
        if wait_s > 0:
            self._never.wait(min(wait_s, _QUIET_S))
        if wait_s > _QUIET_S:
            return b""
        burst, self._next = self._next or b"", None
        return burst

    def moved(self) -> bool:
        """Never: a file stays."""
        return False

    def silence(self) -> str:
        """The phrase for a pause in the recording."""
        return "a pause in the recording"

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fetch(self) -> None:
        try:
            pause_s, self._next = next(self._bursts)
        except StopIteration:
            raise SourceEnded("recording ended", where=self.name, remedy="name another one") from None
        except OSError as e:
            raise SourceEnded(f"recording ended ({e.strerror})", where=self.name, remedy="copy it") from e
        self._due_ns += round(pause_s * _NS)


def bursts(file: BinaryIO) -> Iterator[tuple[float | None, bytes]]:
    """A recording cut where its time of day changes: (second of the day or None, bytes) each."""
    rest, moment = b"", None
    while chunk := file.read(_CHUNK):
        rest += chunk
        cuts = list(_changes(rest[: len(rest) if len(chunk) < _CHUNK else -_TAIL], moment))
        begin = 0
        for at, next_moment in cuts:
            if at > begin:
                yield moment, rest[begin:at]
            begin, moment = at, next_moment
        rest = rest[begin:]
        if len(rest) > _CHUNK:
            yield moment, rest
            rest = b""
    if rest:
        yield moment, rest


def paced(cut: Iterator[tuple[float | None, bytes]], rate_hz: float | None) -> Iterator[tuple[float, bytes]]:
    """(seconds to wait before it, bytes) each: 1/rate, or the difference of the recorded times."""
    last: float | None = None
    first = True
    for moment, burst in cut:
        pause = 0.0
        if rate_hz is not None:
            pause = 0.0 if first else 1 / rate_hz
        elif moment is not None and last is not None:
            ahead = (moment - last) % _DAY_S
            pause = min(ahead, _LONGEST_S) if ahead < _DAY_S / 2 else 0.0  # a step back is no pause
        first, last = False, moment if moment is not None else last
        yield pause, burst


def _changes(text: bytes, moment: float | None) -> Iterator[tuple[int, float]]:
    """Where a sentence has another time than the one before: (offset, second of the day)."""
    for timed in _TIME.finditer(text):
        found = int(timed[1]) * 3600 + int(timed[2]) * 60 + float(timed[3])
        if found != moment:
            yield timed.start(), found
        moment = found
