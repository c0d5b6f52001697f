"""Where the truck is and whether it moves, from fit fixes only."""

import msgspec

from agent.model import Effect, Sampling, Settings
from drivers.geodesy import apart_m
from drivers.readings import Fix

SECOND = 1_000_000_000
_STRETCH_NS = 10 * SECOND


def microseconds(mono_ns: int) -> int:
    """A moment as it stands in records; canonical JSON has integers up to 2^53 only (RFC 8785)."""
    return mono_ns // 1000


def subject(kind: str, settings: Settings, mono_ns: int) -> str:
    """The name of a fact that began at `mono_ns`: unique over boots and the same in a replay."""
    return f"{kind}-{settings.boot}-{microseconds(mono_ns)}"


class Motion(msgspec.Struct, frozen=True):
    """The last fit fix, and when its speed was last known; moving and parked by speed, with hysteresis.

    `mark`: where (degrees) and when (ns) a stretch began by which a truck without a speed is judged.
    """

    fix: Fix | None = None
    speed_at: int | None = None
    moving: bool = False
    parked: bool = False
    slow_since: int | None = None
    mark: tuple[int, float, float] | None = None


def boot_of(subject: str) -> str:
    """The head of the boot id in a subject: its moments count from that boot."""
    return subject.rsplit("-", 2)[1]


def fresh(motion: Motion, settings: Settings, now: int) -> Fix | None:
    """The last fit fix if it is younger than `fix_gap_s`."""
    fix = motion.fix
    if fix is None or now - fix.mono_ns > settings.fix_gap_s * SECOND:
        return None
    return fix


def knows_speed(motion: Motion, settings: Settings, now: int) -> bool:
    """Whether the speed was known within `fix_gap_s`: an old one says nothing of moving or standing."""
    return motion.speed_at is not None and now - motion.speed_at <= settings.fix_gap_s * SECOND


def advance(motion: Motion, settings: Settings, seen: Fix | None) -> tuple[Motion, list[Effect]]:
    """Take a fit fix; the frame rate follows parked and moving."""
    if seen is None:
        return motion, []
    if seen.speed is None:
        return _by_way(motion, settings, seen)
    return _at_speed(motion, settings, seen, seen.speed)


def _by_way(motion: Motion, settings: Settings, seen: Fix) -> tuple[Motion, list[Effect]]:
    """Without a speed (the receiver gives none, or a false one is suspected) the way says whether it moves.

    Of a stretch's way twice the position's error is taken off, so that wandering is no movement.
    """
    if seen.lat is None or seen.lon is None:
        return msgspec.structs.replace(motion, fix=seen), []
    here, mark = (seen.mono_ns, seen.lat, seen.lon), motion.mark
    if mark is None or seen.mono_ns - mark[0] > 2 * _STRETCH_NS:
        return msgspec.structs.replace(motion, fix=seen, mark=here), []
    elapsed = seen.mono_ns - mark[0]
    if elapsed < _STRETCH_NS:  # what the last stretch said holds on; a speed from before it does not
        told = motion.speed_at is not None and motion.speed_at >= mark[0]
        return msgspec.structs.replace(
            motion, fix=seen, speed_at=seen.mono_ns if told else motion.speed_at
        ), []
    error = settings.limits.error_m if seen.accuracy is None else seen.accuracy
    way = max(0.0, apart_m(mark[1:], here[1:]) - 2 * error)
    after, effects = _at_speed(motion, settings, seen, way * SECOND / elapsed)
    return msgspec.structs.replace(after, mark=here), effects


def _at_speed(motion: Motion, settings: Settings, seen: Fix, speed: float) -> tuple[Motion, list[Effect]]:
    slow = speed <= settings.parked_mps
    watched = knows_speed(motion, settings, seen.mono_ns)
    since = (motion.slow_since if watched and motion.slow_since else seen.mono_ns) if slow else None
    moving = speed >= settings.moving_mps or (motion.moving and not slow)
    parked = since is not None and seen.mono_ns - since >= settings.parked_after_s * SECOND
    effects: list[Effect] = []
    if parked != motion.parked:
        effects.append(Sampling(settings.fps_parked if parked else settings.fps_moving))
    return Motion(seen, seen.mono_ns, moving, parked, since), effects
