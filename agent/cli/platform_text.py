"""A platform's report as lines for people."""

from collections.abc import Iterator

from agent.platform.report import Lane, Report, StreamReport

_LANE = "live p50/p95/max s"
_ROW = "  {:9} {:>8} {:>9} {:>6} {:>8} {:>7} {:>7}  {:24} {}"
_HEADS = ("stream", "messages", "fixes", "twice", "missing", "closed", "wrong", _LANE, "backlog")
_MOST = 20


def lines(made: Report) -> Iterator[str]:
    """The report, a table per vehicle, then what was not in order."""
    for known in made.vehicles[:_MOST]:
        state = f"session {known['session']}, agent {known['version']}" if known["session"] else ""
        yield f"{known['vehicle']}  {known['status'] or 'no state yet'}  {state}"
        yield _ROW.format(*_HEADS)
        yield from (_row(row) for row in made.streams if row.vehicle == known["vehicle"])
        yield from _gaps(made, known["vehicle"])
        for source, states in made.coverage.get(known["vehicle"], {}).items():
            yield f"  {source:14} " + ", ".join(f"{state} {s:.1f} s" for state, s in sorted(states.items()))
    if len(made.vehicles) > _MOST:
        yield f"and {len(made.vehicles) - _MOST} more vehicles; --json has them all"
    yield _totals(made)
    for lane, found in made.delays.items():
        yield f"delay {lane:8} {_lane(found)} of {found['number']}"
    counted = {"pictures": made.pictures, "commands": made.commands, "signatures": made.signatures}
    counted["trips"] = made.trips
    for name, counts in counted.items():
        if counts:
            yield f"{name}: " + ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    for trip in made.broken_trips[:_MOST]:
        yield f"trip {trip['trip']} of {trip['vehicle']} has versions {trip['versions']}: not one by one"
    for wrong in made.invalid[:_MOST]:
        yield f"not in order: {wrong['number']} x {wrong['topic']}: {wrong['reason']}"


def _row(row: StreamReport) -> str:
    numbers = (row.messages, row.fixes, row.duplicates, row.missing, row.closed, row.invalid)
    return _ROW.format(row.stream, *numbers, _lane(row.live), _lane(row.backlog))


def _gaps(made: Report, vehicle: str) -> Iterator[str]:
    for row in made.streams:
        if row.vehicle == vehicle and row.open:
            ranges = ", ".join(f"{lo}-{hi}" if hi > lo else str(lo) for _, lo, hi in row.open)
            yield f"  missing in {row.stream}: {ranges}"


def _totals(made: Report) -> str:
    messages, fixes = sum(r.messages for r in made.streams), sum(r.fixes for r in made.streams)
    twice, wrong = sum(r.duplicates for r in made.streams), sum(w["number"] for w in made.invalid)
    told = f"{len(made.vehicles)} vehicles, {messages} messages, {fixes} fixes, {twice} twice"
    return f"{told}, {made.missing} missing, {wrong} not in order"


def _lane(lane: Lane) -> str:
    if not lane:
        return "-"
    return "/".join(f"{lane[name]:.2f}" for name in ("p50", "p95", "max"))
