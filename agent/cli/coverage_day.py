"""One local day of the ledger, as `coverage show` tells of it."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from agent.ledger.account import Span
from agent.ledger.causes import Cause
from agent.ledger.days import totals, unplaced, window
from agent.ledger.timeline import Boot, Ledger

_US = 1_000_000


class End(msgspec.Struct, frozen=True):
    """The agent stopped at a moment (us since 1970): in order or not, and where the unit was then."""

    at_us: int
    clean: bool
    place: dict[str, Any] | None


class Day(msgspec.Struct):
    """The accounted part of a day, which is wholly in each source's spans; `causes` are their sums, us."""

    date: date
    zone: ZoneInfo
    spans: dict[str, list[Span]]
    causes: dict[str, dict[Cause, int]]
    ends: list[End]
    unplaced: list[Boot]
    findings: list[str]

    @property
    def bounds(self) -> tuple[int, int]:
        """From when to when something is known, us since 1970."""
        spans = next(iter(self.spans.values()), [])
        return (spans[0].since_us, spans[-1].until_us) if spans else (0, 0)

    @property
    def seconds(self) -> float:
        """How long that is."""
        lo, hi = self.bounds
        return (hi - lo) / _US

    @property
    def fine(self) -> bool:
        """Whether every source adds up to the same, and totals were those of their records."""
        lo, hi = self.bounds
        return not self.findings and all(sum(c.values()) == hi - lo for c in self.causes.values())


def day_of(ledger: Ledger, wanted: date | None, zone: ZoneInfo) -> Day:
    """The day that is wanted, else the newest of which something is known."""
    placed = [b for b in ledger.boots if b.offset_us is not None]
    if wanted is None:
        newest = max((b.until_us + (b.offset_us or 0) for b in placed), default=0)
        wanted = datetime.fromtimestamp(newest / _US, zone).date()
    lo, hi = midnight_us(wanted, zone), midnight_us(wanted + timedelta(days=1), zone)
    spans = window(ledger.boots, lo, hi)
    ends = [
        End(at, boot.clean, boot.place)
        for boot in placed
        if (boot.clean or boot is not placed[-1]) and lo <= (at := boot.until_us + (boot.offset_us or 0)) < hi
    ]
    causes = {name: totals(own) for name, own in spans.items()}
    return Day(wanted, zone, spans, causes, ends, unplaced(ledger.boots), ledger.findings)


def midnight_us(day: date, zone: ZoneInfo) -> int:
    """When a local day begins, us since 1970."""
    return round(datetime.combine(day, time(), zone).timestamp()) * _US


def rfc3339_us(at_us: int) -> str:
    """A moment in UTC."""
    return datetime.fromtimestamp(at_us / _US, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
