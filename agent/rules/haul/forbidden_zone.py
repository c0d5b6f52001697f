"""`forbidden_zone`: the truck is inside a forbidden zone that no valid permit lets it enter."""

from agent.rule_layers import Zone
from agent.rules.haul.scene import Look, Rule, Scene


def look(scene: Scene) -> Look:
    """Judge a moment: surely inside by the position's error is a breach, surely outside is over."""
    limits = scene.settings.limits
    forbidden = [(z, away) for z, away in scene.near if z.role == "forbidden" and not _allowed(scene, z)]
    near = [(zone, away) for zone, away in forbidden if scene.in_force(zone) is not False]
    inside = [zone for zone, away in near if away < -scene.error_m]
    sure = [zone for zone in inside if scene.in_force(zone)]
    if sure and scene.standing.state == "unknown":  # a permit that nobody can read may let it in
        return Look("unknown", "clock" if scene.standing.why == "clock" else "permits")
    if sure:
        zone = min(sure, key=lambda z: z.id)
        return Look("breach", key=zone.id, facts={"zone": {"id": zone.id, "name": zone.name}})
    if inside:
        unset = any(zone.hours for zone in inside) and scene.utc_s is None
        return Look("unknown", "clock" if unset else "load")
    if any(away <= limits.leave_m + scene.error_m for _, away in near):
        return Look("neither")
    return Look("over", "not_forbidden" if any(away < 0 for _, away in forbidden) else "left")


def _allowed(scene: Scene, zone: Zone) -> bool:
    """Whether a valid permit lets the truck in."""
    return any(zone.id in permit.may_enter for permit in scene.standing.permits)


RULE = Rule("forbidden_zone", "s", look, lambda limits: (limits.forbidden_s, 0.0))
