"""The broker's session for commands, by both protocols: what has no PUBACK comes again."""

import pytest

from agent.uplink.access import Access
from agent.uplink.mqtt import V5, V311, Connection, Ended, Heard, Joined, Subscribed

TOPIC = "haulwatch/v1/muck/truck-1/cmd/ping/p-1"


class Line:
    """A connection and all that happened on it."""

    def __init__(self, broker, version, client="truck", session_s=60):
        access = Access("127.0.0.1", broker.port, client, 30, None, None, None, session_s=session_s)
        self.connection = Connection(access, None, version)
        assert self.connection.open() is None
        self.happened = []

    def until(self, kind, until):
        def seen():
            self.happened += self.connection.poll(0.05)
            assert not [h for h in self.happened if isinstance(h, Ended)]
            return any(isinstance(h, kind) for h in self.happened)

        until(seen)
        return next(h for h in self.happened if isinstance(h, kind))

    def quiet(self):
        for _ in range(10):
            self.happened += self.connection.poll(0.05)
        return not [h for h in self.happened if isinstance(h, Heard)]


@pytest.fixture(params=[V5, V311])
def version(request):
    return request.param


def say(broker, version, until):
    """Publish as the platform, acknowledged by the broker."""
    from agent.uplink.mqtt import Acked

    platform = Line(broker, version, "platform", 0)
    platform.until(Joined, until)
    platform.connection.publish(TOPIC, b"{}")
    platform.until(Acked, until)
    platform.connection.leave()


def test_what_is_not_acknowledged_comes_again(mosquitto, version, until):
    broker = mosquitto()
    first = Line(broker, version)
    first.until(Joined, until)
    first.connection.subscribe("haulwatch/v1/muck/truck-1/cmd/+/+")
    assert first.until(Subscribed, until).code < 0x80
    first.connection.drop()
    say(broker, version, until)

    second = Line(broker, version)
    heard = second.until(Heard, until)
    assert (heard.topic, heard.payload, heard.retained) == (TOPIC, b"{}", False)
    second.connection.drop()

    third = Line(broker, version)
    third.connection.acknowledge(third.until(Heard, until))
    third.quiet()
    third.connection.leave()

    fourth = Line(broker, version)
    fourth.until(Joined, until)
    assert fourth.quiet()
    fourth.connection.leave()


def test_without_a_session_nothing_is_kept(mosquitto, version, until):
    broker = mosquitto()
    first = Line(broker, version, session_s=0)
    first.until(Joined, until)
    first.connection.subscribe("haulwatch/v1/muck/truck-1/cmd/+/+")
    first.until(Subscribed, until)
    first.connection.leave()
    say(broker, version, until)
    second = Line(broker, version)
    second.until(Joined, until)
    assert second.quiet()
    second.connection.leave()
