"""What really happened to the unit: its receiver, cameras, links, switches and power. Pure."""

import math
from collections.abc import Iterator, Mapping

from drivers.sim.film.script import PARTLY, UNCOVERED
from drivers.sim.scenario.facts import Fact, Scene, lasting, runs
from drivers.sim.scenario.world import Span

# Faults of the receiver that deny it a position; under the others it has one, true or not.
_NO_FIX = ("unplug", "stall", "tunnel", "switch", "antenna_open", "antenna_short", "jam", "garble")
_FALSE = ("spoof", "jump", "frozen", "canyon", "speed_zero", "restart", "baud")
# Faults as docs/receiver-testimony.md calls them, and from how many s on they are to be told.
_SUSPICIONS: Mapping[str, tuple[str, float]] = {
    "jam": ("receiver.suspicion.jamming", 10.0),
    "spoof": ("receiver.suspicion.spoofing", 30.0),
    "jump": ("receiver.suspicion.spoofing", 10.0),
    "speed_zero": ("receiver.suspicion.speed_zero", 60.0),
    "frozen": ("receiver.suspicion.frozen", 60.0),
    "switch": ("receiver.suspicion.hidden_switch", 300.0),
    "antenna_open": ("receiver.antenna", 5.0),
    "antenna_short": ("receiver.antenna", 5.0),
    "checksum": ("receiver.suspicion.damaged_line", 20.0),
    "slow": ("receiver.suspicion.slow", 30.0),
}
_SWITCHED_STANDING_S = 60.0  # a hidden switch on a truck that stands is told after so long
_SLOW_FAULTS = ("dirty", "moved")
_CAMERA_S, _CAMERA_SLOW_S, _FROZEN_S = 15.0, 45.0, 10.0
_JAMMED_DB = 20.0  # from so much on no signal is left to use
_ON_THE_WAY = 0.3  # speed_zero is nothing on a truck that stands this share of the time or more


def unit_facts(scene: Scene) -> Iterator[Fact]:
    """All of them."""
    yield from _receiver(scene)
    yield from _cameras(scene)
    yield from _links(scene)
    yield from _power(scene)
    yield from _switches(scene)


def _receiver(scene: Scene) -> Iterator[Fact]:
    for span in scene.world.of("receiver."):
        kind = span.happening.about
        if kind in _SUSPICIONS:
            name, least_s = _SUSPICIONS[kind]
            if kind == "switch" and scene.stands(_at(scene, span.begin)):
                least_s = _SWITCHED_STANDING_S
            moved = _moved(scene, span) > _ON_THE_WAY or kind not in ("speed_zero", "frozen")
            lasts = span.end - span.begin >= least_s + scene.least.more_s
            yield Fact(name, "", span.begin, span.end, lasts and moved)
        denied = kind in _NO_FIX and span.happening.given.get("db", 30.0) >= _JAMMED_DB  # type: ignore[operator]
        if denied or kind in _FALSE or kind in _NO_FIX:
            sure = denied and span.end - span.begin >= scene.least.fix_gap_s + scene.least.more_s
            yield Fact("gap", "fix", span.begin, span.end, sure)
    start = scene.world.scenario.receiver
    if start.start != "running":
        seconds = {"cold": 30.0, "warm": 15.0, "hot": 1.0}[start.start]
        seconds = seconds if start.ttff_s is None else start.ttff_s
        yield Fact("gap", "fix", 0.0, seconds, must=seconds >= scene.least.fix_gap_s + scene.least.more_s)


def _cameras(scene: Scene) -> Iterator[Fact]:
    """Faults, and the time in which nothing was to be seen."""
    least = scene.least
    for span in scene.world.of("camera."):
        kind = span.happening.about
        after_s = _CAMERA_SLOW_S if kind in _SLOW_FAULTS else _FROZEN_S if kind == "frozen" else _CAMERA_S
        after_s = least.camera_gap_s if kind == "lost" else after_s
        seconds = span.end - span.begin
        moving = kind not in ("dark", "frozen", *_SLOW_FAULTS) or _moved(scene, span) > _ON_THE_WAY
        yield Fact("camera_fault", kind, span.begin, span.end, moving and seconds >= after_s + least.more_s)
        blind = kind not in _SLOW_FAULTS and kind != "frozen"
        must = blind and seconds >= least.camera_gap_s + least.more_s
        yield Fact("gap", "camera", span.begin, span.end, must)
        checked = seconds >= least.memory_s + 120 and _moved(scene, span) > _ON_THE_WAY
        yield Fact("could_not_check", "load", span.begin, span.end, blind and checked and _asks(scene, span))
    dark = runs("yes" if now.around.light == "dark" else "no" for now in scene.rows)
    for fact in lasting("gap", dark, least.camera_gap_s, least.more_s):
        yield Fact("gap", "camera", fact.begin, fact.end, fact.must)
        moving = not all(scene.stands(n) for n in range(int(fact.begin), int(fact.end)))
        yield Fact("camera_fault", "dark", fact.begin, fact.end, moving and fact.must)


def _links(scene: Scene) -> Iterator[Fact]:
    least, sinks = scene.least, scene.world.scenario.sinks
    for span in scene.world.of("link"):
        for sink in sinks:
            if span.happening.given.get("sink", sink) == sink:
                must = span.end - span.begin >= least.link_gap_s + 6 * least.more_s
                yield Fact("gap", f"link:{sink}", span.begin, span.end, must)


def _power(scene: Scene) -> Iterator[Fact]:
    """The unit without power; while it moves that is somebody's deed."""
    for span in scene.world.of("power"):
        yield Fact("gap", "agent", span.begin, span.end, must=True)
        for about in ("fix", "camera", *(f"link:{sink}" for sink in scene.world.scenario.sinks)):
            yield Fact("gap", about, span.begin, span.end, must=False)  # what comes back with it
        moving = not scene.stands(_at(scene, span.begin))
        yield Fact("unit_tamper", "", span.begin, span.end, must=moving)


def _switches(scene: Scene) -> Iterator[Fact]:
    """A cover that is closed by its switch's word and open in truth, or the reverse; a case that is opened.

    The reverse deceives nobody, so how soon it is told is left to the rules.
    """
    roles, least = scene.world.scenario.switches, scene.least
    if "cover" in roles:
        lies = runs(
            "yes"
            if now.bed.exposed is not None and now.bed.exposed > UNCOVERED and _says(scene, now.t)
            else "no"
            for now in scene.rows
        )
        yield from lasting("sensor_conflict", lies, least.conflict_s, least.more_s)
        broken = runs(
            "yes"
            if now.bed.exposed is not None and now.bed.exposed < PARTLY and _says(scene, now.t) is False
            else "no"
            for now in scene.rows
        )
        yield from lasting("sensor_conflict", broken, math.inf, 0.0)
    if "case" in roles:
        opened = runs("yes" if now.around.case else "no" for now in scene.rows)
        yield from lasting("unit_tamper", opened, 0.0, 5.0)


def _says(scene: Scene, t: float) -> bool | None:
    return scene.world.switch("cover", t)


def _asks(scene: Scene, span: Span) -> bool:
    """Whether a rule about permits would have asked for the load at all."""
    return scene.world.scenario.permits is not None and any(
        scene.hauls(n) == "yes" for n in range(_at(scene, span.begin), _at(scene, span.end))
    )


def _moved(scene: Scene, span: Span) -> float:
    """The share of a span in which the truck moves."""
    seconds = range(_at(scene, span.begin), max(_at(scene, span.begin) + 1, _at(scene, span.end)))
    return sum(not scene.stands(n) for n in seconds) / len(seconds)


def _at(scene: Scene, t: float) -> int:
    return min(len(scene.rows) - 1, max(0, math.floor(t)))
