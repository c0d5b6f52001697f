"""A broker that answers as a test tells it to: MQTT 5 as far as an uplink speaks it."""

import contextlib
import socket
import threading
from collections.abc import Callable

CONNECT, PUBLISH, SUBSCRIBE, PING, DISCONNECT = 1, 3, 8, 12, 14
Answer = Callable[["Scripted", str, int, bytes], None]
"""Called with broker, topic, packet id and payload of a message at QoS 1."""


class Scripted:
    """Listens on loopback; one client at a time. `published` are (topic, payload) at QoS 1 in their order."""

    def __init__(self, answer: Answer) -> None:
        self.published: list[tuple[str, bytes]] = []
        self.connects = 0
        self._answer = answer
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"mqtt://127.0.0.1:{self._server.getsockname()[1]}"
        self._client: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._hang_up()
        self._thread.join()

    def puback(self, packet_id: int, code: int = 0) -> None:
        self._send(bytes([0x40, 3]) + packet_id.to_bytes(2, "big") + bytes([code]))

    def disconnect(self, code: int) -> None:
        """DISCONNECT and hang up."""
        self._send(bytes([0xE0, 1, code]))
        self._hang_up()

    def _hang_up(self) -> None:
        """End the connection, also for the thread that waits for its next byte."""
        if self._client:
            with contextlib.suppress(OSError):
                self._client.shutdown(socket.SHUT_RDWR)
            self._client.close()

    def _run(self) -> None:
        while True:
            try:
                self._client, _ = self._server.accept()
            except OSError:
                return
            with contextlib.suppress(OSError, EOFError):
                while True:
                    self._serve(*self._packet())

    def _packet(self) -> tuple[int, bytes]:
        head = self._read(1)[0]
        length = shift = 0
        while True:
            byte = self._read(1)[0]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return head, self._read(length)

    def _serve(self, head: int, body: bytes) -> None:
        kind = head >> 4
        if kind == CONNECT:
            self.connects += 1
            self._send(bytes([0x20, 3, 0, 0, 0]))
        elif kind == SUBSCRIBE:
            self._send(bytes([0x90, 4]) + body[:2] + bytes([0, 1]))
        elif kind == PING:
            self._send(bytes([0xD0, 0]))
        elif kind == PUBLISH and head & 6:
            end = 2 + int.from_bytes(body[:2], "big")
            topic, packet_id = body[2:end].decode(), int.from_bytes(body[end : end + 2], "big")
            payload = body[end + 3 :]  # no properties
            if topic.endswith("/state"):
                self.puback(packet_id)
                return
            self.published.append((topic, payload))
            self._answer(self, topic, packet_id, payload)

    def _send(self, packet: bytes) -> None:
        if self._client:
            self._client.sendall(packet)

    def _read(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            more = self._client.recv(count - len(found)) if self._client else b""
            if not more:
                raise EOFError
            found += more
        return found
