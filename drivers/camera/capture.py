"""One camera kept open: newest frame wins, and no native call can hold up anybody but its own thread.

A stream is read by a thread of its own. When it ends or fails, the next is opened after a back-off; when its
thread does not come back from native code, it is abandoned (and counted), since a thread cannot be killed.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Literal

from drivers.camera.frame import Frame
from drivers.camera.spec import CameraSource
from drivers.camera.stream import Stream, open_stream
from drivers.clock import Clock
from drivers.errors import DriverError
from drivers.readings import CameraHealth

log = logging.getLogger(__name__)
SECOND = 1_000_000_000
_FIRST_NS, _CAP_NS = SECOND, 10 * SECOND
_RATE_NS = 5 * SECOND
Open = Callable[[CameraSource, Callable[[float], object]], Stream]
Stage = Literal["opening", "reading", "ended"]


class Capture:
    """Keeps `source` open from `start` to `stop`; `tend` must be called about once a second.

    `arrived` is called, in the capture's thread, for each decoded frame. Frames are taken from the stream as
    they come, so that the newest is never old, and decoded only after `want`, and once after each opening.
    """

    def __init__(
        self,
        source: CameraSource,
        clock: Clock,
        arrived: Callable[[], None] = lambda: None,
        opener: Open = open_stream,
    ) -> None:
        self.source = source
        self._clock, self._arrived, self._open = clock, arrived, opener
        self._lock = threading.Lock()
        self._session: _Session | None = None
        self._abandoned: list[_Session] = []
        self._newest: Frame | None = None
        self._taken: deque[int] = deque()
        self._wanted = True
        self._number = self._opened = 0
        self._due_ns = self._delay_ns = 0
        self._last_ns: int | None = None
        self._reason: str | None = "not opened yet"

    def start(self) -> None:
        """Open the camera, in the background."""
        self._begin(self._clock.mono_ns())

    def stop(self, wait_s: float = 0.0) -> bool:
        """Close the camera; False when its thread has not ended within `wait_s`."""
        session = self._session
        if session is None:
            return True
        session.stop.set()
        session.thread.join(wait_s)
        return not session.thread.is_alive()

    def want(self) -> None:
        """Decode the next frame that comes."""
        with self._lock:
            self._wanted = True

    def newest(self) -> Frame | None:
        """The last decoded frame of the stream that is open now; None while there is none."""
        with self._lock:
            return self._newest

    @property
    def abandoned(self) -> int:
        """How many threads hang in native code now."""
        return sum(session.thread.is_alive() for session in self._abandoned)

    @property
    def failed(self) -> str | None:
        """Why the stream ended, between its end and the next `tend`; None while it goes on."""
        session = self._session
        return session.reason if session and session.stage == "ended" else None

    def tend(self) -> None:
        """Open again what ended, once its back-off is over; abandon a thread that does not come back."""
        now = self._clock.mono_ns()
        session = self._session
        if session is None:
            if now >= self._due_ns:
                self._begin(now)
        elif session.stage == "ended":
            self._lost(session.reason or "the stream ended", now)
        elif now - session.progress_ns > session.patience_ns:
            session.stop.set()
            self._abandoned = [s for s in self._abandoned if s.thread.is_alive()] + [session]
            self._lost(f"silent for {session.patience_ns / SECOND:g} s", now)

    def health(self) -> CameraHealth:
        """The state now."""
        now = self._clock.mono_ns()
        with self._lock:
            while self._taken and now - self._taken[0] > _RATE_NS:
                self._taken.popleft()
            frame, count, last = self._newest, len(self._taken), self._last_ns
            reason = self._reason
        width, height = frame.size if frame else (None, None)
        return CameraHealth(
            mono_ns=now,
            camera=self.source.name,
            role=self.source.role,
            connected=reason is None,
            reason=reason,
            fps=self._fps(now, count),
            age_s=None if last is None else round((now - last) / SECOND, 3),
            width=width,
            height=height,
            opened=self._opened,
        )

    def _fps(self, now: int, count: int) -> float:
        """Frames per second over the last 5 s, or since the stream opened if that is less."""
        span = now - self._taken[0] if count > 1 else 0
        return round((count - 1) * SECOND / span, 1) if span > 0 else 0.0

    def _begin(self, now: int) -> None:
        self._session = _Session(self, self._clock, now)
        self._session.thread.start()

    def _lost(self, reason: str, now: int) -> None:
        """The stream is gone: say why, and when to try again."""
        self._delay_ns = min(_CAP_NS, self._delay_ns * 2) if self._delay_ns else _FIRST_NS
        self._due_ns = now + self._delay_ns
        with self._lock:
            changed, self._reason = self._reason != reason, reason
            self._session = self._newest = None
            self._taken.clear()
        if changed:
            log.warning("camera %s (%s): %s", self.source.name, self.source.shown, reason)

    def _took(self, session: "_Session", stream: Stream) -> None:
        """A frame came: count it, and decode it if somebody wants it."""
        with self._lock:
            if session is not self._session:
                return  # abandoned in the meantime
            wanted, self._wanted = self._wanted or self._newest is None, False
        image = stream.retrieve() if wanted else None
        with self._lock:
            if session is not self._session:
                return
            self._number += 1
            self._last_ns = session.progress_ns
            self._taken.append(session.progress_ns)
            recovered = image is not None and self._reason is not None
            if image is not None:
                self._newest = Frame(image, self._number, session.progress_ns)
            elif wanted:
                self._wanted = True  # a damaged one: try the next
            if recovered:
                self._reason, self._delay_ns = None, 0
                self._opened += 1
        if recovered:
            log.info("camera %s (%s): gives frames", self.source.name, self.source.shown)
        if image is not None:
            self._arrived()

    def _stream(self, wait: Callable[[float], object]) -> Stream:
        return self._open(self.source, wait)


class _Session:
    """One opening of the camera, in its own thread; the thread only ever touches its own session."""

    def __init__(self, capture: Capture, clock: Clock, now: int) -> None:
        self.stop = threading.Event()
        self.stage: Stage = "opening"
        self.reason: str | None = None
        self.progress_ns = now
        self._capture, self._clock = capture, clock
        source = capture.source
        self.thread = threading.Thread(target=self._run, name=f"camera {source.name}", daemon=True)

    @property
    def patience_ns(self) -> int:
        """How long the thread may make no progress; opening may take its own time-out and a margin."""
        source = self._capture.source
        patience = (
            max(source.silent_s, source.open_timeout_s * 1.5) if self.stage == "opening" else source.silent_s
        )
        return round(patience * SECOND)

    def _run(self) -> None:
        try:
            stream = self._capture._stream(self.stop.wait)
        except DriverError as e:
            self.reason = e.what
        except Exception as e:  # noqa: BLE001 - whatever native code throws, the camera is opened again
            self.reason = f"could not be opened ({type(e).__name__})"
        else:
            self._read(stream)
        self.stage = "ended"

    def _read(self, stream: Stream) -> None:
        self.stage = "reading"
        self.progress_ns = self._clock.mono_ns()
        try:
            while not self.stop.is_set():
                if not stream.grab():
                    self.reason = self._end()
                    return
                self.progress_ns = self._clock.mono_ns()
                self._capture._took(self, stream)
        except Exception as e:  # noqa: BLE001 - as above; the message may hold the address, so only its type
            self.reason = f"reading failed ({type(e).__name__})"
        finally:
            stream.close()

    def _end(self) -> str:
        waited_s = (self._clock.mono_ns() - self.progress_ns) / SECOND
        return f"no frame for {waited_s:.0f} s" if waited_s >= 1 else "the stream ended"
