"""`off_route`: a load is hauled outside the corridors of all valid permits."""

from agent.rules.haul.scene import Look, Rule, Scene, hauling

_NEAR_M = 100.0


def look(scene: Scene) -> Look:
    """Judge a moment; the value is the way to the nearest corridor.

    Inside the corridor is in order, beyond twice the position's error outside it is not.
    """
    found = hauling(scene)
    if found is not None:
        return found
    permits = scene.standing.permits
    if not permits:
        return Look("over", "no_permit")  # another rule's business
    if any(not permit.routes for permit in permits):
        return Look("over", "any_way")
    off, permit_id, route_id = min(_ways(scene))
    if off <= 0:
        return Look("over", "route")
    facts = {"permits": [p.id for p in permits], "nearest": {"permit": permit_id, "route": route_id}}
    return Look("breach" if off > scene.error_m else "neither", value=off, facts=facts)


def _ways(scene: Scene) -> list[tuple[float, str, str]]:
    """How far outside each corridor, m (negative inside), with its permit and route."""
    found = []
    for permit in scene.standing.permits:
        for route, path in scene.settings.ways[permit.id]:
            half = route.width_m / 2
            away = path.away_m(scene.lon, scene.lat, half + _NEAR_M)
            found.append((away - half, permit.id, route.id))
    return found


RULE = Rule("off_route", "m", look, lambda limits: (limits.off_route_s, limits.off_route_m))
