"""Fixtures for the tests of those who build on Haulwatch: a receiver, a camera and a broker.

Each gives a `Device`: simulated, or the real unit that HAULWATCH_HIL_TTY, HAULWATCH_HIL_CAMERA (a path or
URL) or HAULWATCH_HIL_BROKER (mqtt://host:port) names. All else is imported only when a fixture is used.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Device:
    """`address` for the configuration; `sim` to make it fail, None for a real unit."""

    address: str
    sim: Any = None


@pytest.fixture
def haulwatch_receiver(tmp_path: Path) -> Iterator[Device]:
    """A receiver that drives north-east at 10 m/s; `sim` is a SimReceiver (inject, clear, unplug …)."""
    if real := _real("TTY"):
        yield real
        return
    from drivers.sim.nmea import Pose
    from drivers.sim.receiver import SimReceiver
    from drivers.sim.worlds import straight

    receiver = SimReceiver(tmp_path / "gnss", straight(Pose(31.2304, 121.4737, 8.0, 10.0, 45.0))).start()
    try:
        yield Device(str(tmp_path / "gnss"), receiver)
    finally:
        receiver.stop()


@pytest.fixture
def haulwatch_camera() -> Iterator[Device]:
    """A camera with a picture that changes; `sim` is a SimCamera (`fault` makes it stall, refuse, freeze)."""
    if real := _real("CAMERA"):
        yield real
        return
    from drivers.sim.camera import SimCamera, slides

    camera = SimCamera(slides(_pictures(), 0.5), fps=5.0).start()
    try:
        yield Device(camera.url, camera)
    finally:
        camera.stop()


@pytest.fixture
def haulwatch_broker() -> Iterator[Device]:
    """A broker; `sim` is a Broker (`kill`, and `start` again on the same port). Skips if there is none."""
    if real := _real("BROKER"):
        yield real
        return
    from drivers.sim.broker import best_broker, broker_available

    if broker_available() is None:
        pytest.skip("no broker is installed: mosquitto, or haulwatch[demo]")
    with best_broker() as broker:
        yield Device(broker.url, broker)


def _real(kind: str) -> Device | None:
    address = os.environ.get(f"HAULWATCH_HIL_{kind}")
    return Device(address) if address else None


def _pictures() -> list[bytes]:
    """JPEGs of a bright square at four places."""
    import cv2
    import numpy

    pictures = []
    for place in range(4):
        canvas = numpy.full((360, 480, 3), 60, numpy.uint8)
        canvas[120:240, 60 + 80 * place : 180 + 80 * place] = 200
        pictures.append(cv2.imencode(".jpg", canvas)[1].tobytes())
    return pictures
