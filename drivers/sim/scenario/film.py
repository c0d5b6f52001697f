"""A world's bed as the script of a film: what its body camera has to show. Pure; drawing is the film's."""

from collections.abc import Iterator
from typing import get_args

from drivers.readings import CameraFaultKind
from drivers.sim.film.script import Fault, Script, Stretch
from drivers.sim.scenario.world import Now, World

_LIGHTS = {
    "sun": "sun",
    "cloud": "cloud",
    "dusk": "dusk",
    "flood": "night",
    "infrared": "infrared",
    "dark": "night",
}
_STANDS_MPS = 0.8
_LEAST_S = 5  # of a stretch, so that traffic does not make hundreds


def script_of(world: World) -> Script:
    """Its stretches are cut where a step or a change of the bed begins or ends, and where it stops or starts.

    The plates show loads by day, at dusk and at night; without any light the camera's picture is dark.
    """
    cuts = _cuts(world)
    stretches = [
        _stretch(world, begin, end) for begin, end in zip(cuts, [*cuts[1:], world.seconds], strict=True)
    ]
    return Script(tuple(stretches), faults=tuple(_faults(world)))


def _cuts(world: World) -> list[int]:
    """Seconds at which something begins to differ; none within a change of the bed."""
    rows = [world.now(t) for t in range(world.seconds)]
    changing = [(int(c.begin), int(c.end) + 1) for c in world.changes]
    cuts = [0]
    for t in range(1, len(rows)):
        fixed = any(t == begin for begin, _ in changing) or rows[t].step != rows[t - 1].step
        free = not any(begin < t < end for begin, end in changing)
        turned = _stands(rows[t]) != _stands(rows[t - 1]) and t - cuts[-1] >= _LEAST_S
        if fixed or (free and turned):
            cuts.append(t)
    return cuts


def _stretch(world: World, begin: int, end: int) -> Stretch:
    rows = [world.now(t) for t in range(begin, end)]
    change = next((c for c in reversed(world.changes) if c.begin <= begin), None)
    bed = change.after if change else rows[0].bed
    around = rows[-1].around
    return Stretch(
        duration_s=end - begin,
        state=bed.state,
        exposed=bed.exposed,
        light=_LIGHTS[around.light],
        speed_mps=round(sum(now.pose.speed for now in rows) / len(rows), 2),
        change_s=max(0.1, change.end - change.begin) if change and change.begin == begin else 0.1,
        weather=around.weather,
        strength=around.strength,
    )


def _faults(world: World) -> Iterator[Fault]:
    known = get_args(CameraFaultKind)
    for span in world.of("camera."):
        kind = span.happening.about
        if kind in known:
            strength = float(span.happening.given.get("strength", 1.0))
            yield Fault(kind, span.begin, span.end - span.begin, strength)  # type: ignore[arg-type]
    begin: int | None = None
    for t in range(world.seconds + 1):
        dark = t < world.seconds and world.now(t).around.light == "dark"
        if dark and begin is None:
            begin = t
        elif not dark and begin is not None:
            yield Fault("dark", begin, t - begin, 1.0)
            begin = None


def _stands(now: Now) -> bool:
    return now.pose.speed <= _STANDS_MPS
