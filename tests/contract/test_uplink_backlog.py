"""A shift without a network: the present comes first, the backlog goes by priority. Orders, not times."""

import json
from collections.abc import Iterator

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.platform.ledger import Ledger
from drivers.sim.link import Link

SHIFT = 6 * 3600  # fixes
BATCHES = SHIFT // 60
EVENTS = 400
FAST = 10**8  # bytes/s
FIX = {"alt": 8.5, "course": 315.0, "hdop": 0.9, "inferred": [], "lat": 31.2, "lon": 121.4, "mode": "3d"}
STREAMS = ["life", "event", "coverage", "health", "track"]


class Ears:
    """A subscriber that only notes what comes, so that it is never behind the sender."""

    def __init__(self, port: int) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self.ready = False
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_subscribe = self._subscribed
        self._client.on_message = lambda _c, _d, m: self.messages.append((m.topic, m.payload))
        self._client.connect("127.0.0.1", port)
        self._client.subscribe("haulwatch/#", qos=1)
        self._client.loop_start()

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def names(self) -> list[str]:
        return [topic.split("/", 4)[4] for topic, _ in self.messages]

    def at(self, stream: str, seq: int) -> int | None:
        """Where a record came."""
        known = enumerate(self.messages)
        return next((i for i, (topic, p) in known if topic.endswith(f"/{stream}") and _seq(p) == seq), None)

    def _subscribed(self, *_: object) -> None:
        self.ready = True


def _seq(payload: bytes) -> int:
    return json.loads(payload)["seq"]


@pytest.fixture
def ears(mosquitto, until) -> Iterator[tuple[Link, Ears]]:
    """A subscriber, and the truck's line to the same broker, which is cut."""
    broker = mosquitto()
    ears = Ears(broker.port)
    until(lambda: ears.ready)
    link = Link(broker.port).start()
    link.cut()
    yield link, ears
    link.stop()
    ears.stop()


@pytest.fixture
def shift(rig):
    """A truck that was a shift without a network."""
    fix = rig.entry("track", json.dumps(FIX).encode())
    for begin in range(0, SHIFT, 1000):
        rig.journal.append([fix] * min(1000, SHIFT - begin))
    for stream, count in (("event", EVENTS), ("coverage", 100), ("health", 300), ("life", 20)):
        rig.append(stream, count)
    return rig


@pytest.mark.timeout(300)
@pytest.mark.parametrize("track_format", ["json", "compact"])
def test_the_present_comes_first_and_the_rest_by_priority(shift, ears, until, track_format):
    link, heard = ears
    shift.start(shift.sink(f"mqtt://127.0.0.1:{link.port}", track_format=track_format, live_every_s=0.0))
    shift.uplink.live(b'{"lat":31.2}')
    link.mend()
    until(lambda: heard.names().count("track") >= 20)
    so_far = len(heard.messages)
    shift.append("event")
    shift.uplink.live(b'{"lat":31.3}')
    until(lambda: heard.at("event", EVENTS + 1) and heard.names().count("track/live") == 2)
    assert not shift.drained()
    names = heard.names()
    new, live = heard.at("event", EVENTS + 1), len(names) - 1 - names[::-1].index("track/live")
    assert max(new, live) - so_far < BATCHES // 4
    assert names.index("track/live") <= 20 + 1  # before it only the first window, and `state`
    firsts = [names.index(stream) for stream in STREAMS]
    assert firsts == sorted(firsts)
    assert heard.at("event", EVENTS) < names.index("coverage")
    until(shift.drained)
    ledger, taken = Ledger("city"), 0

    def complete() -> bool:
        nonlocal taken
        known = heard.messages[taken:]
        taken += len(known)
        for topic, payload in known:
            ledger.take(topic, payload)
        return len(ledger.vehicles["muck/truck-1"].seqs["track"]) == SHIFT

    until(complete)
    vehicle = ledger.vehicles["muck/truck-1"]
    assert {stream: vehicle.gaps(stream) for stream in STREAMS} == {stream: [] for stream in STREAMS}
    assert (vehicle.duplicates, len(vehicle.seqs["event"])) == (0, EVENTS + 1)


def test_an_event_overtakes_the_track_on_a_slow_line(rig, ears, until):
    link, heard = ears
    fix = rig.entry("track", json.dumps(FIX | {"note": "x" * 120}).encode())
    rig.journal.append([fix] * 2400)
    rig.start(rig.sink(f"mqtt://127.0.0.1:{link.port}"))
    link.mend()
    link.slow(60_000)
    until(lambda: heard.names().count("track") >= 8)
    so_far = len(heard.messages)
    rig.append("event")
    rig.uplink.live(b'{"lat":31.3}')
    until(lambda: {"event", "track/live"} <= set(heard.names()))
    overtaken = heard.names()[so_far:].count("track")
    assert overtaken <= 8  # the window has room for 20
    link.slow(FAST)
    until(rig.drained)


def test_a_new_event_goes_before_those_of_a_long_absence(rig, ears, until):
    link, heard = ears
    rig.append("event", 600)
    rig.start(rig.sink(f"mqtt://127.0.0.1:{link.port}"))
    link.mend()
    link.slow(60_000)
    until(lambda: heard.at("event", 25) is not None)
    so_far = len(heard.messages)
    rig.append("event", 2)
    until(lambda: heard.at("event", 602) is not None)
    assert heard.at("event", 601) < heard.at("event", 602) < so_far + 100
    assert heard.at("event", 600) is None
    link.slow(FAST)
    until(rig.drained)
    until(lambda: heard.at("event", 600) is not None)
    seqs = [_seq(payload) for topic, payload in heard.messages if topic.endswith("/event")]
    assert sorted(seqs) == list(range(1, 603))
    old = [seq for seq in seqs if seq <= 600]
    assert old == sorted(old)
