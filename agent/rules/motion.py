"""Where the truck is and whether it moves, from fit fixes only."""

import msgspec

from agent.model import Effect, Observation, Sampling, Settings
from drivers.readings import Fix

SECOND = 1_000_000_000


def microseconds(mono_ns: int) -> int:
    """A moment as it stands in records; canonical JSON has integers up to 2^53 only (RFC 8785)."""
    return mono_ns // 1000


def subject(kind: str, settings: Settings, mono_ns: int) -> str:
    """The name of a fact that began at `mono_ns`: unique over boots and the same in a replay."""
    return f"{kind}-{settings.boot}-{microseconds(mono_ns)}"


class Motion(msgspec.Struct, frozen=True):
    """The last fit fix; moving and parked by speed, with hysteresis between the two limits."""

    fix: Fix | None = None
    moving: bool = False
    parked: bool = False
    slow_since: int | None = None


def fit(fix: Fix, settings: Settings) -> bool:
    """Whether a fix may decide anything: it has a position and its dilution is small enough."""
    return (
        fix.mode != "none"
        and fix.lat is not None
        and fix.lon is not None
        and (fix.hdop is None or fix.hdop <= settings.max_hdop)
    )


def fresh(motion: Motion, settings: Settings, now: int) -> Fix | None:
    """The last fit fix if it is younger than `fix_gap_s`."""
    fix = motion.fix
    if fix is None or now - fix.mono_ns > settings.fix_gap_s * SECOND:
        return None
    return fix


def advance(motion: Motion, settings: Settings, seen: Observation) -> tuple[Motion, list[Effect]]:
    """Take a fix; the frame rate follows parked and moving."""
    if not isinstance(seen, Fix) or not fit(seen, settings):
        return motion, []
    if seen.speed is None:
        return msgspec.structs.replace(motion, fix=seen), []
    slow = seen.speed <= settings.parked_mps
    since = (motion.slow_since or seen.mono_ns) if slow else None
    moving = seen.speed >= settings.moving_mps or (motion.moving and not slow)
    parked = since is not None and seen.mono_ns - since >= settings.parked_after_s * SECOND
    effects: list[Effect] = []
    if parked != motion.parked:
        effects.append(Sampling(settings.fps_parked if parked else settings.fps_moving))
    return Motion(seen, moving, parked, since), effects
