"""One camera kept open: newest frame wins, and no native call can hold up anybody but its own thread.

A stream is read by a thread of its own. When it ends or fails, the next is opened after a back-off. A thread
that does not come back from native code cannot be killed, and what it holds is lost to the process: nothing
more is opened for its camera until it comes back, and `hung` tells that the process should be replaced.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable

from drivers.camera.frame import Frame
from drivers.camera.keyframes import SECOND, Keyframes
from drivers.camera.picture import Detail, Stream, whole
from drivers.camera.session import Open, Session
from drivers.camera.spec import CameraSource
from drivers.clock import Clock
from drivers.readings import CameraHealth

log = logging.getLogger(__name__)
_FIRST_NS, _CAP_NS = SECOND, 10 * SECOND
_RATE_NS = 5 * SECOND


class Capture:
    """Keeps `source` open from `start` to `stop`; `tend` must be called about once a second.

    `arrived` is called, in the capture's thread, for each decoded frame. Frames are taken from the stream as
    they come, so that the newest is never old, and decoded only after `want`, and once after each opening.
    Captures of one process share one `opener`; `detail` tells, for a size, by which factor a picture may be
    shrunk while it is decoded.
    """

    def __init__(
        self,
        source: CameraSource,
        clock: Clock,
        arrived: Callable[[], None],
        opener: Open,
        detail: Detail = whole,
    ) -> None:
        self.source = source
        self._clock, self._arrived, self._detail = clock, arrived, detail
        self._open = opener
        self._keyframes = Keyframes(source.read_timeout_s, source.decode)
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._hung: Session | None = None
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
            return not self.hung
        session.stop.set()
        session.thread.join(wait_s)
        return not session.thread.is_alive()

    def want(self) -> None:
        """Decode the next frame that comes."""
        with self._lock:
            self._wanted = True

    def aim(self, period_s: float | None) -> None:
        """Frames are wanted once in `period_s`, None for seldom; keyframes alone are decoded if enough."""
        self._keyframes.period_s = period_s

    def newest(self) -> Frame | None:
        """The last decoded frame of the stream that is open now; None while there is none."""
        with self._lock:
            return self._newest

    @property
    def hung(self) -> bool:
        """Whether a thread of this camera has not come back from native code."""
        return self._hung is not None and self._hung.thread.is_alive()

    @property
    def failed(self) -> str | None:
        """Why the stream ended, between its end and the next `tend`; None while it goes on."""
        session = self._session
        return session.reason if session and session.stage == "ended" else None

    def tend(self) -> None:
        """Open again what ended, once its back-off is over; give up on a thread that does not come back."""
        now = self._clock.mono_ns()
        session = self._session
        if session is None:
            if now >= self._due_ns and not self.hung:
                self._begin(now)
        elif session.stage == "ended":
            self._lost(session.reason or "the stream ended", now)
        elif now - session.progress_ns > session.patience_ns:
            session.stop.set()
            self._hung = session
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
        self._session = Session(self.source, self._clock, self._open, self._keyframes, self._took)
        self._session.start(now)

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

    def _took(self, session: Session, stream: Stream) -> None:
        """A frame came: count it, and decode it if somebody wants it."""
        with self._lock:
            if session is not self._session:
                return  # given up in the meantime
            wanted, self._wanted = self._wanted or self._newest is None, False
        picture = stream.retrieve(self._detail) if wanted else None
        with self._lock:
            if session is not self._session:
                return
            self._number += 1
            self._last_ns = session.progress_ns
            self._taken.append(session.progress_ns)
            recovered = picture is not None and self._reason is not None
            if picture is not None:
                image, size, coded = picture
                self._newest = Frame(image, self._number, session.progress_ns, coded, size)
            elif wanted:
                self._wanted = True  # a damaged one: try the next
            if recovered:
                self._reason, self._delay_ns = None, 0
                self._opened += 1
        if recovered:
            log.info("camera %s (%s): gives frames", self.source.name, self.source.shown)
        if picture is not None:
            self._arrived()
