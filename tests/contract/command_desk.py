"""For tests of commands: a rig with the worker behind it, and a platform that collects replies."""

import json
import secrets
import threading
from datetime import UTC, datetime, timedelta

from agent.config import CommandsConfig, Sink
from agent.control.room import Ports, Room
from agent.control.upload import Sending
from agent.remote.book import read as read_page
from agent.remote.desired import Signs
from agent.remote.live import Hooks, Live
from agent.trust.keys import new_key
from agent.trust.store import read_store, trusted, write_store
from agent.uplink.media.shelf import Shelf

VEHICLE = "muck/truck-1"
BASE = f"haulwatch/v1/{VEHICLE}"


KEY = new_key()
ALL = ("command", "permits", "zones", "config", "trust")


def signed(name, command, key=KEY, **changes):
    """A command's document; `changes` replace members of `signed`, or of its body."""
    now = datetime.now(UTC)
    body = {"name": name, "id": command, "args": changes.pop("args", {})}
    parts = {
        "purpose": "command",
        "vehicles": ["muck/truck-1"],
        "nonce": secrets.token_urlsafe(16),
        "not_before": (now - timedelta(minutes=1)).isoformat(),
        "expires": (now + timedelta(minutes=10)).isoformat(),
        "body": {**body, **changes.pop("body", {})},
    }
    return json.dumps(key.sign(parts | changes)).encode()


def trust_key(desk, key=KEY, purposes=ALL):
    """The vehicle trusts a key from now on."""
    file = desk.rig.path.parent / "trust.json"
    write_store(file, read_store(file).with_key(trusted(key.public, purposes, "city", datetime.now(UTC))))


class Desk:
    """A rig with the worker of commands beside the uplink; the worker may be stopped and started alone."""

    def __init__(self, rig):
        self.rig, self.journal, self.clock, self.sink = rig, rig.journal, rig.clock, rig.sink
        self.refused, self.put, self.adopted, self.restarted, self.wanted = [], [], [], [], []
        self.signs = Signs(link=True, fix=True)
        self.more = {}  # further tables of the configuration
        self.limits = CommandsConfig()
        self.room = None
        self._over = threading.Event()
        self._control = None
        rig.built = lambda uplink: self.room.listen("city", uplink.ear)

    def open(self, sink: Sink, *, working=True):
        status = {"big": 1 << 60}
        folder = self.rig.path.parent
        self.file = folder / "agent.toml"
        self.file.write_text(self.toml(sink))
        page = read_page(folder / "remote.json")
        self.live = Live(self.file, page.settings, self.clock)
        self.live.connect(Hooks(lambda *adopted: self.adopted.append(adopted), self.restarted.extend))
        ports = Ports(
            version="1.2",
            journal=self.journal,
            clock=self.clock,
            offer=self.refused.append,
            put=self.put.append,
            status=lambda: status,
            told=self._wake,
            ear=lambda _: self.rig.uplink.ear,
            restart=self.restarted.extend,
            signs=lambda _: self.signs,
            sending=Sending(
                self.journal,
                self.clock,
                Shelf(folder / "pictures"),
                self._ask,
                lambda: status,
                lambda _: self.rig.uplink.spending,
            ),
        )
        self.room = Room(self.live, ports)
        self.rig.start(sink)
        if working:
            self.work()

    def work(self):
        self._over.clear()
        self._worker = self.room.build()
        self._control = threading.Thread(target=self._worker.run, args=(self._over, int))
        self._control.start()

    def toml(self, sink):
        """The unit's file."""
        tables = {
            "unit": {"fleet": "muck", "vehicle": "truck-1"},
            "gnss": {"source": "/dev/null"},
            "journal": {"path": str(self.rig.path)},
            "commands": {"per_minute": self.limits.per_minute, "burst": self.limits.burst},
        }
        settings = {k: getattr(sink, k) for k in sink.__struct_fields__ if k not in ("topics", "budget")}
        given = {k: v for k, v in settings.items() if v is not None}
        tables = {**tables, **self.more, "[sinks]": given}
        return "\n".join(
            line for name, values in tables.items() for line in (f"[{name}]", *map(pair, values.items()))
        )

    def _wake(self):
        self.rig.uplink.wake()

    def _ask(self, sink, sha256):
        self.wanted.append((sink, sha256))
        return "unknown"

    def rest(self):
        """Stop the worker; the uplink goes on."""
        self._over.set()
        if self._control:
            self._worker.wake()
            self._control.join()
            self._control = None

    def close(self):
        """Stop both; what is at the broker stays there."""
        self.rest()
        self.rig.stop()

    @property
    def status(self):
        return self.rig.status

    @property
    def tally(self):
        return self.room.intakes["city"].tally


def pair(item):
    return f"{item[0]} = {json.dumps(item[1], default=str)}"


class Asker:
    """The platform, and the replies that it got."""

    def __init__(self, platform):
        self.platform, self.replies = platform, []
        platform.listen(self._heard)

    def _heard(self, topic, payload):
        if topic.endswith("/reply"):
            self.replies.append((topic, json.loads(payload)))

    def ask(self, name, command, payload=b"", **more):
        self.platform.publish(f"{BASE}/cmd/{name}/{command}", payload, **more)

    def of(self, command):
        return [m["data"] for _, m in self.replies if m["data"]["command"] == command]

    def states(self, command):
        return [(d["state"], d["reason"], d["repeated"]) for d in self.of(command)]


def connected(desk, broker, until, **settings):
    desk.open(desk.sink(broker.url, **settings))
    until(lambda: desk.status.listening)
