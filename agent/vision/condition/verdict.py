"""What one look says of a frame: True, False, or None between a fault's threshold and where it ends."""

from agent.vision.condition.limits import Thresholds
from agent.vision.condition.measures import Look
from drivers.readings import CameraFaultKind

FULL = 230.0  # a mean grey at which little but white is left
HYSTERESIS = 1.2  # how much better than its threshold a measure must be for a fault to end


def too_dark(seen: Look, limits: Thresholds) -> bool | None:
    """Whether next to nothing is brighter than the night."""
    return _below(seen.bright, limits.dark_grey)


def glaring(seen: Look, limits: Thresholds) -> bool | None:
    """Whether most is white."""
    if seen.white > limits.white_share or seen.mean > FULL:
        return True
    return None if seen.white > limits.white_share / HYSTERESIS else False


def nothing(seen: Look, limits: Thresholds) -> bool:
    """Whether the whole picture is one surface without an edge."""
    return seen.spread < limits.spread_grey and seen.acuity is None


def out_of_focus(seen: Look, limits: Thresholds) -> bool | None:
    """Whether even the sharpest edges are soft; None also without edges."""
    return None if seen.acuity is None else _below(seen.acuity, limits.acuity)


def at_once(seen: Look, limits: Thresholds) -> tuple[CameraFaultKind, ...]:
    """What one frame alone shows."""
    if too_dark(seen, limits):
        return ("dark",)
    if glaring(seen, limits):
        return ("glare",)
    if nothing(seen, limits):
        return ("blocked",)
    return ("defocused",) if out_of_focus(seen, limits) else ()


def _below(value: float, least: float) -> bool | None:
    if value < least:
        return True
    return None if value < least * HYSTERESIS else False
