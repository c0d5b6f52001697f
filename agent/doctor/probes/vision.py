"""What the cameras show, and whether the model runs: from the daemon, else a vision process of our own."""

import sys
import threading
from typing import Any

import msgspec

from agent.config import Config
from agent.doctor.probes.daemon import Word
from agent.doctor.probes.needs import Needs, Rests
from agent.errors import ConfigError
from agent.model import LoadReading
from agent.settings import vision_setup
from agent.vision.host import VisionHost
from agent.vision.wire import Setup
from drivers.clock import Clock
from drivers.errors import DeviceLost, ProfileError
from drivers.readings import CameraHealth

SECOND = 1_000_000_000
_LOOK_S, _KNOWN_S, _STEADY_S = 9.0, 4.0, 3.0
_OPENING = "not opened yet"
# The worker's log is for the daemon's; what it means comes as findings.
_QUIET = ["/bin/sh", "-c", 'exec "$0" "$@" 2>/dev/null', sys.executable, "-I", "-m", "agent.vision.worker"]
_FAULT_S = 1.0  # of a fault that one picture shows: a self-test has no quarter of a minute
_MODEL = "load model"


class Looked(msgspec.Struct, frozen=True):
    """The cameras by name, why the model does not run, and why a model on trial is not there."""

    cameras: dict[str, CameraHealth]
    model: str | None
    shadow: str | None
    live: bool


def look(config: Config, clock: Clock, word: Word, pace: float) -> Looked:
    """Ask the daemon, or open the cameras; raises Needs, Rests."""
    if word.mute:
        raise Needs("unit.answer")
    if word.status is None:
        return _open(config, clock, _LOOK_S * pace)
    if word.of("asleep"):
        raise Rests
    worker: dict[str, Any] = next((w for w in word.of("workers") or () if w["name"] == "vision"), {})
    down = worker.get("condition") in ("waiting", "gave_up")
    reason = str(worker.get("reason"))
    model = reason if down and _MODEL in reason else None
    if down and model is None:
        raise Needs("unit.worker")
    cameras = msgspec.convert(word.of("cameras"), dict[str, CameraHealth])
    return Looked(cameras, model, word.of("vision", "lost"), live=True)


class _Watch:
    """Takes what the vision process says, until each camera has shown itself for a while."""

    def __init__(self, setup: Setup, clock: Clock, most_s: float) -> None:
        self._names, self._clock = {camera.name for camera in setup.cameras}, clock
        self._end = clock.mono_ns() + round(most_s * SECOND)
        self._steady = self._known = 0
        self.stop = threading.Event()
        self.cameras: dict[str, CameraHealth] = {}

    def take(self, seen: object) -> None:
        """One observation of any kind."""
        if isinstance(seen, CameraHealth):
            self.cameras[seen.camera] = seen
        elif not isinstance(seen, LoadReading):
            return
        self.look()

    def look(self) -> None:
        """Whether it is enough."""
        now = self._clock.mono_ns()
        shown = {c.camera for c in self.cameras.values() if c.connected}
        known = {c.camera for c in self.cameras.values() if c.reason != _OPENING}
        self._steady = (self._steady or now) if shown >= self._names else 0
        self._known = (self._known or now) if known >= self._names else 0
        steady = self._steady and now - self._steady > _STEADY_S * SECOND
        settled = self._known and now - self._known > _KNOWN_S * SECOND
        if steady or settled or now > self._end:
            self.stop.set()


def _open(config: Config, clock: Clock, most_s: float) -> Looked:
    try:
        setup = vision_setup(config)
    except ProfileError as e:
        raise Needs("config.profiles") from e
    except ConfigError as e:
        raise Needs("config.secrets") from e
    health = msgspec.structs.replace(setup.health, after_s=_FAULT_S, over_s=_FAULT_S)
    setup = msgspec.structs.replace(setup, album=None, health=health)
    if not setup.cameras:
        return Looked({}, None, None, live=False)
    watch = _Watch(setup, clock, most_s)
    lost: list[str | None] = [None]
    host = VisionHost(setup, watch.take, clock, _QUIET)

    def beat() -> None:
        watch.look()
        lost[0] = host.ready.lost if host.ready else lost[0]

    model: str | None = None
    patience = threading.Timer(most_s + 0.5, watch.stop.set)  # should it say nothing at all
    patience.start()
    try:
        host.run(watch.stop, beat)
    except DeviceLost as e:
        model = e.what if _MODEL in e.what else None
    finally:
        patience.cancel()
    reasons = (health.reason or "" for health in watch.cameras.values())
    model = model or next((reason for reason in reasons if _MODEL in reason), None)
    return Looked(watch.cameras, model, lost[0], live=False)
