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
    possible = min((limit for limit, _ in _limits(scene, sure=False)), default=None)
    if possible is None:
        return Look("over", "no_limit")
    return Look("over", "slower") if speed <= possible else Look("neither")


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
