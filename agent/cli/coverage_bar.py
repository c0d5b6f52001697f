"""A day of the ledger as text: a bar per source, 80 columns wide, and each cause with its time.

The glyphs differ, so that nothing is lost without colour. A cell shows what took most of its time; one that
was fine but for a part of it is half high.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

from rich.text import Text

from agent.cli.coverage_day import Day, End
from agent.ledger.account import Span
from agent.ledger.causes import NOT_CONFIGURED, State, is_fine

WIDTH = 80
_LABEL = 14
_CELLS = WIDTH - _LABEL
_US = 1_000_000
_HOLES = "▄"
_GLYPHS: dict[str, tuple[str, str]] = {
    "fine": ("█", "green"),
    "poor": ("▒", "yellow"),
    "none": ("░", "red"),
    "blind": ("░", "red"),
    "down": ("░", "red"),
    "stopped": ("x", "magenta"),
    "off": ("·", "bright_black"),
    "absent": (" ", "bright_black"),
    "unplaced": ("?", "magenta"),
}
_LEGEND = "█ fine  ▄ fine with holes  ▒ poor  ░ none, blind, down  x not running  · off"
_COUNTED = 4  # findings that are shown


def lines(day: Day) -> Iterator[Text]:
    """The whole picture."""
    yield Text(f"{day.date}  {day.zone}  {length(day.bounds[1] - day.bounds[0])} accounted for")
    if not day.spans:
        yield Text("nothing is known of this day")
    else:
        yield from _bars(day)
    yield from _ends(day)
    for boot in day.unplaced:
        yield Text(f"boot {boot.boot[:8]} ran {length(boot.until_us - boot.since_us)}, nobody knows when")
    for found in day.findings[:_COUNTED]:
        yield Text(f"DOES NOT ADD UP: {found}")
    if len(day.findings) > _COUNTED:
        yield Text(f"and {len(day.findings) - _COUNTED} more")


def _bars(day: Day) -> Iterator[Text]:
    lo, hi = day.bounds
    yield _line((_ruler(day), "bright_black"))
    for name, spans in day.spans.items():
        yield _line((_label(name), ""), *_cells(spans, lo, hi))
    yield _line((_LEGEND, "bright_black"))
    for name, causes in day.causes.items():
        for cause, us in causes.items():
            share = 100 * us / max(1, hi - lo)
            glyph, style = _glyph(cause.state)
            why = f"  {cause.why}" if cause.why else ""
            line = f" {cause.state:8}{length(us):>12} {share:5.1f} %{why}"
            yield _line((_label(name), ""), (glyph, style), (line, ""))


def _label(name: str) -> str:
    return f"{name[: _LABEL - 1]:{_LABEL}}"


def _cells(spans: list[Span], lo: int, hi: int) -> list[tuple[str, str]]:
    """One glyph per cell; cells meet without a gap, so that every moment is in one."""
    edges = [lo + (hi - lo) * n // _CELLS for n in range(_CELLS + 1)]
    found, at = [], 0
    for first, last in pairwise(edges):
        while at < len(spans) and spans[at].until_us <= first:
            at += 1
        found.append(_cell(spans[at:], first, last))
    return found


def _cell(spans: list[Span], first: int, last: int) -> tuple[str, str]:
    shares: dict[State, int] = {}
    for span in spans:
        if span.since_us >= last:
            break
        shares[span.cause.state] = shares.get(span.cause.state, 0) + (
            min(span.until_us, last) - max(span.since_us, first)
        )
    most = max(shares, key=lambda s: shares[s], default=NOT_CONFIGURED.state)
    return (_HOLES, "green") if is_fine(most) and len(shares) > 1 else _glyph(most)


def _glyph(state: State) -> tuple[str, str]:
    return _GLYPHS["fine" if is_fine(state) else state]


def _ruler(day: Day) -> str:
    """Local times over the bar's ends and its middle."""
    lo, hi = day.bounds
    form = "%H:%M" if hi - lo >= 3600 * _US else "%H:%M:%S"
    left, middle, right = (
        datetime.fromtimestamp(at / _US, day.zone).strftime(form) for at in (lo, (lo + hi) // 2, hi)
    )
    half = _CELLS // 2
    first = f"{left}{middle:>{half - len(left) + len(middle) // 2}}"
    return " " * _LABEL + first + f"{right:>{_CELLS - len(first)}}"


def _ends(day: Day) -> Iterator[Text]:
    """When and where the agent ended without warning."""
    for end in day.ends:
        if not end.clean:
            at = datetime.fromtimestamp(end.at_us / _US, day.zone).strftime("%H:%M:%S")
            yield Text(f"agent: stopped without warning at {at}{_place(end)}")


def _place(end: End) -> str:
    place: dict[str, Any] | None = end.place
    return "" if place is None else f", last fix {place['lat']:.5f}, {place['lon']:.5f}"


def length(us: int) -> str:
    """A time as hours, minutes and seconds; tenths where it is short."""
    seconds = us / _US
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min {rest:02} s"


def _line(*parts: tuple[str, str]) -> Text:
    text = Text.assemble(*parts)
    text.rstrip()
    return text
