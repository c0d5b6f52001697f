"""A recording through the rules. Between fixes time passes in seconds, as in the daemon. Pure."""

from collections.abc import Iterable, Iterator
from heapq import merge

import msgspec

from agent.dry.follow import follow
from agent.dry.recording import Run
from agent.model import Emit, LoadReading, Observation, Restarted, Settings, Tick
from agent.rules.state import State
from drivers.readings import Fix, SwitchState

SECOND = 1_000_000_000
Other = LoadReading | SwitchState
Timed = Fix | Other | Tick


class Told(msgspec.Struct, frozen=True):
    """A record that the rules would have written: in which boot, when (CLOCK_BOOTTIME; UTC or None), ns."""

    boot: str
    mono_ns: int
    utc_ns: int | None
    record: Emit


def dry_run(runs: Iterable[tuple[Run, Iterable[Other]]], settings: Settings) -> Iterator[Told]:
    """All records but those of the track, in order.

    Each run comes with its readings and the words of its switches, in order of time.
    """
    state = State()
    for number, (run, others) in enumerate(runs):
        observations = _observations(run, others, settings, first=number == 0)
        for seen, state, effects in follow(state, observations):  # noqa: B020 - the next run goes on with it
            offset = state.timebase.offset if state.timebase.offset is not None else run.offset
            utc_ns = None if offset is None else seen.mono_ns + offset
            for effect in effects:
                if isinstance(effect, Emit):
                    yield Told(run.boot, seen.mono_ns, utc_ns, effect)


def still_open(told: Iterable[Emit]) -> list[str]:
    """The subjects of events that have started and not ended."""
    found: dict[str, None] = {}
    for record in told:
        if record.type.endswith(".started"):
            found[record.subject] = None
        elif record.type.endswith(".ended"):
            found.pop(record.subject, None)
    return list(found)


def _observations(
    run: Run, others: Iterable[Other], settings: Settings, *, first: bool
) -> Iterator[Observation]:
    begin = run.fixes[0].mono_ns
    yield Restarted(begin, "dry run", first=first, new_boot=True, clean=True)
    yield msgspec.structs.replace(settings, mono_ns=begin, boot=run.boot[:8])
    seconds = (run.fixes[-1].mono_ns - begin) // SECOND + 1
    ticks: Iterator[Timed] = (Tick(begin + number * SECOND) for number in range(seconds + 1))
    fixes: Iterator[Timed] = iter(sorted(run.fixes, key=lambda fix: fix.mono_ns))
    known: Iterator[Timed] = (other for other in others if other.mono_ns >= begin)
    yield from merge(fixes, known, ticks, key=lambda seen: seen.mono_ns)
