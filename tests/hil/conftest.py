"""A whole truck: the daemon as a process on a tty, a camera address and a broker, simulated or real."""

import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from agent.demo.stage import has_delivered, last_seqs
from agent.errors import PlatformMissing
from agent.local_socket import ask
from agent.platform.ledger import Vehicle
from agent.platform.subscriber import Platform
from drivers.sim.camera import SimCamera
from drivers.sim.link import Link
from drivers.sim.picture_book import PictureBook
from tests.fresh import fresh

PATIENCE_S = 60.0
QUICK = {
    "load": {
        "smoothing_s": 0.5,
        "confidence": 0.7,
        "uncovered_after_s": 2.0,
        "covered_after_s": 2.0,
        "change_after_s": 1.0,
        "stale_reading_s": 4.0,
    },
    "coverage": {"fix_gap_s": 1.5, "camera_gap_s": 3.0, "link_gap_s": 1.0, "health_every_s": 2.0},
    "vision": {"fps_moving": 4.0},
    "warning": {"kinds": [], "sound": False},
}


class Body:
    """A simulated body camera whose picture the test chooses."""

    def __init__(self):
        book = PictureBook.shipped()
        self.shows = "covered"
        self.sim = SimCamera(lambda: book.view(self.shows), fps=8).start()


class Truck:
    """The daemon and what surrounds it; nothing in it is patched."""

    def __init__(self, folder: Path, tty: str, broker_url: str, platform: Platform):
        self.folder, self.platform = folder, platform
        self.tables = {name: dict(values) for name, values in QUICK.items()}
        self.tables |= {
            "unit": {"fleet": "hil", "vehicle": "truck-1"},
            "gnss": {"source": tty, "silent_s": 1.5},
            "journal": {"path": str(folder / "state" / "journal.db")},
            "status": {"socket": str(folder / "agent.sock")},
        }
        self.sink = {
            "name": "city",
            "url": broker_url,
            "retry_cap_s": 1.0,
            "retry_spread_s": 0.0,
            "track_every_s": 0.5,
            "live_every_s": 0.0,
        }
        self.cameras, self.switches = [], []
        self.process = None

    def add_camera(self, name, url, role="body", **more):
        self.cameras.append({"name": name, "role": role, "source": url, "enabled": True, **more})

    def add_switch(self, role, level, **more):
        """A switch on a value file; returns the file."""
        file = self.folder / f"switch-{role}"
        file.write_text(f"{level}\n")
        self.switches.append({"role": role, "source": f"value:{file}", **more})
        return file

    @property
    def config(self):
        return self.folder / "agent.toml"

    def write_config(self):
        lines = []
        arrays = [("[cameras]", c) for c in self.cameras] + [("[sinks]", self.sink)]
        arrays += [("[switches]", switch) for switch in self.switches]
        for name, values in [*self.tables.items(), *arrays]:
            lines += [f"[{name}]", *(f"{k} = {toml(v)}" for k, v in values.items()), ""]
        self.config.write_text("\n".join(lines))

    def start(self):
        fresh(Path(self.tables["journal"]["path"]))
        self.write_config()
        command = [sys.executable, "-I", "-m", "agent", "run", "--config", str(self.config)]
        with (self.folder / "agent.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        return self

    def terminate(self):
        """SIGTERM; returns the exit status."""
        self.process.terminate()
        return self.process.wait(PATIENCE_S)

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE_S)

    def log(self):
        return (self.folder / "agent.log").read_text()

    def restart_broker(self):
        """Start the broker, and let the truck reach it once the platform listens again."""
        self.link.cut()
        before = self.platform.subscriptions
        self.broker.start()
        assert self.platform.await_subscriptions(before + 1, PATIENCE_S)
        self.link.mend()

    def status(self):
        try:
            return ask(self.folder / "agent.sock", {"ask": "status"})
        except PlatformMissing:
            return None

    def vehicle(self):
        return self.platform.snapshot().get("hil/truck-1", Vehicle())

    def await_status(self, predicate, what=""):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            status = self.status()
            if status is not None and predicate(status):
                return status
            time.sleep(0.1)
        pytest.fail(f"{what or 'the status'} did not come about\n{self.log()[-3000:]}\n{self.status()}")

    def await_platform(self, predicate, what=""):
        """Until `predicate` holds for what the platform knows of the truck."""
        known = self.platform.wait_for(
            lambda vehicles: "hil/truck-1" in vehicles and predicate(vehicles["hil/truck-1"]), PATIENCE_S
        )
        if not known:
            types = [(m["type"], m["data"]) for m in self.vehicle().events("coverage")]
            pytest.fail(f"{what or 'it'} did not arrive\n{self.log()[-3000:]}\n{types}")
        return self.vehicle()

    def await_message(self, stream, kind, **data):
        """Until a message of that kind arrives whose data holds these values; returns it."""

        def matches(message):
            found = message["data"]
            return message["type"] == kind and all(found.get(k) == v for k, v in data.items())

        vehicle = self.await_platform(
            lambda v: any(matches(m) for m in v.streams.get(stream, ())), f"{kind} {data}"
        )
        return [m for m in vehicle.events(stream) if matches(m)][-1]

    def await_drained(self):
        """Until all that is in the journal now is acknowledged."""
        wanted = last_seqs(self.await_status(lambda s: s["journal"]["streams"]))
        self.await_status(lambda s: has_delivered(s, wanted), "a drained backlog")


def toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + "}"
    return f"{value.isoformat()}" if hasattr(value, "isoformat") else json.dumps(value)


@pytest.fixture
def truck(tmp_path, haulwatch_receiver, haulwatch_broker):
    """A truck without cameras, not started; a simulated broker is reached through a link that can be cut."""
    url = urlsplit(haulwatch_broker.address)
    with contextlib.ExitStack() as stack:
        platform = stack.enter_context(Platform(url.port, url.hostname))
        link = None
        if haulwatch_broker.sim:
            link = Link(url.port).start()
            stack.callback(link.stop)
        address = f"mqtt://127.0.0.1:{link.port}" if link else haulwatch_broker.address
        truck = Truck(tmp_path, haulwatch_receiver.address, address, platform)
        truck.receiver, truck.broker, truck.link = haulwatch_receiver.sim, haulwatch_broker.sim, link
        yield truck
        if truck.process and truck.process.poll() is None:
            truck.kill()
        assert platform.invalid == [], "the daemon says what no schema has"


@pytest.fixture
def body():
    """A simulated body camera."""
    body = Body()
    yield body
    body.sim.stop()


@pytest.fixture
def bodies(body):
    """Two of them."""
    second = Body()
    yield body, second
    second.sim.stop()


@pytest.fixture
def simulated(truck):
    """For tests that make devices fail: skips on a real unit."""
    if truck.receiver is None or truck.broker is None:
        pytest.skip("makes simulated devices fail, and this is a real unit")
    return truck
