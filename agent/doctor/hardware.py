"""Receiver and cameras: asked from the daemon where it runs, else tried directly."""

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from agent.config import Camera, Config
from agent.doctor.findings import Finding, fail, ok, skip, warn
from drivers.clock import Clock
from drivers.errors import DriverError
from drivers.gnss.source.address import Tty, parse_source
from drivers.gnss.source.connection import connect
from drivers.readings import Fix, ReceiverHealth

SECOND = 1_000_000_000
_LISTEN_S = 4.0
_PICTURE_S = 15.0
Status = dict[str, Any] | None
_CAMERA_REMEDY = {
    "dark": "see that its lamp or infrared works; a parked truck may be dark",
    "glare": "turn it out of the sun or give it a hood",
    "blocked": "take away what is before the lens",
    "defocused": "clean the lens, then set its focus",
    "dirty": "clean the lens",
    "frozen": "restart the camera; if it comes again, replace it",
    "moved": "mount it as it was, or set its roi and reference again",
}


def receiver(config: Config, clock: Clock, status: Status) -> Iterator[Finding]:
    """The port and what comes out of it."""
    port = _source(config.gnss.source, clock)
    yield port
    if config.gnss.control:
        yield _port("gnss.control", config.gnss.control)
    if port.level == "fail":
        yield skip("gnss.fix", "no port to listen to")
    elif status is not None:
        health, gap = status["receiver"], status["gaps"].get("fix")
        if health is None or not health["connected"]:
            yield _no_sentences((health or {}).get("reason") or "nothing heard yet")
        elif gap or status["fix"] is None:
            yield _no_fix()
        else:
            yield ok("gnss.fix", f"{status['fix']['mode']} fix, HDOP {status['fix']['hdop']}")
    else:
        yield _listen(config, clock)


def _source(text: str, clock: Clock) -> Finding:
    """Whether the source can be opened at all; a tty is only looked at, since the daemon may hold it."""
    source = parse_source(text)
    if isinstance(source, Tty):
        return _port("gnss.port", source.path)
    try:
        connect(source, 0, clock).close()
    except DriverError as e:
        return fail("gnss.port", f"{text}: {e.what}", e.remedy)
    return ok("gnss.port", f"{text} can be opened")


def _port(code: str, source: str) -> Finding:
    path = Path(source)
    try:
        mode = path.stat().st_mode
    except OSError as e:
        return fail(code, f"{source}: {e.strerror}", "check plug and cable; see `haulwatch gnss ports`")
    if not stat.S_ISCHR(mode):
        return fail(code, f"{source} is no serial port", "see `haulwatch gnss ports`")
    if not os.access(path, os.R_OK | os.W_OK):
        return fail(code, f"{source} may not be opened", "add the user to the group dialout")
    return ok(code, f"{source} is there")


def _no_sentences(reason: str) -> Finding:
    return fail("gnss.sentences", f"no sentences: {reason}", "see `haulwatch gnss detect`; check its power")


def _no_fix() -> Finding:
    return warn("gnss.fix", "sentences, but no fix", "go under open sky; check the antenna")


def _listen(config: Config, clock: Clock) -> Finding:
    """Read the receiver for some seconds."""
    from agent.receiver_setup import receiver_setup
    from drivers.gnss.receiver import Receiver

    seen: list[Fix | ReceiverHealth] = []
    stop = threading.Event()
    end = clock.mono_ns() + round(_LISTEN_S * SECOND)

    def take(observation: Fix | ReceiverHealth) -> None:
        seen.append(observation)
        if (isinstance(observation, Fix) and observation.mode != "none") or observation.mono_ns > end:
            stop.set()

    setup = msgspec.structs.replace(receiver_setup(config.gnss, config.clock), silent_s=2.0)
    Receiver(setup, clock, take).run(stop, lambda: None)
    fixes = [o for o in seen if isinstance(o, Fix)]
    if fixes and fixes[-1].mode != "none":
        return ok("gnss.fix", f"{fixes[-1].mode} fix, HDOP {fixes[-1].hdop}")
    if fixes:
        return _no_fix()
    health = [o for o in seen if isinstance(o, ReceiverHealth)][-1]
    return _no_sentences(health.reason or "silent")


def cameras(config: Config, path: Path, status: Status) -> Iterator[Finding]:
    """A picture of each camera."""
    for camera in config.cameras:
        if not camera.on:
            yield skip("camera.picture", "switched off in the configuration", camera.name)
        elif status is not None:
            seen = status["cameras"].get(camera.name)
            yield _camera_status(camera, seen)
            for fault in (seen or {}).get("faults", []):
                kind = fault["kind"]
                yield warn(f"camera.{kind}", fault["why"], _CAMERA_REMEDY[kind], camera.name)
        else:
            yield _try_camera(camera, path)


def _camera_status(camera: Camera, seen: dict[str, Any] | None) -> Finding:
    if seen is None or not seen["connected"]:
        return _no_picture(camera, (seen or {}).get("reason") or "nothing heard yet")
    return ok("camera.picture", f"{seen['fps']:.1f} frames per second", camera.name)


def _no_picture(camera: Camera, reason: str) -> Finding:
    return fail("camera.picture", f"no picture: {reason}", "check power, cable and source", camera.name)


def _try_camera(camera: Camera, path: Path) -> Finding:
    """In a process of its own, since a capture may hang."""
    command = [sys.executable, "-I", "-m", "agent", "camera", "snapshot"]
    command += ["--camera", camera.name, "--config", str(path), "--output", os.devnull, "--json"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_PICTURE_S, check=False)
    except subprocess.TimeoutExpired:
        return _no_picture(camera, f"nothing within {_PICTURE_S:g} s")
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        return _no_picture(camera, said[-1].removeprefix("haulwatch: ") if said else "it failed")
    size = json.loads(done.stdout)
    return ok("camera.picture", f"{size['width']}x{size['height']} picture", camera.name)
