"""The main process's side of pictures: passes orders on, follows them up, and has old pictures cleared.

A worker of the supervisor. Whoever orders never waits: orders lie here until the vision process takes them,
and each gets exactly one answer, if need be that none came.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from functools import partial

import msgspec

from agent.channels import InboxFull
from agent.model import Observation, PictureFailed, PictureOrder, PicturesDeleted, PictureTaken
from agent.pictures.clearing import Clearing
from drivers.clock import Clock

log = logging.getLogger(__name__)
SECOND = 1_000_000_000
_MOST_ORDERS = 64
_GRACE_S = 15.0  # beside the camera's own time: the vision process may have to be started again
_ROUND_NS = 120 * SECOND
_PAUSE_S = 0.25
Answer = PictureTaken | PictureFailed


class Links(msgspec.Struct, frozen=True):
    """`ask` passes an order on and gives the pid of who has it, None: nobody; `pid` who would have it now.

    `put` takes observations and raises InboxFull.
    """

    ask: Callable[[PictureOrder], int | None]
    pid: Callable[[], int | None]
    put: Callable[[Observation], None]


class _Open:
    """An order without an answer, and the pid of the process that has it."""

    def __init__(self, order: PictureOrder) -> None:
        self.order = order
        self.pid: int | None = None

    def is_answered_by(self, seen: Answer) -> bool:
        wish = self.order.snapshot
        key = (wish.camera, wish.subject, wish.why, wish.frame is not None, wish.when)
        return key == (seen.camera, seen.subject, seen.why, seen.decided, seen.when)


class PictureDesk:
    """See above; `order`, `answered` and `deleted` serve any thread and never block.

    A camera may take `wait_s` to give a frame.
    """

    def __init__(self, links: Links, clearing: Clearing, clock: Clock, wait_s: float) -> None:
        self._links, self._clearing, self._clock = links, clearing, clock
        self._patience_ns = round((wait_s + _GRACE_S) * SECOND)
        self._lock = threading.Condition()
        self._news = False
        self._open: list[_Open] = []
        self._out: deque[Observation] = deque()
        self._confirmed: deque[PicturesDeleted] = deque()

    def order(self, order: PictureOrder) -> None:
        """Have a picture taken."""
        with self._lock:
            if len(self._open) < _MOST_ORDERS:
                self._open.append(_Open(order))
            else:
                self._out.append(self._failure(order, "too many pictures are wanted at once"))
            self._ring()

    def answered(self, seen: Answer) -> None:
        """The vision process says what became of an order; an order that was given up is answered already."""
        with self._lock:
            mine = next((o for o in self._open if o.is_answered_by(seen)), None)
            if mine is not None:
                self._open.remove(mine)
                self._out.append(seen)
                self._ring()

    def deleted(self, seen: PicturesDeleted) -> None:
        """The journal has the record of these deletions."""
        self._confirmed.append(seen)

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until `stop` is set; then no order is left without an answer."""
        due_ns = self._clock.mono_ns()
        self._on_disk(self._clearing.begin)
        while not stop.is_set():
            beat()
            self._follow_up()
            self._tell()
            while self._confirmed:
                self._on_disk(partial(self._clearing.confirmed, self._confirmed.popleft()))
            if self._clock.mono_ns() >= due_ns:
                due_ns = self._clock.mono_ns() + _ROUND_NS
                self._on_disk(lambda: self._out.extend(self._clearing.round(beat)))
            with self._lock:
                self._lock.wait_for(lambda: self._news or stop.is_set(), _PAUSE_S)
                self._news = False
        self._give_up("the agent stopped", lambda _: True)
        self._tell()

    def _ring(self) -> None:
        self._news = True
        self._lock.notify()

    def _follow_up(self) -> None:
        with self._lock:
            waiting = [o for o in self._open if o.pid is None or o.pid != self._links.pid()]
        for each in waiting:
            each.pid = self._links.ask(each.order)  # not under the lock: the pipe may be full
        now = self._clock.mono_ns()
        late = "no answer from the vision process"
        self._give_up(late, lambda o: now - o.order.mono_ns > self._patience_ns)

    def _give_up(self, reason: str, which: Callable[[_Open], bool]) -> None:
        with self._lock:
            for each in [o for o in self._open if which(o)]:
                self._open.remove(each)
                self._out.append(self._failure(each.order, reason))

    def _tell(self) -> None:
        """Put what is to be told into the inbox; what finds no room there waits."""
        while self._out:
            try:
                self._links.put(self._out[0])
            except InboxFull as e:
                log.warning("pictures: %s", e)
                return
            self._out.popleft()

    def _failure(self, order: PictureOrder, reason: str) -> PictureFailed:
        wish, now = order.snapshot, self._clock.mono_ns()
        decided = wish.frame is not None
        return PictureFailed(now, wish.camera, wish.subject, wish.why, reason, decided, wish.when)

    def _on_disk(self, work: Callable[[], None]) -> None:
        """A disk that fails costs this round only."""
        try:
            work()
        except OSError as e:
            log.warning("pictures: %s", e)
