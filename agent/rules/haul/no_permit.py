"""`no_permit`: a load is hauled outside the sites, and no permit of this vehicle is valid."""

from agent.rules.haul.scene import Look, Rule, Scene, hauling


def look(scene: Scene) -> Look:
    """Judge a moment."""
    found = hauling(scene)
    if found is not None:
        return found
    if scene.standing.state == "valid":
        return Look("over", "permit")
    known = () if scene.settings.permits is None else scene.settings.permits.permits
    return Look("breach", facts={"state": scene.standing.state, "permits": sorted(p.id for p in known)})


RULE = Rule("no_permit", "s", look, lambda limits: (limits.no_permit_s, 0.0))
