"""`speeding`: faster than the limit of a zone, or of the permits that a load is hauled under."""

from collections.abc import Iterator

from agent.rules.haul.scene import Look, Rule, Scene

_Limit = tuple[float, str]


def look(scene: Scene) -> Look:
    """Judge a moment; the value is the speed, m/s.

    A breach is above a limit that surely holds here, by more than the tolerance; in order is at or below
    every limit that may hold.
    """
    speed = scene.fix.speed
    if speed is None:
        return Look("neither")
    sure = list(_limits(scene, sure=True))
    if sure:
        limit, key = min(sure)
        if speed > limit + scene.settings.limits.speeding_mps:
            return Look("breach", value=speed, key=key, facts={"limit_mps": round(limit, 2), "of": key})
    lacking = _unsure(scene, speed)
    if lacking:
        return Look("unknown", lacking)
    possible = min((limit for limit, _ in _limits(scene, sure=False)), default=None)
    if possible is None:
        return Look("over", "no_limit")
    return Look("over", "slower") if speed <= possible else Look("neither")


def _unsure(scene: Scene, speed: float) -> str:
    """What keeps a limit that would be broken here from being known to be in force."""
    above = speed - scene.settings.limits.speeding_mps
    for zone, away in scene.near:
        broken = zone.limit_mps is not None and away < -scene.error_m and zone.limit_mps < above
        if broken and scene.in_force(zone) is None:
            return "clock" if zone.hours and scene.utc_s is None else "load"
    return ""


def _limits(scene: Scene, *, sure: bool) -> Iterator[_Limit]:
    """Limits that surely hold, or that may."""
    border = -scene.error_m if sure else scene.error_m
    for zone, away in scene.near:
        if zone.limit_mps is not None and away < border:
            held = scene.in_force(zone)
            if held or (held is None and not sure):
                yield zone.limit_mps, f"zone:{zone.id}"
    permits = scene.standing.permits
    of_permits = [p.limit_mps for p in permits if p.limit_mps is not None]
    if scene.laden and permits and len(of_permits) == len(permits):  # the most generous of them counts
        yield max(of_permits), f"permit:{'+'.join(sorted(p.id for p in permits))}"


RULE = Rule("speeding", "m/s", look, lambda limits: (limits.speeding_s, 0.0))
