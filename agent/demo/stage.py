"""Everything the demo starts: broker, network, receiver, cameras, platform, and the real daemon.

The daemon is a process of its own on a real pty, real video URLs and a real broker, and knows of no demo.
"""

import contextlib
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Self

from agent.demo.scenario import FLEET, TRIP, VEHICLE, write_config
from agent.errors import PlatformMissing
from agent.evidence.overview import overview
from agent.local_socket import ask
from agent.platform.ledger import Vehicle
from agent.platform.subscriber import Platform
from agent.uplink.topics import BACKLOG
from buffer.survey import Survey
from drivers.sim.broker import Broker
from drivers.sim.camera import SimCamera
from drivers.sim.link import Link
from drivers.sim.nmea import Pose
from drivers.sim.picture_book import PictureBook
from drivers.sim.receiver import SimReceiver
from drivers.sim.truck import Moment

_PACE_S = 0.1
_KEY = f"{FLEET}/{VEHICLE}"


class Stage:
    """The world and its platform; the trip begins when `begin` is called."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.folder, self.broker = folder, broker
        self.began: datetime | None = None
        self._began_mono = 0.0
        self._pictures = PictureBook.shipped()
        self._cameras = {
            "body": SimCamera(lambda: self._pictures.view(self.now().leg.bed), fps=10),
            "cab": SimCamera(lambda: self._pictures.view("cab"), fps=5),
        }
        self._daemon: subprocess.Popen[bytes] | None = None
        self._over = threading.Event()
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as opened:
            self.broker.start()
            opened.callback(self.broker.stop)
            self._link = Link(self.broker.port).start()
            opened.callback(self._link.stop)
            self.platform = Platform(self.broker.port).start()
            opened.callback(self.platform.stop)
            for camera in self._cameras.values():
                camera.start()
                opened.callback(camera.stop)
            # Made only now, so that its clock is right from its start, however slow the machine was.
            receiver = SimReceiver(self.folder / "gnss", self._sky, epoch=datetime.now(UTC)).start()
            opened.callback(receiver.stop)
            self._start_daemon(opened)
            self._open = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._open.close()

    @property
    def config(self) -> Path:
        """The daemon's configuration file."""
        return self.folder / "agent.toml"

    def await_ready(self, timeout_s: float = 60.0) -> None:
        """Until the platform knows the truck, its position and its load; raises PlatformMissing."""
        if not self.platform.wait_for(_is_ready, timeout_s) or self.daemon_exit() is not None:
            raise PlatformMissing(
                "the platform did not hear of the truck", where="demo", remedy=f"see {self.log_file}"
            )

    def begin(self) -> None:
        """Start the trip, and let the network follow it."""
        self._began_mono = time.monotonic()
        self.began = datetime.now(UTC)
        threading.Thread(target=self._move_network, name="network", daemon=True).start()

    def elapsed(self) -> float:
        """Seconds of the trip so far; negative before it begins."""
        return time.monotonic() - self._began_mono if self.began else -1.0

    def now(self) -> Moment:
        """The world at this moment."""
        return TRIP.at(self.elapsed())

    def vehicle(self) -> Vehicle:
        """What the platform knows of the truck."""
        return self.platform.snapshot().get(_KEY, Vehicle())

    def status(self) -> dict[str, Any] | None:
        """What the daemon says of itself; None when it does not answer."""
        try:
            return ask(self.folder / "agent.sock", {"ask": "status"})
        except PlatformMissing:
            return None

    def drain(self, timeout_s: float = 30.0) -> bool:
        """Wait until the platform has acknowledged all that is in the journal now; whether it has."""
        wanted: dict[str, int] = {}
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            status = self.status()
            wanted = wanted or last_seqs(status)
            if has_delivered(status, wanted):
                return True
            self._over.wait(0.5)
        return False

    def sealed(self, timeout_s: float = 60.0) -> bool:
        """Wait until every accusation is sealed, signed and delivered; whether it is."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            with Survey(self.folder / "journal.db") as survey:
                rows = list(overview(survey))
            if all(row.anchored for row in rows):
                return self.drain()
            self._over.wait(0.5)
        return False

    def stop_daemon(self) -> tuple[int, float]:
        """SIGTERM; returns the exit status and the seconds it took."""
        if self._daemon is None:
            return 0, 0.0
        asked = time.monotonic()
        self._daemon.terminate()
        return self._daemon.wait(20), time.monotonic() - asked

    def daemon_exit(self) -> int | None:
        """The daemon's exit status; None while it runs."""
        return self._daemon.poll() if self._daemon else None

    @property
    def log_file(self) -> Path:
        """Where the daemon's log goes."""
        return self.folder / "agent.log"

    def _start_daemon(self, opened: contextlib.ExitStack) -> None:
        urls = {role: camera.url for role, camera in self._cameras.items()}
        write_config(self.folder, self.folder / "gnss", urls, f"mqtt://127.0.0.1:{self._link.port}")
        log: IO[bytes] = opened.enter_context(self.log_file.open("wb"))
        command = [sys.executable, "-I", "-m", "agent", "run", "--config", str(self.config)]
        self._daemon = subprocess.Popen(command, stderr=log, stdout=log)
        opened.callback(self._end_daemon)

    def _end_daemon(self) -> None:
        if self._daemon and self._daemon.poll() is None:
            self._daemon.terminate()
            try:
                self._daemon.wait(10)
            except subprocess.TimeoutExpired:
                self._daemon.kill()
                self._daemon.wait()

    def _sky(self, _: float) -> Pose | None:
        return TRIP.seen_by_receiver(self.elapsed())

    def _move_network(self) -> None:
        network = True
        while not self._over.wait(_PACE_S):
            wanted = self.now().leg.network
            if wanted != network:
                (self._link.mend if wanted else self._link.cut)()
                network = wanted


def _is_ready(vehicles: dict[str, Vehicle]) -> bool:
    vehicle = vehicles.get(_KEY)
    return (
        vehicle is not None
        and vehicle.live is not None
        and any(e["type"] == "load.changed" for e in vehicle.streams.get("event", ()))
    )


def backlog(status: dict[str, Any] | None) -> int | None:
    """Records on disk or in memory that the platform has not acknowledged; None when nobody knows."""
    if status is None:
        return None
    journal = status["journal"]
    sent = [s for sink in journal["sinks"].values() for name, s in sink.items() if name in BACKLOG]
    unsettled = sum(s["unsettled"] for s in sent)
    return int(unsettled + journal["pending"])


def last_seqs(status: dict[str, Any] | None) -> dict[str, int]:
    """The newest seq of each stream that is sent."""
    streams = {} if status is None else status["journal"]["streams"]
    return {name: int(s["last"]) for name, s in streams.items() if name in BACKLOG}


def has_delivered(status: dict[str, Any] | None, wanted: dict[str, int]) -> bool:
    """Whether every sink has acknowledged each stream up to the wanted seq."""
    if status is None or not wanted:
        return False
    sinks = status["journal"]["sinks"].values()
    return bool(sinks) and all(sink[n]["watermark"] > seq for sink in sinks for n, seq in wanted.items())
