"""`outside_hours`: a load is hauled at an hour that no valid permit allows."""

from agent.rules.haul.scene import Look, Rule, Scene, hauling
from agent.rules.hours import since_end_s, within


def look(scene: Scene) -> Look:
    """Judge a moment; the value is how long ago the permitted hours ended."""
    found = hauling(scene)
    if found is not None:
        return found
    if scene.standing.state != "valid" or scene.utc_s is None:
        return Look("over", "no_permit")  # another rule's business
    clocks, at = scene.settings.clocks, scene.utc_s
    late = []
    for permit in scene.standing.permits:
        offsets = clocks.get(permit.time_zone, ())
        if within(permit.hours, offsets, at):
            return Look("over", "hours")
        late.append(since_end_s(permit.hours, offsets, at))
    return Look("breach", value=float(min(late)), facts={"permits": [p.id for p in scene.standing.permits]})


RULE = Rule("outside_hours", "s", look, lambda limits: (limits.outside_hours_s, 0.0))
