"""The count of a month's bytes on metered links: measured, kept over restarts, told near its end."""

import logging
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

import msgspec

from agent.config import Sink
from agent.model import BudgetState
from agent.uplink.budget import CLOSE, SECOND, Month, Scheduler
from agent.uplink.envelope import TRUSTED
from agent.uplink.status import BudgetStatus
from buffer.journal import Journal
from drivers.clock import Clock

log = logging.getLogger(__name__)
_KEEP_NS = 60 * SECOND  # so much of the count a power cut may take
Meter = Callable[[], int | None]


def _no_meter() -> None:
    """There is no connection."""


class Spending:
    """Of one sink. `zone` is the one whose calendar months count."""

    def __init__(self, sink: Sink, journal: Journal, clock: Clock) -> None:
        self.zone: tzinfo = UTC
        self._sink, self._notes, self._clock = sink, journal.notes, clock
        self._key = f"budget/{sink.name}"
        self.scheduler = Scheduler(sink.budget, self._known())
        self._meter: Meter = _no_meter
        self._tell: Callable[[BudgetState], None] = lambda _: None
        self._seen = 0  # bytes of this connection that are counted
        self._kept = clock.mono_ns()
        self._told: tuple[str | None, int] = (None, 0)
        self._beside: deque[int] = deque()

    def begin(self, meter: Meter, tell: Callable[[BudgetState], None], *, metered: bool) -> None:
        """A new connection: `meter` gives its bytes on the air so far, `tell` is told of levels."""
        self.scheduler.metered = metered
        self._meter, self._tell, self._seen = meter, tell, 0

    @property
    def metered(self) -> bool:
        """Whether the present link, or the last one, costs by the byte."""
        return self.scheduler.metered

    @property
    def allows_more(self) -> bool:
        """Whether the month has something left for pictures; any thread may ask."""
        return not self.scheduler.limits or self.scheduler.level < CLOSE

    def beside(self, size: int) -> None:
        """So many bytes were on the air beside the connection, for this sink; from any thread."""
        self._beside.append(size)

    def look(self) -> None:
        """Count what was on the air since the last look."""
        total = self._meter() if self.scheduler.counts else None
        if total is None:
            return
        now = self._clock.mono_ns()
        more = sum(self._beside.popleft() for _ in range(len(self._beside)))
        self.scheduler.count(max(0, total - self._seen) + more, self._month())
        self._seen = max(self._seen, total)
        if now - self._kept >= _KEEP_NS:
            self.keep()
        self._report(now)

    def end(self) -> None:
        """The connection is over."""
        self.look()
        self._meter = _no_meter
        self.keep()

    @property
    def status(self) -> BudgetStatus | None:
        """The state of the moment; None without a month's budget."""
        spent, limit = self.scheduler.spent, self._sink.budget.month_bytes
        return BudgetStatus(spent.month, spent.bytes, limit, self.scheduler.level) if limit else None

    def keep(self) -> None:
        """Have the count on disk with the journal's next commit."""
        if self._sink.budget.month_bytes:
            self._kept = self._clock.mono_ns()
            self._notes.put(self._key, msgspec.json.encode(self.scheduler.spent).decode())

    def _report(self, now: int) -> None:
        spent, level, limit = self.scheduler.spent, self.scheduler.level, self._sink.budget.month_bytes
        if level and self._told != (spent.month, level):
            self._tell(BudgetState(now, self._sink.name, spent.month or "", level, spent.bytes, limit))
        self._told = spent.month, level

    def _month(self) -> str | None:
        stamp = self._clock.stamp()
        if stamp.utc_ns is None or stamp.origin not in TRUSTED:
            return None
        return f"{datetime.fromtimestamp(stamp.utc_ns / SECOND, self.zone):%Y-%m}"

    def _known(self) -> Month:
        text = self._notes.under(self._key).get("")
        try:
            return Month() if text is None else msgspec.json.decode(text, type=Month)
        except msgspec.MsgspecError as e:
            log.warning("sink %s: the month's bytes cannot be read (%s); counting anew", self._sink.name, e)
            return Month()
