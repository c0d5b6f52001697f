"""`overlong_stop`: a loaded truck stands outside the sites for too long."""

from agent.rules.haul.scene import Look, Rule, Scene
from agent.rules.motion import SECOND


def look(scene: Scene) -> Look:
    """Judge a moment."""
    since = scene.motion.slow_since
    if since is None:
        return Look("over", "drove_on")
    if scene.moving is None:
        return Look("neither")
    if scene.laden is False:
        return Look("over", "empty")
    if scene.at_site:
        return Look("over", "site")
    stood = (scene.now - since) / SECOND
    if scene.laden is None:
        return Look("unknown", "load") if stood >= scene.settings.limits.stop_s else Look("neither")
    return Look("breach")


RULE = Rule(
    name="overlong_stop",
    unit="s",
    look=look,
    after=lambda limits: (limits.stop_s, 0.0),
    gap_s=lambda settings: settings.limits.unobserved_s,
    still=True,
)
