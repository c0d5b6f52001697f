"""A unit that is well in every respect, to be broken in one: files, machine, simulated devices, daemon."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rfc8785

from agent.doctor.examination import examine
from agent.doctor.findings import Finding
from agent.doctor.probes.machine import Machine
from agent.errors import PlatformMissing
from agent.evidence.device import Files
from agent.local_socket import ask
from agent.platform.subscriber import Platform
from agent.trust.keys import PrivateKey, new_key
from agent.trust.store import TrustStore, trusted, write_store
from agent.vision.condition.reference import write_reference
from buffer.journal import Journal
from buffer.records import Entry
from drivers.clock import SystemClock
from drivers.sim.broker import best_broker
from drivers.sim.camera import SimCamera
from drivers.sim.module import GENERIC, Character, Module, Settings
from drivers.sim.nmea import sentence
from drivers.sim.picture_book import PictureBook
from drivers.sim.receiver import SimReceiver
from drivers.sim.solution import Pose
from drivers.sim.worlds import straight
from tests.fresh import fresh

PATIENCE_S = 90.0
PACE = 5.0  # tests share the machine with each other
NOW = datetime.now(UTC)
PLATE = "TEST-1"
BED = [[0.1, 0.2], [0.9, 0.2], [0.9, 0.9], [0.1, 0.9]]
SEAT = [[0.5, 0.0], [1.0, 0.0], [1.0, 1.0]]
SQUARE = [[121.4, 31.2], [121.41, 31.2], [121.41, 31.21], [121.4, 31.21], [121.4, 31.2]]
SAYS = Character(
    GENERIC.state,
    antenna={
        s: (sentence("GNTXT", "01", "01", "02", f"ANTSTATUS={s.upper()}"),) for s in ("ok", "open", "short")
    },
)
IMPATIENT = {
    "over_s": 1.0, "settle_s": 1.0, "jam_within_s": 3.0, "jam_after_s": 1.0, "same_cn0_s": 2.0,
    "speed_zero_m": 25.0, "frozen_s": 3.0, "switch_after_s": 2.0, "switch_standing_s": 2.0, "slow_s": 3.0,
    "checksum_s": 1.0, "checksum_errors": 2,
}  # fmt: skip
MACHINE = {
    "proc/meminfo": "MemTotal: 1000000 kB\nMemAvailable: 600000 kB",
    "proc/vmstat": "oom_kill 0",
    "sys/class/thermal/thermal_zone0/temp": "45000",
    "sys/class/hwmon/hwmon0/in0_lcrit_alarm": "0",
    "sys/class/power_supply/ups/capacity": "90",
    "sys/class/power_supply/ups/status": "Discharging",
    "sys/block/mmcblk0/device/life_time": "0x01 0x02",
    "sys/fs/ext4/mmcblk0p2/errors_count": "0",
    "sys/class/rtc/rtc0/since_epoch": f"{NOW.timestamp():.0f}",
    "sys/class/net/lo/operstate": "unknown",
    "sys/class/net/wwan0/operstate": "up",
    "var/lib/dpkg/updates/tmp.i": "",
}
Table = dict[str, Any]


def write(path: Path, content: object) -> str:
    """A file of text or JSON; gives its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def zones(role: str = "loading", **more: object) -> Table:
    feature = {
        "type": "Feature",
        "properties": {"id": "z", "role": role},
        "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
    }
    layer = {"type": "FeatureCollection", "coordinate_system": "WGS-84", "features": [feature]}
    return {key: value for key, value in (layer | more).items() if value is not None}


def permits(*, age: timedelta = timedelta(hours=1), left: timedelta = timedelta(days=90)) -> Table:
    one = {"id": "p", "plate": PLATE, "from": (NOW - timedelta(days=9)).isoformat(),
           "to": (NOW + left).isoformat()}  # fmt: skip
    return {"format": "haulwatch permits 1", "as_of": (NOW - age).isoformat(), "permits": [one]}


def toml(tables: Table) -> str:
    """A configuration file; lists of tables become arrays of tables."""
    lines = []
    for name, table in tables.items():
        for one in table if isinstance(table, list) else [table]:
            head = f"[[{name}]]" if isinstance(table, list) else f"[{name}]"
            lines += [head, *(f"{key} = {_value(value)}" for key, value in one.items()), ""]
    return "\n".join(lines)


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_value(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)


def journal(path: Path, *records: tuple[str, str, Table]) -> None:
    """A journal that a daemon left behind, with records (stream, type, data) of now."""
    clock = SystemClock(0)
    held = Journal.open(fresh(path), clock.boot, max_bytes=10**8, min_free_bytes=0)
    now = clock.stamp()
    held.append(
        [
            Entry(stream, kind, "unit", rfc8785.dumps(data), now.mono_ns, now.utc_ns, "ntp", None)
            for stream, kind, data in (*records, ("life", "stopped", {"severity": "info"}))
        ]
    )
    held.close()


class Camera:
    """A simulated camera whose picture the test chooses."""

    def __init__(self, shows: str) -> None:
        self._book, self.shows = PictureBook.shipped(), shows
        self.pause_s = 0.0
        self.image: Any = None
        self.sim = SimCamera(self._picture, fps=4).start()

    def _picture(self) -> bytes:
        time.sleep(self.pause_s)
        image = self.image
        if image is None:
            return self._book.view(self.shows)
        noise = np.random.default_rng().integers(0, 3, image.shape, np.uint8)
        return cv2.imencode(".jpg", cv2.add(image, noise))[1].tobytes()


class Unit:
    """`tables` is a healthy unit's configuration; its devices run, its daemon when `start` was called."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack) -> None:
        self.folder, self._stack = folder, stack
        self.state = folder / "state"
        self.bed, self.cab = Camera("covered"), Camera("cab")
        for camera in (self.bed, self.cab):
            stack.callback(camera.sim.stop)
        self.receiver = self.receives(folder / "gnss")
        self.broker = stack.enter_context(best_broker())
        # Events that nobody subscribes to are not delivered.
        self.platform = stack.enter_context(Platform(self.broker.port))
        self.process: subprocess.Popen[bytes] | None = None
        self.key = new_key()
        self.tables = self._tables()
        for name, text in MACHINE.items():
            write(folder / "machine" / name, text)
        (folder / "machine/proc/locks").symlink_to("/proc/locks")
        self.trust(self.state)

    def receives(self, link: Path, make: Character = SAYS, **settings: Any) -> SimReceiver:
        """A receiver that drives north-east and speaks of its antenna."""
        world = straight(Pose(31.23, 121.47, 8.0, 12.0, 45.0))
        receiver = SimReceiver.of(link, Module(world, Settings(seed=1, **settings), None, make)).start()
        self._stack.callback(receiver.stop)
        return receiver

    def trust(self, state: Path) -> PrivateKey:
        """A state folder whose unit trusts a platform's key and has one of its own."""
        state.mkdir(parents=True, exist_ok=True)
        purposes = ("command", "permits", "zones", "trust")
        write_store(
            state / "trust.json", TrustStore().with_key(trusted(self.key.public, purposes, "city", NOW))
        )
        new_key().write(Files(state).key)
        return self.key

    def _tables(self) -> Table:
        folder = self.folder
        book = PictureBook.shipped()
        picture = cv2.imdecode(np.frombuffer(book.view("covered"), np.uint8), cv2.IMREAD_COLOR)
        write_reference(picture, folder / "references", "bed")
        return {
            "unit": {"fleet": "hil", "vehicle": "truck-1", "plate": PLATE},
            "gnss": {"source": str(folder / "gnss"), "silent_s": 1.5, "health": IMPATIENT},
            "vision": {
                "fps_moving": 2.0,
                "references": folder / "references",
                "teaching": folder / "teaching",
                "health": {"after_s": 0.5, "over_s": 0.5, "frozen_s": 2.0},
            },
            "coverage": {"fix_gap_s": 4.0, "camera_gap_s": 3.0, "link_gap_s": 1.0, "health_every_s": 2.0},
            "journal": {"path": self.state / "journal.db", "min_free_bytes": 1000},
            "pictures": {"min_free_bytes": 1000},
            "status": {"socket": folder / "agent.sock"},
            "warning": {"sound": False},
            "power": {"supply": f"value:{write(folder / 'supply', '26000')}", "floor_v": 22.0},
            "switches": [{"role": "lift", "source": f"value:{write(folder / 'lift', '0')}"}],
            "zones": {"file": write(folder / "zones.geojson", zones())},
            "permits": {"file": write(folder / "permits.json", permits())},
            "cameras": [
                {"name": "bed", "role": "body", "source": self.bed.sim.url, "roi": BED},
                {"name": "cab", "role": "cab", "source": self.cab.sim.url, "driver": SEAT, "enabled": True},
            ],
            "sinks": [
                {"name": "city", "url": self.broker.url, "retry_cap_s": 1.0, "retry_spread_s": 0.0,
                 "track_every_s": 0.5},
            ],
        }  # fmt: skip

    @property
    def machine(self) -> Path:
        """The root of what Linux says of the machine."""
        return self.folder / "machine"

    def write(self, name: str = "agent.toml") -> Path:
        """The configuration as a file."""
        return Path(write(self.folder / name, toml(self.tables)))

    def start(self) -> "Unit":
        """The daemon, until all that it looks at is there."""
        command = [sys.executable, "-I", "-m", "agent", "run", "--config", str(self.write())]
        log = self._stack.enter_context((self.folder / "agent.log").open("ab"))
        self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self._stack.callback(self.end)
        self.until_well()
        return self

    def end(self) -> None:
        """The daemon's end, for good."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE_S)

    def status(self) -> Table:
        with contextlib.suppress(PlatformMissing):
            return ask(self.folder / "agent.sock", {"ask": "status"})
        return {}

    def until_well(self) -> None:
        """The daemon runs, and nothing is wrong."""
        self.until(partial(_is_well, cameras=len(self.tables["cameras"])), "a unit that is well")

    def until(self, holds: Callable[[Table], object], what: str = "") -> Table:
        """The daemon's status once it is so."""
        end = time.monotonic() + PATIENCE_S
        while not ((status := self.status()) and holds(status)):
            assert time.monotonic() < end, (
                f"{what}\n{(self.folder / 'agent.log').read_text()[-2000:]}\n{status}"
            )
            time.sleep(0.05)
        return status


def _is_well(status: Table, cameras: int) -> bool:
    seen = status["cameras"].values()
    if not status["receiver"] or not status["fix"] or not status["fix"]["utc"] or status["gaps"]:
        return False
    old = datetime.now(UTC) - datetime.fromisoformat(status["fix"]["utc"])
    return (
        old < timedelta(seconds=4)
        and status["receiver"]["antenna"] == "ok"
        and not status["receiver"]["suspicions"]
        and len(seen) == cameras
        and all(camera["connected"] and camera["fps"] > 1.2 and not camera["faults"] for camera in seen)
        and all(sink["connected"] and sink["listening"] for sink in status["sinks"].values())
    )


def bad(path: Path, machine: Path, *only: str) -> dict[str, Finding]:
    """What the doctor finds, by code."""
    found = [finding for finding in examine(path, only, Machine(machine), PACE) if finding.bad]
    assert len({finding.code for finding in found}) == len(found), found
    return {finding.code: finding for finding in found}


@contextlib.contextmanager
def unit_in(folder: Path) -> Iterator[Unit]:
    """A healthy unit, not started."""
    with contextlib.ExitStack() as stack:
        yield Unit(folder, stack)
