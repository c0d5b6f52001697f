"""A film in real time through a real stream into the real daemon, and what its journal says of it."""

import contextlib
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from agent.errors import PlatformMissing
from agent.local_socket import ask
from drivers.sim.camera import SimCamera
from drivers.sim.film.film import Film
from drivers.sim.film.projector import Projector
from drivers.sim.film.script import Truth
from drivers.sim.nmea import Pose
from drivers.sim.receiver import SimReceiver
from drivers.sim.rtsp import SimRtsp

_FPS = 10.0
_DEGREE_M = 111_195.0
_POLL_S = 0.05


class Noted(msgspec.Struct):
    """A record of an event as it appeared in the journal, s of the film; `since_s`: what began then."""

    at_s: float
    type: str
    data: dict[str, object]
    since_s: float | None


class Second(msgspec.Struct):
    """What was true and what the daemon said at one moment."""

    truth: Truth
    said: str


class Drive:
    """Film, camera, receiver and daemon; `watch` until the film ends."""

    def __init__(self, folder: Path, film: Film, *, rtsp: bool, size: tuple[int, int]) -> None:
        self._folder, self._film = folder, film
        self.projector = Projector(film, size, _FPS)
        self._camera = (SimRtsp if rtsp else SimCamera)(self.projector, _FPS)
        self._receiver = SimReceiver(folder / "gnss", self._world)
        self._journal = folder / "journal.db"
        self._daemon: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Drive":
        self._camera.start()
        self._receiver.start()
        config = self._configure()
        with (self._folder / "agent.log").open("wb") as log:
            command = [sys.executable, "-I", "-m", "agent", "run", "--config", str(config)]
            self._daemon = subprocess.Popen(command, stderr=log, stdout=log)
        return self

    def __exit__(self, *_: object) -> None:
        if self._daemon:
            self._daemon.terminate()
            self._daemon.wait(20)
        self._receiver.stop()
        self._camera.stop()

    def watch(self) -> Iterator[Noted | Second]:
        """Events as they appear in the journal, and each second what is said."""
        seen, due = 0, 0.0
        while (at := self.projector.elapsed_s) < self._film.duration_s:
            for seq, kind, payload in self._events(seen):
                seen = seq
                data = json.loads(payload)
                since = self.projector.at(data["since_us"] * 1000) if "since_us" in data else None
                yield Noted(round(at, 2), kind, data, since)
            if at >= due:
                due = max(due + 1, at)
                yield Second(self._film.truth(at), self._said())
            time.sleep(_POLL_S)

    def _events(self, after: int) -> list[tuple[int, str, bytes]]:
        if not self._journal.exists():
            return []
        with contextlib.closing(sqlite3.connect(f"file:{self._journal}?mode=ro", uri=True)) as journal:
            wanted = "select seq, type, payload from record where stream = 'event' and seq > ? order by seq"
            try:
                return journal.execute(wanted, (after,)).fetchall()
            except sqlite3.OperationalError:  # not made yet
                return []

    def _said(self) -> str:
        try:
            return str(ask(self._folder / "agent.sock", {"ask": "status"})["load"]["state"])
        except (PlatformMissing, KeyError):
            return "nothing"

    def _world(self, _: float) -> Pose:
        scene = self._film.script.scene(self.projector.elapsed_s)
        north = 31.0 + scene.driven_m / _DEGREE_M
        return Pose(north, 121.0, 8.0, scene.stretch.speed_mps, 0.0)

    def _configure(self) -> Path:
        """The defaults, but for what a truck must be told; nobody is warned, so that nothing is put off."""
        roi = json.dumps([list(corner) for corner in self._film.roi])
        lines = [
            '[unit]\nfleet = "bench"\nvehicle = "drive"',
            f'[gnss]\nsource = "{self._folder / "gnss"}"',
            f'[journal]\npath = "{self._journal}"',
            f'[status]\nsocket = "{self._folder / "agent.sock"}"',
            "[warning]\nkinds = []",
            f'[[cameras]]\nname = "bed"\nrole = "body"\nsource = "{self._camera.url}"\nroi = {roi}',
        ]
        path = self._folder / "agent.toml"
        path.write_text("\n".join(lines) + "\n")
        return path
