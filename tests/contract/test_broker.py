"""The brokers and the line of the simulators: on a fixed port, killed and brought back, cut and mended."""

import json
import socket
import subprocess
import sys

import pytest

from agent.errors import PlatformMissing
from agent.platform.subscriber import Platform
from drivers.errors import DeviceLost
from drivers.sim.broker import EmbeddedBroker, best_broker, broker_available
from drivers.sim.link import Link


def test_a_killed_broker_comes_back_on_its_port(broker):
    port, pid = broker.port, broker.pid
    broker.kill()
    assert broker.pid is None
    with pytest.raises(PlatformMissing, match="is the broker running"):
        Platform(port).start()
    broker.start()
    assert broker.port == port
    assert broker.pid != pid
    with Platform(port):
        pass


def test_the_platform_comes_back_with_the_broker(broker, until):
    seen = []
    with Platform(broker.port) as platform:
        platform.listen(lambda topic, _: seen.append(topic))
        broker.kill()
        broker.start()

        def heard() -> bool:
            platform.publish("haulwatch/v1/muck/truck-1/state", b"{}")
            return bool(seen)

        until(heard)


def test_a_taken_port_is_an_error():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(DeviceLost, match="is the port taken"):
            EmbeddedBroker(bound.getsockname()[1]).start()


def test_the_best_broker_is_the_installed_one():
    assert best_broker().kind == broker_available()


def test_alone_it_prints_one_line_and_ends_with_its_parent():
    command = [sys.executable, "-m", "drivers.sim.broker", "--attached"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        ready = json.loads(child.stdout.readline())
        assert ready["ready"]
        socket.create_connection(("127.0.0.1", ready["port"])).close()
        child.stdin.close()
        child.wait()


def echo(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        while chunk := connection.recv(100):
            connection.sendall(chunk)


@pytest.fixture
def line():
    """A link to an echo."""
    import threading

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=echo, args=(server,), daemon=True)
        thread.start()
        link = Link(server.getsockname()[1]).start()
        yield link
        link.stop()
        thread.join(5)


def test_a_line_forwards_stalls_and_is_cut(line):
    with socket.create_connection(("127.0.0.1", line.port)) as client:
        client.sendall(b"one")
        assert client.recv(100) == b"one"
        line.stall()
        client.sendall(b"two")
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.recv(100)
        line.mend()
        client.settimeout(20)
        assert client.recv(100) == b"two"
        line.cut()
        assert client.recv(100) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", line.port))
    line.mend()
    socket.create_connection(("127.0.0.1", line.port)).close()
    assert line.accepted >= 1
