"""What may go over a metered link now, by a rate and by a month's budget. Pure: it is told time and bytes.

The rate is a bucket of bytes that fills steadily. What is urgent never waits for it but is owed, so that the
rest waits longer. Of a month's budget the last part is kept for what matters: nothing is dropped, what may
not go waits for the next month or an unmetered link.
"""

from collections.abc import Callable

import msgspec

from agent.config_budget import Budget
from buffer.records import Record

SECOND = 1_000_000_000
NEAR, CLOSE, SPENT = 80, 95, 100
"""Percent of the month's bytes: pictures wait but those of violations; all pictures wait and health thins;
only `ALWAYS` and a sparse live fix go."""
ALWAYS = ("life", "event", "trip", "coverage")
_URGENT = ("life", "event", "trip")
_SPARSE_NS = 60 * SECOND
_HOUR_NS = 3600 * SECOND


class Month(msgspec.Struct, frozen=True):
    """Bytes on the air over metered links in one calendar month, `YYYY-MM`; None: before any was known."""

    month: str | None = None
    bytes: int = 0


class Scheduler:
    """The budget of one sink; `spent` is what was counted before."""

    def __init__(self, budget: Budget, spent: Month) -> None:
        self._budget = budget
        self.spent = spent
        self.metered = True
        self._credit = float(budget.burst_bytes)
        self._filled: int | None = None
        self._live: int | None = None

    @property
    def limits(self) -> bool:
        """Whether anything is limited on this link."""
        return self.metered and bool(self._budget.rate_bytes_s or self._budget.month_bytes)

    @property
    def counts(self) -> bool:
        """Whether bytes on this link are counted."""
        return self.metered and self._budget.month_bytes > 0

    @property
    def level(self) -> int:
        """0, or the highest of NEAR, CLOSE and SPENT that the month has reached."""
        if not self._budget.month_bytes:
            return 0
        share = self.spent.bytes * 100 // self._budget.month_bytes
        return max((step for step in (NEAR, CLOSE, SPENT) if share >= step), default=0)

    def count(self, more: int, month: str | None) -> None:
        """So many bytes were on the air in this month; None: nobody knows the date, so it is the same one."""
        known = self.spent
        if month is not None and known.month is not None and month > known.month:
            known = Month(month)
        self.spent = Month(known.month or month, known.bytes + more)

    def took(self, size: int, now: int) -> None:
        """A message of `size` bytes was handed over."""
        if self._budget.rate_bytes_s:
            self._fill(now)
            self._credit -= size

    def may(self, stream: str, now: int) -> bool:
        """Whether a message of this stream may go now."""
        if not self.limits:
            return True
        level = self.level
        if (level >= SPENT and stream not in ALWAYS) or (level >= CLOSE and stream == "media"):
            return False
        return stream in _URGENT or self._has_credit(now)

    def may_live(self, now: int) -> bool:
        """Whether the newest fix may go now, as volatile copy; if so, it is taken to go."""
        if self.limits and not self._has_credit(now):
            return False
        if self.limits and self.level >= SPENT and self._live is not None and now - self._live < _SPARSE_NS:
            return False
        self._live = now
        return True

    @property
    def grave_only(self) -> bool:
        """Whether of pictures only those of violations may go."""
        return self.limits and self.level >= NEAR

    @property
    def thins(self) -> bool:
        """Whether of the regular reports of health only some may go."""
        return self.limits and self.level >= CLOSE

    def ready_ns(self, now: int) -> int | None:
        """When the bucket has something again; None: it has."""
        if not self.limits or self._has_credit(now):
            return None
        return now + round(-self._credit / self._budget.rate_bytes_s * SECOND) + 1

    def _has_credit(self, now: int) -> bool:
        if not self._budget.rate_bytes_s:
            return True
        self._fill(now)
        return self._credit > 0

    def _fill(self, now: int) -> None:
        if self._filled is not None:
            more = (now - self._filled) / SECOND * self._budget.rate_bytes_s
            self._credit = min(float(self._budget.burst_bytes), self._credit + more)
        self._filled = now


def hourly() -> Callable[[Record], bool]:
    """A test that lets all pass but the regular reports, of which one an hour."""
    last: dict[str, int] = {}

    def passes(record: Record) -> bool:
        if record.type != "health.report":
            return True
        if record.boot in last and record.mono_ns - last[record.boot] < _HOUR_NS:
            return False
        last[record.boot] = record.mono_ns
        return True

    return passes
