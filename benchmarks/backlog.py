"""After a day offline: how long until the platform sees the present, while the backlog drains beside it.

The journal holds a day of fixes and hundreds of events. The line to mosquitto is mended; from the CONNACK on
it is measured when the first live fix arrives, when an event arrives that is written at that moment, and when
the backlog has been acknowledged; `--line` makes the line a slow one. One JSON object per figure, the median
first.
"""

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.config import Sink, Unit
from agent.model import LinkState
from agent.uplink.sink import Uplink
from buffer.journal import Journal
from buffer.records import Entry
from drivers.clock import SystemClock
from drivers.sim.broker import MosquittoBroker, mosquitto_binary
from drivers.sim.link import Link

UNIT = Unit("bench", "truck")
FIX = (
    b'{"accuracy":null,"alt":8.52,"course":75.1,"hdop":0.9,"inferred":[],"lat":31.2304123,"lon":121.4737456,'
    b'"mode":"3d","quality":1,"satellites":14,"speed":13.89,"utc":"2026-11-30T08:00:00.000Z"}'
)
EVENT = b'{"from":"covered","kind":"change","severity":"notice","to":"uncovered"}'
NEW = b'{"new":true,"severity":"violation"}'
TARGET_S = 2.0


class Watch:
    """The platform: when the first live fix and the new event arrive."""

    def __init__(self, port: int) -> None:
        self.seen: dict[str, float] = {}
        self._ready = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_message = self._on_message
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.connect("127.0.0.1", port)
        self._client.subscribe("haulwatch/#", qos=1)
        self._client.loop_start()
        self._ready.wait(10)

    def stop(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: paho.Client, _: object, message: paho.MQTTMessage) -> None:
        now = time.monotonic()
        if message.topic.endswith("/live"):
            self.seen.setdefault("live", now)
        elif message.topic.endswith("/event") and NEW in message.payload:
            self.seen.setdefault("event", now)


def filled(path: Path, clock: SystemClock, fixes: int, events: int) -> Journal:
    """A journal of so many fixes and events."""
    journal = Journal.open(path, clock.boot, max_bytes=2**31, min_free_bytes=0)
    now = clock.stamp()
    fix = Entry("track", "fix", "unit", FIX, now.mono_ns, now.utc_ns, now.origin)
    event = Entry("event", "load.changed", "load-1", EVENT, now.mono_ns, now.utc_ns, now.origin)
    for begin in range(0, fixes, 1000):
        journal.append([fix] * min(1000, fixes - begin))
    journal.append([event] * events)
    return journal


class Truck:
    """The uplink and what the core does for it: a live fix each second, a group commit, one new event."""

    def __init__(self, journal: Journal, clock: SystemClock, sink: Sink) -> None:
        self.joined: float | None = None
        self._journal, self._clock, self._stop = journal, clock, threading.Event()
        self.uplink = Uplink(sink, UNIT, journal, clock, self._put, lambda *_: None)
        work = (self._send, self._live)
        self._threads = [threading.Thread(target=one) for one in work]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End both threads."""
        self._stop.set()
        self.uplink.wake()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        self.uplink.run(self._stop, lambda: None)

    def _live(self) -> None:
        while not self._stop.wait(1.0):
            self.uplink.live(FIX)
            self._journal.commit()

    def _put(self, seen: object) -> None:
        """At the CONNACK: the moment from which it is measured, and something happens."""
        if isinstance(seen, LinkState) and seen.connected and self.joined is None:
            self.joined = time.monotonic()
            threading.Thread(target=self._happen).start()

    def _happen(self) -> None:
        now = self._clock.stamp()
        event = Entry("event", "load.changed", "load-2", NEW, now.mono_ns, now.utc_ns, now.origin)
        self._journal.append([event])
        self.uplink.wake()


def measure(fixes: int, events: int, track_format: str, line: int) -> dict[str, float]:
    """Seconds from the CONNACK to the live fix, the new event, and the end of the backlog.

    A `line` of so many bytes a second; 0: as fast as it is.
    """
    clock = SystemClock(0)
    with tempfile.TemporaryDirectory() as folder, MosquittoBroker() as broker:
        journal = filled(Path(folder) / "journal.db", clock, fixes, events)
        watch, link = Watch(broker.port), Link(broker.port).start()
        link.cut()
        settings = {"retry_first_s": 0.2, "retry_cap_s": 0.2, "retry_spread_s": 0.0}
        sink = Sink("bench", f"mqtt://127.0.0.1:{link.port}", track_format=track_format, **settings)
        truck = Truck(journal, clock, sink)
        time.sleep(1.5)  # it tries in vain, and has a newest fix
        link.mend()
        if line:
            link.slow(line)
        while truck.joined is None or len(watch.seen) < 2:
            time.sleep(0.002)
        under_way = sum(journal.backlog("bench").values())
        while any(journal.backlog("bench").values()) and not line:
            time.sleep(0.01)
        over = time.monotonic()
        truck.stop()
        watch.stop()
        link.stop()
        journal.close()
    found = {name: at - truck.joined for name, at in watch.seen.items()} | {"drained": over - truck.joined}
    print(f"{track_format}: {found}, {under_way} records left when both were there", file=sys.stderr)
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fixes", type=int, default=86_400, help="a day at 1 Hz")
    parser.add_argument("--events", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--line", type=int, default=0, help="bytes per second; the end is not waited for")
    given = parser.parse_args()
    if not mosquitto_binary():
        sys.exit("mosquitto is not installed")
    formats = ("json", "compact")
    rounds = [
        measure(given.fixes, given.events, one, given.line) for one in formats for _ in range(given.rounds)
    ]
    for name in ("live", "event"):
        times = [found[name] for found in rounds]
        bench = f"uplink.{name}_after_offline"
        line: dict[str, object] = {"bench": bench, "s": round(statistics.median(times), 3)}
        line |= {"min": round(min(times), 3), "max": round(max(times), 3)}
        print(json.dumps(line | {"against": f"target {TARGET_S:g} s", "unit": "s"}), flush=True)


if __name__ == "__main__":
    main()
