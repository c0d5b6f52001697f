"""The boots of a ledger laid out in UTC: every moment of a window has one cause of each source. Pure.

A boot's moments become UTC by one offset, so nothing is lost or counted twice within it. Between two boots
the agent did not run. Where clocks contradict each other the earlier boot is believed; a boot whose clock was
never set has a length and no place: it lies somewhere between its neighbours.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from agent.ledger.account import ALWAYS, Span
from agent.ledger.causes import NOT_CONFIGURED, Cause
from agent.ledger.timeline import Boot

change = msgspec.structs.replace


def window(boots: Sequence[Boot], from_us: int, to_us: int) -> dict[str, list[Span]]:
    """By source the spans in UTC (us since 1970) from the window's first accounted moment to its last.

    Of each source they follow each other without a hole; sources that were never there are left out.
    """
    laid: list[Span] = []
    names = list(dict.fromkeys([*ALWAYS, *(span.source for boot in boots for span in boot.spans)]))
    cursor: int | None = None
    unplaced: list[Boot] = []
    before: Boot | None = None
    for boot in boots:
        if boot.offset_us is None:
            unplaced.append(boot)
            continue
        begin = boot.since_us + boot.offset_us
        if cursor is not None and begin > cursor:
            laid += [Span(name, cursor, begin, _between(before, unplaced)) for name in names]
        laid += _placed(boot, names, begin if cursor is None else cursor)
        cursor = max(cursor or 0, boot.until_us + boot.offset_us)
        before, unplaced = boot, []
    return _by_source(laid, names, from_us, to_us)


def unplaced(boots: Iterable[Boot]) -> list[Boot]:
    """The boots whose clock was never set."""
    return [boot for boot in boots if boot.offset_us is None]


def totals(spans: Iterable[Span]) -> dict[Cause, int]:
    """Microseconds by cause, the longest first."""
    found: dict[Cause, int] = {}
    for span in spans:
        found[span.cause] = found.get(span.cause, 0) + span.until_us - span.since_us
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _between(before: Boot | None, meanwhile: Sequence[Boot]) -> Cause:
    if meanwhile:
        ran = sum(boot.until_us - boot.since_us for boot in meanwhile) / 1e6
        return Cause("unplaced", f"{len(meanwhile)} boots without a clock ran {ran:.0f} s of it")
    return Cause("stopped", "stopped in order" if before and before.clean else "stopped without warning")


def _placed(boot: Boot, names: Sequence[str], cursor: int) -> list[Span]:
    """A boot's spans in UTC, from `cursor` on; a source counts as not configured where it was none."""
    offset = boot.offset_us or 0
    return [
        span
        for name in names
        for own in _whole(name, boot.spans, (boot.since_us, boot.until_us))
        if (span := _moved(own, offset, cursor)).until_us > span.since_us
    ]


def _whole(name: str, spans: Iterable[Span], of: tuple[int, int]) -> Iterator[Span]:
    """A source's spans of a boot, and between them that there was no such source."""
    at, until = of
    for span in spans:
        if span.source == name:
            if span.since_us > at:
                yield Span(name, at, span.since_us, NOT_CONFIGURED)
            yield span
            at = span.until_us
    if at < until:
        yield Span(name, at, until, NOT_CONFIGURED)


def _moved(span: Span, offset: int, cursor: int) -> Span:
    return change(span, since_us=max(cursor, span.since_us + offset), until_us=span.until_us + offset)


def _by_source(laid: Iterable[Span], names: Sequence[str], from_us: int, to_us: int) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = {name: [] for name in names}
    for span in sorted(laid, key=lambda s: (s.since_us, s.until_us)):
        lo, hi = max(span.since_us, from_us), min(span.until_us, to_us)
        if lo < hi:
            _append(found[span.source], change(span, since_us=lo, until_us=hi))
    return {name: spans for name, spans in found.items() if spans and not _never_there(spans)}


def _append(spans: list[Span], span: Span) -> None:
    """With the one before, where nothing changed between them."""
    if spans and spans[-1].until_us == span.since_us and spans[-1].cause == span.cause:
        spans[-1] = change(spans[-1], until_us=span.until_us)
    else:
        spans.append(span)


def _never_there(spans: Sequence[Span]) -> bool:
    there = {"absent", "stopped", "unplaced"}
    return all(span.cause.state in there for span in spans) and any(s.cause.state == "absent" for s in spans)
