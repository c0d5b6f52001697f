"""The access rules of docs/platform.md in a real mosquitto: a vehicle speaks and hears for itself alone."""

import subprocess
import threading
from pathlib import Path

import pytest

from agent.config import Sink, Unit
from agent.platform.client import Client
from agent.uplink.access import read_access
from agent.uplink.mqtt import V5, Acked, Connection, Joined

DOCUMENT = Path(__file__).parents[2] / "docs" / "platform.md"
OWN = "haulwatch/v1/muck/truck-1/"
ITS = ("state", "life", "event", "trip", "coverage", "health", "track", "track/live", "media", "media/ab/0")


@pytest.fixture
def guarded(mosquitto, tmp_path):
    rules = DOCUMENT.read_text().partition("user platform")[2].partition("```")[0]
    (tmp_path / "acl").write_text("user platform" + rules)
    (tmp_path / "users").write_text("muck/truck-1:x\nplatform:x\n")
    subprocess.run(["mosquitto_passwd", "-U", str(tmp_path / "users")], check=True)
    files = (f"password_file {tmp_path / 'users'}", f"acl_file {tmp_path / 'acl'}")
    return mosquitto("allow_anonymous false", *files)


def access(broker, tmp_path, user):
    (tmp_path / "word").write_text("x")
    name = tmp_path / user.replace("/", "-")
    name.write_text(user)
    sink = Sink("x", broker.url, client_id=user, username_file=name, password_file=tmp_path / "word")
    return read_access(sink, Unit("p", "p"), None)


def answer(broker, tmp_path, topic):
    """The PUBACK's reason code for the vehicle's word on a topic."""
    connection = Connection(access(broker, tmp_path, "muck/truck-1"), None, V5)
    assert connection.open() is None
    while True:
        for happening in connection.poll(1.0):
            if isinstance(happening, Joined):
                connection.publish(topic, b"x")
            if isinstance(happening, Acked):
                connection.leave()
                return happening.code


@pytest.mark.parametrize("rest", [*ITS, "cmd/ping/1/reply", "config/reported"])
def test_a_vehicle_speaks_on_its_own_topics(guarded, tmp_path, rest):
    assert answer(guarded, tmp_path, OWN + rest) < 0x80


@pytest.mark.parametrize("topic", ["haulwatch/v1/muck/truck-2/event", OWN + "cmd/ping/1", OWN + "config"])
def test_a_vehicle_speaks_for_nobody_else(guarded, tmp_path, topic):
    assert answer(guarded, tmp_path, topic) == 0x87


def test_a_vehicle_hears_only_what_is_for_it(guarded, tmp_path):
    heard, last = [], threading.Event()

    def take(delivery):
        heard.append(delivery.topic)
        if delivery.topic.endswith("/last"):
            last.set()

    vehicle = Client(access(guarded, tmp_path, "muck/truck-1"), ("haulwatch/v1/#",), take, lasting=False)
    vehicle.start()
    platform = Client(access(guarded, tmp_path, "platform"), ("nothing",), lambda _: None, lasting=False)
    platform.start()
    for topic in (
        "muck/truck-2/cmd/ping/1",
        "muck/truck-2/event",
        "muck/truck-1/config",
        "muck/truck-1/event",
    ):
        platform.publish(f"haulwatch/v1/{topic}", b"{}")
    platform.publish(OWN + "cmd/ping/last", b"{}")
    assert last.wait(40)
    vehicle.stop()
    platform.stop()
    assert heard == [OWN + "config", OWN + "cmd/ping/last"]
