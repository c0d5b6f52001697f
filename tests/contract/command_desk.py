"""For tests of commands: a rig with the worker behind it, and a platform that collects replies."""

import json
import threading

from agent.config import CommandsConfig, Config, Gnss, JournalConfig, Sink, Unit
from agent.control.room import Ports, Room

VEHICLE = "muck/truck-1"
BASE = f"haulwatch/v1/{VEHICLE}"


class Desk:
    """A rig with the worker of commands beside the uplink; the worker may be stopped and started alone."""

    def __init__(self, rig):
        self.rig, self.journal, self.clock, self.sink = rig, rig.journal, rig.clock, rig.sink
        self.refused = []
        self.limits = CommandsConfig()
        self.room = None
        self._over = threading.Event()
        self._control = None
        rig.built = lambda uplink: uplink.ear.listen(self.room.intakes["city"].take)

    def open(self, sink: Sink, *, working=True):
        journal = JournalConfig(self.rig.path)
        unit = Unit("muck", "truck-1")
        config = Config(unit, Gnss("/dev/null"), sinks=(sink,), journal=journal, commands=self.limits)
        status = {"big": 1 << 60}
        ports = Ports("1.2", self.journal, self.clock, self.refused.append, lambda: status, self._wake)
        self.room = Room(config, ports)
        self.rig.start(sink)
        if working:
            self.work()

    def work(self):
        self._over.clear()
        control = self.room.build()
        self._control = threading.Thread(target=control.run, args=(self._over, int))
        self._control.start()

    def _wake(self):
        self.rig.uplink.wake()

    def close(self):
        """Stop both; what is at the broker stays there."""
        self._over.set()
        if self._control:
            self._control.join()
            self._control = None
        self.rig.stop()

    @property
    def status(self):
        return self.rig.status

    @property
    def tally(self):
        return self.room.intakes["city"].tally


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
