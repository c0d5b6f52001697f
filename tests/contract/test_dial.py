"""Connections by name: found, refused, unknown, and a name server that does not answer."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from drivers.dial import dial


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_connected(host, port) -> None:
    with dial(host, port, 0.9) as connection:
        assert connection.getpeername()[1] == port


def test_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        dial("127.0.0.1", free, 0.9)


def test_no_name_of_a_host() -> None:
    with pytest.raises(UnicodeError):
        dial("a..b", 2947, 0.9)


def test_while_a_name_is_looked_up_it_is_not_asked_for_again(port) -> None:
    answered = threading.Event()
    waiting = threading.Thread(target=answered.wait, name="resolve localhost", daemon=True)
    waiting.start()
    before = threading.active_count()
    try:
        for _ in range(3):
            with pytest.raises(TimeoutError, match="the name server does not answer"):
                dial("localhost", port, 0.1)
        assert threading.active_count() == before
    finally:
        answered.set()
        waiting.join()
    dial("localhost", port, 0.9).close()


def test_many_who_dial_the_same_host_at_once_all_get_through() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        port = server.getsockname()[1]
        with ThreadPoolExecutor(16) as together:
            for connection in together.map(lambda _: dial("127.0.0.1", port, 5.0), range(64)):
                assert connection.getpeername()[1] == port
                connection.close()
