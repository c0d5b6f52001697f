"""Commands while something is in the way: no room on disk, a broker that grants no subscription."""

import socket
import threading

import pytest

from agent.platform.subscriber import Platform
from buffer.errors import JournalFull
from buffer.journal import Journal
from tests.contract.command_desk import BASE, Asker, connected


def test_what_could_not_be_taken_is_tried_again_on_the_same_connection(desk, mosquitto, until):
    broker = mosquitto()
    with Platform(broker.port) as listener:
        platform = Asker(listener)
        connected(desk, broker, until)
        desk.room._closed = True
        platform.ask("ping", "p-1")
        until(lambda: desk.tally.deferred > 0)
        assert platform.replies == []
        desk.room._closed = False
        until(lambda: platform.states("p-1")[-1:] == [("done", None, False)])
        assert desk.status.connects == 1


def test_a_full_journal_takes_no_command_and_the_broker_keeps_it(rig, desk, mosquitto, until):
    broker = mosquitto()
    rig.journal.close()
    rig.journal = desk.journal = small(rig)
    with Platform(broker.port) as listener:
        platform = Asker(listener)
        connected(desk, broker, until)
        with pytest.raises(JournalFull):
            fill(rig)
        platform.ask("ping", "p-1")
        until(lambda: desk.tally.deferred > 1)
        assert platform.replies == []
        assert desk.tally.taken == 0
        desk.close()
        with pytest.raises(JournalFull):
            rig.journal.close()
        rig.journal = desk.journal = Journal.open(rig.path, "b", max_bytes=10**8, min_free_bytes=0)
        connected(desk, broker, until)
        until(lambda: platform.states("p-1")[-1:] == [("done", None, False)])


def small(rig):
    return Journal.open(rig.path, rig.clock.boot, max_bytes=1_000_000, min_free_bytes=0)


def fill(rig):
    while True:
        rig.journal.append([rig.entry("event", b'{"x":"%s"}' % (b"x" * 2000)) for _ in range(20)])


class Miser:
    """Speaks just enough MQTT 5 to refuse every subscription but that of the vehicle's state."""

    def __init__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        connection, _ = self._server.accept()
        with connection:
            while packet := self._packet(connection):
                kind, body = packet
                if kind == 1:
                    connection.sendall(bytes([0x20, 3, 0, 0, 0]))
                elif kind == 8:
                    code = 0 if b"/state" in body else 0x87
                    connection.sendall(bytes([0x90, 4, *body[:2], 0, code]))
                elif kind == 3:
                    size = int.from_bytes(body[:2], "big")
                    connection.sendall(bytes([0x40, 2, *body[2 + size : 4 + size]]))

    @staticmethod
    def _packet(connection):
        head = connection.recv(1)
        if not head:
            return None
        size = shift = 0
        while True:
            [byte] = connection.recv(1)
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        body = b""
        while len(body) < size:
            body += connection.recv(size - len(body))
        return head[0] >> 4, body

    def close(self):
        self._server.close()
        self._thread.join(10)


def test_a_subscription_that_the_broker_refuses_is_shown(desk, until):
    miser = Miser()
    desk.open(desk.sink(f"mqtt://127.0.0.1:{miser.port}"))
    until(lambda: len(desk.status.refusals) == 2)
    assert desk.status.refusals == dict.fromkeys(
        (f"{BASE}/cmd/+/+", f"{BASE}/config"), "refused: not authorized"
    )
    assert (desk.status.connected, desk.status.listening) == (True, False)
    desk.close()
    miser.close()
