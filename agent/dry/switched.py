"""What a recording holds of the switches: changes, told again each second as in the daemon. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from agent.dry.recording import SECOND, Run, decoded, utc_ns
from drivers.readings import SwitchRole, SwitchState

Change = tuple[int, SwitchRole, bool | None]
"""From this moment on (ns of CLOCK_BOOTTIME) a switch says so."""


class _Line(msgspec.Struct):
    """One change: `t` s from the first fix, or `time`; `on` as in the daemon, null for not known."""

    switch: SwitchRole
    on: bool | None
    t: float | None = None
    time: Annotated[datetime, Meta(tz=True)] | None = None


def changes_of(raw: bytes, where: str, run: Run) -> list[Change]:
    """The changes of a file of JSON lines; raises TrackError."""
    found: list[Change] = []
    for place, text in enumerate(raw.splitlines(), 1):
        if not text.strip():
            continue
        remedy = 'give JSON lines such as {"t": 12, "switch": "lift", "on": true}'
        line = decoded(text, _Line, f"{where}:{place}", remedy)
        if line.time is not None and run.offset is not None:
            at = utc_ns(line.time) - run.offset
        else:
            at = run.fixes[0].mono_ns + round((line.t or 0.0) * SECOND)
        found.append((at, line.switch, line.on))
    return sorted(found, key=lambda change: change[0])


def switched(changes: Iterable[Change], run: Run) -> Iterator[SwitchState]:
    """What the switches say: at each change, and again each second."""
    left = list(changes)
    now: dict[SwitchRole, bool | None] = {}
    begin = run.fixes[0].mono_ns
    for number in range((run.fixes[-1].mono_ns - begin) // SECOND + 1):
        until = begin + number * SECOND
        while left and left[0][0] <= until:
            at, switch, on = left.pop(0)
            now[switch] = on
            yield SwitchState(max(at, begin), switch, on)
        for switch, on in now.items():
            yield SwitchState(until, switch, on)
