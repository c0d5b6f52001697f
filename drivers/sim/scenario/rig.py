"""A world that devices can be plugged into: receiver, body camera, switches, brokers and their links, live.

It begins when the camera is first asked for a picture, which is when the agent's vision process is up, and
goes at the pace of the real world: the agent's clocks are the machine's.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import msgspec

from drivers.camera_profile import Fault
from drivers.sim.broker import Broker
from drivers.sim.camera import SimCamera
from drivers.sim.film.film import Film
from drivers.sim.film.projector import Projector
from drivers.sim.film.script import Script
from drivers.sim.link import Link
from drivers.sim.receiver import SimReceiver
from drivers.sim.rtsp import SimRtsp
from drivers.sim.scenario.film import script_of
from drivers.sim.scenario.receiver import module_of
from drivers.sim.scenario.world import Span, World
from drivers.sim.solution import Pose

_PACE_S = 0.1
_FPS, _SIZE = 8.0, (640, 480)
_LOST: Fault = "stall"
_REST_S = 500_000.0


def _lasting(script: Script) -> Script:
    """Its last moment stays, for a film begins anew at its end."""
    last = msgspec.structs.replace(script.stretches[-1], duration_s=_REST_S, change_s=0.1, speed_mps=0.0)
    return msgspec.structs.replace(script, stretches=(*script.stretches, last))


class Rig:
    """The devices of a world in `folder`; `broker` makes one for each sink. All of it ends with `stop`."""

    def __init__(
        self, world: World, folder: Path, broker: Callable[[], Broker], *, rtsp: bool = False
    ) -> None:
        self.world, self.folder = world, folder
        self._film = Film.open(None, _lasting(script_of(world)), world.seed)
        self._projector = Projector(self._film, _SIZE, _FPS)
        self.camera = SimRtsp(self._projector, _FPS) if rtsp else SimCamera(self._projector, _FPS)
        self.receiver = SimReceiver.of(folder / "gnss", module_of(world, self._pose))
        self._brokers = {sink: broker() for sink in world.scenario.sinks}
        self.links: dict[str, Link] = {}
        self._over = threading.Event()
        self._on: set[int] = set()
        self._opened = contextlib.ExitStack()

    @property
    def elapsed_s(self) -> float:
        """How long the world has gone on, s; 0 before it begins."""
        return self._projector.elapsed_s

    @property
    def roi(self) -> tuple[tuple[float, float], ...]:
        """The bed in the camera's picture."""
        return self._film.roi

    @property
    def switches(self) -> dict[str, Path]:
        """The value file of each switch, which holds 0 or 1."""
        return {role: self.folder / "switches" / role for role in self.world.scenario.switches}

    @property
    def urls(self) -> dict[str, str]:
        """Where each sink's platform is, as far as there is a way."""
        return {sink: f"mqtt://127.0.0.1:{link.port}" for sink, link in self.links.items()}

    @property
    def brokers(self) -> dict[str, str]:
        """The brokers themselves, for who listens; these are always there."""
        return {sink: broker.url for sink, broker in self._brokers.items()}

    def start(self) -> Self:
        """Plug everything in; raises what a device that cannot be made raises, and leaves none behind."""
        with contextlib.ExitStack() as opened:
            for sink, broker in self._brokers.items():
                broker.start()
                opened.callback(broker.stop)
                self.links[sink] = Link(broker.port).start()
                opened.callback(self.links[sink].stop)
            self.camera.start()
            opened.callback(self.camera.stop)
            self.receiver.start()
            opened.callback(self.receiver.stop)
            (self.folder / "switches").mkdir(exist_ok=True)
            self._set_switches(0.0)
            self._opened = opened.pop_all()
        return self

    def stop(self) -> None:
        """Unplug everything."""
        self._over.set()
        self._opened.close()

    def play(self, stop: threading.Event, truth: Callable[[bytes], object] | None = None) -> None:
        """Let happen what happens until `stop` is set or it is over; `truth` gets a JSON line a second."""
        told = -1
        while not stop.wait(_PACE_S) and self.elapsed_s < self.world.seconds:
            t = self.elapsed_s
            self._follow(t)
            self._set_switches(t)
            if truth and t > 0 and int(t) > told:
                told = int(t)
                truth(msgspec.json.encode(self._told(t)) + b"\n")

    def _pose(self, _: float) -> Pose:
        return self.world.pose(self.elapsed_s)

    def _follow(self, t: float) -> None:
        """Begin and end what happens."""
        for number, span in enumerate(self.world.spans):
            if span.on(t) and t > 0 and number not in self._on:
                self._on.add(number)
                self._begin(span)
            elif number in self._on and not span.on(t):
                self._on.remove(number)
                self._end(span)

    def _begin(self, span: Span) -> None:
        kind, about, given = span.happening.kind, span.happening.about, dict(span.happening.given)
        if kind == "power":
            self.receiver.unplug()
            self.camera.fault("refuse")
            self._cut(self.world.scenario.sinks)
        elif kind == "link":
            self._cut(self._sinks(span))
        elif kind == "camera.lost":
            self.camera.fault(_LOST)
        elif kind.startswith("receiver."):
            self.receiver.inject(about, span.end - span.begin, **given)

    def _end(self, span: Span) -> None:
        if span.happening.kind == "power":
            self.receiver.replug()
        if span.happening.kind in ("power", "camera.lost"):
            self.camera.fault(None)
        if span.happening.kind in ("power", "link"):
            for sink in self._sinks(span):
                self.links[sink].mend()

    def _cut(self, sinks: tuple[str, ...]) -> None:
        for sink in sinks:
            self.links[sink].cut()

    def _sinks(self, span: Span) -> tuple[str, ...]:
        sinks = self.world.scenario.sinks
        return tuple(sink for sink in sinks if span.happening.given.get("sink", sink) == sink)

    def _set_switches(self, t: float) -> None:
        """As a kernel's value file: rewritten in place, one digit and a line's end."""
        for role in self.world.scenario.switches:
            file = self.switches[role]
            content = b"1\n" if self.world.switch(role, t) else b"0\n"
            if not file.exists() or file.read_bytes() != content:
                with file.open("r+b" if file.exists() else "wb") as out:
                    out.write(content)

    def _told(self, t: float) -> dict[str, object]:
        now = self.world.now(t)
        return {
            "t": round(t, 2),
            "mono_ns": time.clock_gettime_ns(time.CLOCK_BOOTTIME),
            "time": now.utc,
            "lat": round(now.pose.lat, 7),
            "lon": round(now.pose.lon, 7),
            "speed": round(now.pose.speed, 2),
            "state": now.bed.state,
            "exposed": now.bed.exposed,
            "light": now.around.light,
            "weather": now.around.weather,
            "switches": {role: self.world.switch(role, t) for role in self.world.scenario.switches},
            "links": {sink: self.world.linked(sink, t) for sink in self.world.scenario.sinks},
            "power": now.power,
            "happens": [span.happening.kind for span in self.world.spans if span.on(t)],
        }
