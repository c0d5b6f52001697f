"""A connection to a host by name, within a second: name servers of a dead network answer late or never."""

import queue
import socket
import threading
import time

_Outcome = list[tuple[str, int]] | OSError | UnicodeError


def dial(host: str, port: int, timeout_s: float) -> socket.socket:
    """Connect to the first address of `host` that answers; raises OSError, or UnicodeError for no name.

    The name is looked up in a thread that is left behind when it takes too long, one at a time for each name;
    who wants the same name meanwhile waits for that one first.
    """
    addresses = _addresses(host, port, timeout_s)
    for i, address in enumerate(addresses):
        try:
            return socket.create_connection(address, timeout_s / len(addresses))
        except OSError:
            if i == len(addresses) - 1:
                raise
    raise OSError("no address")


def _addresses(host: str, port: int, timeout_s: float) -> list[tuple[str, int]]:
    name = f"resolve {host}"
    found: queue.SimpleQueue[_Outcome] = queue.SimpleQueue()
    end, pause = time.monotonic() + timeout_s, threading.Event()
    while any(thread.name == name for thread in threading.enumerate()):
        if time.monotonic() >= end:
            raise TimeoutError("the name server does not answer")
        pause.wait(0.005)
    threading.Thread(target=_resolve, args=(host, port, found), name=name, daemon=True).start()
    try:
        outcome = found.get(timeout=timeout_s)
    except queue.Empty:
        raise TimeoutError("the name server does not answer") from None
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _resolve(host: str, port: int, found: "queue.SimpleQueue[_Outcome]") -> None:
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found.put(list(dict.fromkeys((str(place[4][0]), port) for place in places)))
    except (OSError, UnicodeError) as e:
        found.put(e)
