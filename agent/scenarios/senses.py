"""What the devices of a truck say in each second of a world, as the rules get it. Pure.

The receiver is the simulated module: its sentences go through the real decoder and the real testimony. What a
camera's pictures would be called is drawn from an error model; that a camera has a fault is told after the
vision process's own dwell times. Links are told with the delay of a client that notices.
"""

from collections.abc import Iterator

from agent.model import LinkState, LoadReading, Observation, Tick
from agent.scenarios.boot import SECOND, Boot
from agent.scenarios.pictures import Pictures, word
from agent.vision.condition.limits import Thresholds
from drivers.gnss.listener import Listener
from drivers.readings import CameraFault, CameraHealth, SwitchState
from drivers.sim.module import Module
from drivers.sim.scenario.plan import Happening
from drivers.sim.scenario.world import Span, World

CAMERA = "body"
MODEL = "error model of 0.5.0"
_SILENT_S = 5
_SLOW_FAULTS = ("dirty", "moved")
_LINK_S = (1.0, 45.0)  # a link that is cut is noticed at once or with the next keepalive ...
_BACK_S = (1.0, 60.0)  # ... and one that is there again with the next attempt


class Receiver:
    """The module and what is heard of it over one boot, with the worker's idea of being connected."""

    def __init__(self, module: Module, listener: Listener, boot: Boot) -> None:
        self._module, self._listener, self._boot = module, listener, boot
        self._heard = self._said = float(boot.begin)
        self._listener.open()

    def second(self, t: int) -> Iterator[Observation]:
        """The fixes of a second and the health at its end."""
        while self._module.due < t + 1:
            due = self._module.due
            burst = b"".join(self._module.epoch())
            if due < t:  # of the time without power
                continue
            before = self._listener.sentences
            yield from self._listener.feed(burst, self._boot.mono_ns(due + 0.2))
            self._heard = due if self._listener.sentences > before else self._heard
        connected = t - self._heard <= _SILENT_S
        reason = None if connected else "no sentence"
        now = self._boot.mono_ns(t + 0.9)
        yield self._listener.health(now, "sim", connected=connected, reason=reason, lost=0)


class Camera:
    """The body camera: `fps` as the rules want it."""

    def __init__(self, world: World, limits: Thresholds, fps: float) -> None:
        self.fps = fps
        self._world, self._limits = world, limits
        self._pictures = Pictures(world.chance("truck"))
        self._due, self._number = 0.0, 0
        self._dark_since: int | None = None

    def second(self, boot: Boot, t: int) -> Iterator[Observation]:
        """The readings and the health of a second."""
        lost = bool(self._world.on("camera.lost", t))
        self._due = max(self._due, float(t))
        while self._due < t + 1:
            if not lost and self.fps > 0:
                yield self._reading(boot, self._due)
            self._due += 1 / self.fps if self.fps > 0 else 1.0
        yield self._health(boot, t, lost=lost)

    def _reading(self, boot: Boot, t: float) -> LoadReading:
        self._number += 1
        now = self._world.now(t)
        around = now.around
        exposed = now.bed.exposed
        frozen = next((s.begin for s in self._world.on("camera.frozen", t)), None)
        if frozen is not None:  # the same picture again and again
            exposed = self._world.now(frozen).bed.exposed
        p = self._pictures.look(t, exposed, around.light, around.strength)
        why = self._unusable(t)
        at = boot.mono_ns(t + 0.4)
        if why:
            return LoadReading(at, CAMERA, "unknown", None, False, why, MODEL, self._number)  # noqa: FBT003
        return LoadReading(at, CAMERA, word(p), p, True, None, MODEL, self._number)  # noqa: FBT003

    def _unusable(self, t: float) -> str | None:
        """Why a frame cannot be judged: at once where its own pixels say so."""
        kinds = {"dark": "dark", "glare": "glare", "blocked": "blocked", "defocused": "blurred"}
        for span in self._world.on("camera.", t):
            if span.happening.about in kinds:
                return kinds[span.happening.about]
        return "dark" if self._world.now(t).around.light == "dark" else None

    def _health(self, boot: Boot, t: int, *, lost: bool) -> CameraHealth:
        frozen = next((s for s in self._world.on("camera.frozen", t)), None)
        return CameraHealth(
            boot.mono_ns(t + 0.95),
            CAMERA,
            "body",
            connected=not lost,
            reason="no picture" if lost else None,
            fps=0.0 if lost else 10.0,
            age_s=0.1,
            faults=() if lost else tuple(self._faults(boot, t)),
            unchanged_s=0.0 if frozen is None else t - frozen.begin,
        )

    def _faults(self, boot: Boot, t: int) -> Iterator[CameraFault]:
        """Those that the vision process knows by now: it takes a while to begin and to end one."""
        for span in [*self._world.of("camera."), *self._darkness(t)]:
            kind = span.happening.about
            after_s = self._limits.slow_s if kind in _SLOW_FAULTS else self._limits.after_s
            known = span.begin + after_s <= t < span.end + self._limits.over_s
            if known and span.end - span.begin >= after_s and kind not in ("lost", "frozen"):
                begin = max(boot.mono_ns(span.begin), 0)
                yield CameraFault(kind, begin, "simulated")  # type: ignore[arg-type]

    def _darkness(self, t: int) -> list[Span]:
        """A scene without light, since when."""
        since = self._dark_since
        if self._world.now(t).around.light != "dark":
            self._dark_since = None
            return []
        self._dark_since = t if since is None else since
        return [_dark(self._dark_since)]


def _dark(since: int) -> Span:
    return Span(Happening("camera.dark", ""), float(since), float("inf"))


class Links:
    """The links to the platforms: what the uplinks would tell, and when."""

    def __init__(self, world: World) -> None:
        self._told: dict[str, bool | None] = dict.fromkeys(world.scenario.sinks)
        self._down = [
            (sink, *_noticed(world, number, sink, span))
            for number, span in enumerate(world.of("link"))
            for sink in world.scenario.sinks
            if span.happening.given.get("sink", sink) == sink
        ]

    def second(self, boot: Boot, t: int) -> Iterator[Observation]:
        """The changes of a second."""
        for sink, told in self._told.items():
            down = any(name == sink and begin <= t < end for name, begin, end in self._down)
            up = t >= boot.begin + 3 and not down
            if up is not told:
                self._told[sink] = up
                reason = None if up else "connection lost"
                yield LinkState(boot.mono_ns(t + 0.5), sink, connected=up, reason=reason)


def _noticed(world: World, number: int, sink: str, span: Span) -> tuple[float, float]:
    """From when to when a client knows that there is no way."""
    chance = world.chance("link", number, sink)
    return span.begin + chance.uniform(*_LINK_S), span.end + chance.uniform(*_BACK_S)


def switches(world: World, boot: Boot, t: int) -> Iterator[Observation]:
    """Each switch says what it says once a second."""
    for role in world.scenario.switches:
        yield SwitchState(boot.mono_ns(t + 0.6), role, world.switch(role, t))


def tick(world: World, boot: Boot, t: int) -> Tick:
    """A second passed; where the unit's clock is set, it knows UTC while it has a way to a time server."""
    linked = world.scenario.clock == "ntp" and any(world.linked(s, t) for s in world.scenario.sinks)
    known = linked and t - boot.begin > 30
    utc_ns = round(world.scenario.begins.timestamp() + t) * SECOND if known else None
    return Tick(boot.mono_ns(t), utc_ns)
