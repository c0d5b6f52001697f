"""Brokers for the demo and for tests: mosquitto where it is installed, else an embedded amqtt (MQTT 3.1.1).

Both listen on loopback, keep nothing on disk, run as a child process and keep their port, so that they can be
killed and started again under a client. `python -m drivers.sim.broker --port N` runs the embedded one alone.
"""

import argparse
import asyncio
import importlib.util
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from drivers.errors import DeviceLost, DeviceMissing

Kind = Literal["mosquitto", "amqtt"]
HOST = "127.0.0.1"
_START_S = 20.0
_QUIET = "persistence false\nlog_dest none\nmax_queued_messages 0\nset_tcp_nodelay true\n"


def broker_available() -> Kind | None:
    """Which broker `best_broker` would start: mosquitto, amqtt or none."""
    if mosquitto_binary():
        return "mosquitto"
    return "amqtt" if importlib.util.find_spec("amqtt") else None


def mosquitto_binary() -> str | None:
    """The path of mosquitto; Debian puts it in /usr/sbin, which is not on everybody's PATH."""
    return shutil.which("mosquitto", path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/usr/local/sbin")


def best_broker(port: int | None = None) -> "Broker":
    """A broker that is not started yet; raises DeviceMissing when none is installed."""
    kind = broker_available()
    if kind is None:
        raise DeviceMissing(
            "no broker is installed",
            where="broker",
            remedy="install mosquitto, or pip install haulwatch[demo]",
        )
    return MosquittoBroker(port) if kind == "mosquitto" else EmbeddedBroker(port)


def free_port() -> int:
    """A TCP port on loopback that is free at this moment."""
    with socket.socket() as s:
        s.bind((HOST, 0))
        return int(s.getsockname()[1])


class Broker:
    """One child process on a fixed port; `start` returns when it accepts connections."""

    kind: Kind

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address for a sink's `url`."""
        return f"mqtt://{HOST}:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Start it; raises DeviceLost when it ends at once or never listens."""
        if self._child is None:
            self._child = self._spawn()
            self._await_listening(self._child)

    def stop(self) -> None:
        """Ask it to end, as an operator would (SIGTERM), and wait."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it without a word (SIGKILL), as a crash would; `start` brings it back on the same port."""
        self._end(signal.SIGKILL)

    def __enter__(self) -> "Broker":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _spawn(self) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    def _await_listening(self, child: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and child.poll() is None:
            try:
                socket.create_connection((HOST, self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        self.kill()
        raise DeviceLost(f"{self.kind} does not listen", where=self.url, remedy="is the port taken?")

    def _end(self, how: signal.Signals) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.send_signal(how)
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        if child.stdin:
            child.stdin.close()


class EmbeddedBroker(Broker):
    """amqtt in its own interpreter; it refuses MQTT 5, so a client's fallback is exercised."""

    kind: Kind = "amqtt"

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "drivers.sim.broker", "--port", str(self.port), "--attached"]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)


class MosquittoBroker(Broker):
    """mosquitto with a configuration of its own; `settings` are further lines of mosquitto.conf(5).

    They follow the listener, so certificates given there belong to it. Anonymous clients are let in unless
    a line says otherwise.
    """

    kind: Kind = "mosquitto"

    def __init__(self, port: int | None = None, settings: Sequence[str] = ()) -> None:
        super().__init__(port)
        self._settings = list(settings)
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def stop(self) -> None:
        """Ask it to end, wait, and remove its folder."""
        super().stop()
        if self._folder:
            self._folder.cleanup()
            self._folder = None

    def _spawn(self) -> subprocess.Popen[bytes]:
        binary = mosquitto_binary()
        if binary is None:
            raise DeviceMissing("is not installed", where="mosquitto", remedy="apt install mosquitto")
        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="haulwatch-broker-")
        file = Path(self._folder.name) / "mosquitto.conf"
        file.write_text(self._configuration())
        return subprocess.Popen(
            [binary, "-c", str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def _configuration(self) -> str:
        lines = [_QUIET.strip(), f"listener {self.port} {HOST}"]
        if os.geteuid() == 0:
            lines.insert(0, "user root")  # else it changes to a user who cannot read the test's files
        if not any(s.startswith("allow_anonymous") for s in self._settings):
            lines.append("allow_anonymous true")
        return "\n".join([*lines, *self._settings]) + "\n"


async def _serve(port: int) -> None:
    """Run amqtt until SIGTERM or SIGINT; one JSON line says that it is ready."""
    from amqtt.broker import Broker as Amqtt

    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    anonymous = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    listener = {"type": "tcp", "bind": f"{HOST}:{port}"}
    settings: dict[str, Any] = {"listeners": {"default": listener}, "plugins": anonymous}
    broker = Amqtt(settings)
    await broker.start()
    ready = {"ready": True, "kind": "amqtt", "port": port, "url": f"mqtt://{HOST}:{port}"}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    await stopped.wait()
    await broker.shutdown()


def main() -> None:
    """Run the embedded broker; with `--attached` it ends when its stdin closes (its parent died)."""
    parser = argparse.ArgumentParser(description="An MQTT 3.1.1 broker on loopback, for demo and tests.")
    parser.add_argument("--port", type=int, default=0, help="TCP port; 0 takes a free one")
    parser.add_argument("--attached", action="store_true", help="end when stdin closes")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)  # amqtt logs a traceback for every client that goes away
    if arguments.attached:
        _end_with_stdin()
    asyncio.run(_serve(arguments.port or free_port()))


def _end_with_stdin() -> None:
    import threading

    def watch() -> None:
        while os.read(0, 1):  # not sys.stdin, whose lock would still be held at the interpreter's end
            pass
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


if __name__ == "__main__":
    main()
