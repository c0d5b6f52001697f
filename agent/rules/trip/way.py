"""The way a truck has made, from fit fixes: an odometer that neither jitter nor a gap moves by much."""

import msgspec

from agent.rules.haul.scene import Scene
from agent.rules.motion import SECOND
from drivers.geodesy import apart_m

_STEP_M = 10.0  # what is nearer than this to the last counted place may be jitter
change = msgspec.structs.replace


class Way(msgspec.Struct, frozen=True):
    """Metres so far, and how many of them are straight lines over gaps; the last counted place.

    `ns`: the last fix, None after a start; `gap_s` is how long the gap was that this fix ended, or 0.
    """

    m: float = 0.0
    bridged_m: float = 0.0
    place: tuple[float, float] | None = None
    ns: int | None = None
    gap_s: float = 0.0


def go(way: Way, scene: Scene) -> Way:
    """Take the moment of a fit fix."""
    here = (scene.lat, scene.lon)
    if way.place is None:
        return change(way, place=here, ns=scene.now)
    gap_s = 0.0 if way.ns is None else (scene.now - way.ns) / SECOND
    unseen = way.ns is None or gap_s > scene.settings.fix_gap_s
    gap_s = gap_s if unseen else 0.0
    apart = apart_m(way.place, here)
    standing = scene.moving is not None and scene.motion.slow_since is not None
    if apart < _STEP_M or (standing and not unseen):
        return change(way, ns=scene.now, gap_s=gap_s)
    bridged = way.bridged_m + (apart if unseen else 0.0)
    return Way(way.m + apart, bridged, here, scene.now, gap_s)
