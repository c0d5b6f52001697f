"""A line that can be cut: a TCP proxy on loopback between a client and a server."""

import contextlib
import selectors
import socket
import threading

HOST = "127.0.0.1"
_STEP_S = 0.2
_CHUNK = 65536
_TICK_S = 0.02
_SMALL = 8192  # bytes that the kernel may keep of a slow line


class _Pair:
    """One client's connection and its counterpart; what one says is for the other."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.ends = (client, server)

    def other(self, end: socket.socket) -> socket.socket:
        return self.ends[1] if end is self.ends[0] else self.ends[0]

    def close(self) -> None:
        for end in self.ends:
            end.close()


class Link:
    """Forwards `port` to `target_port`, both on loopback. All methods may be called from any thread.

    `cut` drops every connection and refuses new ones; `stall` moves nothing while the kernel goes on taking
    connections and bytes, as on a half-open line; `mend` undoes both. `slow` lets what clients say through at
    so many bytes a second.
    """

    def __init__(self, target_port: int, port: int = 0) -> None:
        self._target = target_port
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._server = socket.create_server((HOST, port))
        self.port: int = self._server.getsockname()[1]
        self._is_cut = self._is_stalled = False
        self._most = _CHUNK
        self._pairs: list[_Pair] = []
        self._thread = threading.Thread(target=self._run, name="sim-link", daemon=True)
        self.accepted = 0

    def start(self) -> "Link":
        """Begin to forward."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Drop everything and free the port."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.cut()

    def cut(self) -> None:
        """Drop all connections and refuse new ones."""
        with self._lock:
            self._is_cut = True
            self._server.close()
            self._drop()

    def mend(self) -> None:
        """Forward again."""
        with self._lock:
            if self._is_cut:
                self._server = socket.create_server((HOST, self.port))
            self._is_cut = self._is_stalled = False

    def slow(self, bytes_s: int) -> None:
        """Let connections made from now on send no faster than this."""
        with self._lock:
            self._most = max(1, round(bytes_s * _TICK_S))
            self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL)

    def stall(self) -> None:
        """Keep the connections and forward nothing."""
        with self._lock:
            self._is_stalled = True

    def _drop(self) -> None:
        for pair in self._pairs:
            pair.close()
        self._pairs.clear()

    def _run(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                ends = {} if self._is_stalled else {end: p for p in self._pairs for end in p.ends}
                listening = None if self._is_cut or self._is_stalled else self._server
            with selectors.DefaultSelector() as selector:
                if not self._watch(selector, ends, listening):
                    self._stop.wait(_STEP_S / 10)
                    continue
                ready = [key.fileobj for key, _ in selector.select(_STEP_S)]
            if self._most < _CHUNK:
                self._stop.wait(_TICK_S)
            with self._lock:
                for one in ready:
                    assert isinstance(one, socket.socket)  # noqa: S101 - nothing else is registered
                    self._serve(one, ends.get(one))

    def _watch(
        self,
        selector: selectors.DefaultSelector,
        ends: dict[socket.socket, _Pair],
        listening: socket.socket | None,
    ) -> bool:
        """Register what is open; False when nothing is, or it was closed by another thread meanwhile."""
        try:
            for one in (*ends, *([listening] if listening else [])):
                selector.register(one, selectors.EVENT_READ)
        except (ValueError, OSError):
            return False
        return bool(selector.get_map())

    def _serve(self, ready: socket.socket, pair: _Pair | None) -> None:
        if ready.fileno() < 0:
            return
        if pair is None:
            self._accept()
            return
        try:
            chunk = ready.recv(self._most if ready is pair.ends[0] else _CHUNK)
            if chunk:
                pair.other(ready).sendall(chunk)
        except OSError:
            chunk = b""
        if not chunk:
            pair.close()
            self._pairs.remove(pair)

    def _accept(self) -> None:
        client, _ = self._server.accept()
        try:
            server = socket.create_connection((HOST, self._target), timeout=5)
        except OSError:
            client.close()
            return
        self.accepted += 1
        for end in (client, server):
            with contextlib.suppress(OSError):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pairs.append(_Pair(client, server))
