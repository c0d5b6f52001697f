"""What the checks look at: the configuration, and what the probes bring, each asked once for all checks."""

from functools import partial
from pathlib import Path
from typing import Any

from agent.config import Camera, Config, Sink
from agent.doctor.once import Once
from agent.doctor.probes import daemon, journal, layer, place, receiver, switch, vision
from agent.doctor.probes.layer import LayerSeen
from agent.doctor.probes.link import Link
from agent.doctor.probes.link import ask as ask_link
from agent.doctor.probes.machine import Machine
from agent.settings import pictures_folder
from drivers.clock import Clock
from drivers.readings import CameraHealth


class Patient:
    """One unit under examination. Probes may raise Needs; every one serves any thread.

    `pace`: so many times the usual patience the probes have.
    """

    def __init__(self, config: Config, path: Path, clock: Clock, machine: Machine, pace: float = 1.0) -> None:
        self.config, self.path, self.clock, self.machine, self.pace = config, path, clock, machine, pace
        self.word = Once(partial(daemon.hear, config.status.socket, pace))
        self.receiver = Once(lambda: receiver.hear(config, clock, self.word(), pace))
        self.vision = Once(lambda: vision.look(config, clock, self.word(), pace))
        self.switches = Once(lambda: switch.ask(config, clock, self.word()))
        self.supply = Once(partial(switch.supply, config, clock))
        self.journal = Once(lambda: journal.look(config.journal.path, clock.stamp().utc_ns))
        self.place = Once(partial(place.look, self.folder))
        self.album = Once(partial(place.look, pictures_folder(config), may_be_made=True))
        self._links = {s.name: Once(partial(self._ask, s)) for s in config.sinks}
        self._layers = {name: Once(partial(layer.read, config, name)) for name in ("zones", "permits")}

    @property
    def folder(self) -> Path:
        """Where the unit keeps its state."""
        return self.config.journal.path.parent

    @property
    def status(self) -> dict[str, Any] | None:
        """What the running daemon says of itself; None without one."""
        return self.word().status

    def link(self, sink: str) -> Link:
        """The link to a platform."""
        return self._links[sink]()

    def layer(self, name: str) -> LayerSeen:
        """`zones` or `permits`."""
        return self._layers[name]()

    def health(self, camera: str) -> CameraHealth | None:
        """A camera's state; None when nothing was heard of it."""
        return self.vision().cameras.get(camera)

    def camera(self, name: str) -> Camera:
        """A camera of the configuration."""
        return next(camera for camera in self.config.cameras if camera.name == name)

    def sink(self, name: str) -> Sink:
        """A platform of the configuration."""
        return next(sink for sink in self.config.sinks if sink.name == name)

    def _ask(self, sink: Sink) -> Link:
        return ask_link(sink, self.config.unit, self.clock, self.word(), self.pace)


def cameras(patient: Patient) -> list[str]:
    """The cameras that are on."""
    return [camera.name for camera in patient.config.cameras if camera.on]


def bodies(patient: Patient) -> list[str]:
    """Those that see the load."""
    return [camera.name for camera in patient.config.cameras if camera.on and camera.role == "body"]


def cabs(patient: Patient) -> list[str]:
    """Those that see the driver's place."""
    return [camera.name for camera in patient.config.cameras if camera.on and camera.role == "cab"]


def sinks(patient: Patient) -> list[str]:
    """The platforms."""
    return [sink.name for sink in patient.config.sinks]


def secured(patient: Patient) -> list[str]:
    """The platforms behind TLS."""
    return [sink.name for sink in patient.config.sinks if sink.tls]
