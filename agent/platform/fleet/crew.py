"""A process with some of the fleet's trucks: `python -m agent.platform.fleet.crew SPEC`, SPEC being JSON.

It writes a JSON line each second, and ends in order when its standard input does.
"""

import logging
import resource
import sys
import threading
import time
from collections import deque
from pathlib import Path

import msgspec

from agent.config import Sink, Unit
from agent.model import LinkState
from agent.platform.fleet.truck import LightTruck
from drivers.clock import SystemClock

_DRAIN_NS = 120_000_000_000
_FILES_EACH = 16


class Spec(msgspec.Struct):
    """Which trucks: `count` of them from number `first`, of `fleet`, journals in `folder`, on `url`.

    `options` are further settings of their sink.
    """

    folder: str
    url: str
    first: int
    count: int
    fleet: str = "sim"
    options: dict[str, str | int | float] = {}


class LinkChange(msgspec.Struct, array_like=True):
    """A link came or went at `mono_ns`."""

    vehicle: str
    mono_ns: int
    connected: bool


class Line(msgspec.Struct):
    """What a crew says each second; counts run from its start, `lag_s` is how late its seconds are."""

    mono_ns: int
    connected: int
    acked: int
    refused: int
    fixes: int
    waiting: int
    lag_s: float
    cpu_s: float
    rss_bytes: int
    links: list[LinkChange]
    failures: list[str]
    over: bool = False


class Crew:
    """The trucks of one process, each a fraction of a second after the one before."""

    def __init__(self, spec: Spec) -> None:
        self._clock = SystemClock(0)
        self._links: deque[LinkChange] = deque()
        settings = {"client_id": None} | spec.options
        sink = msgspec.convert({"name": "city", "url": spec.url} | settings, Sink)
        self.trucks = [
            LightTruck(
                Path(spec.folder), Unit(spec.fleet, f"truck-{n}"), sink, self._clock, self._linked, 37.0 * n
            )
            for n in range(spec.first, spec.first + spec.count)
        ]
        self._lag_ns = 0

    def run(self, stop: threading.Event) -> None:
        """Drive until `stop`; then let all arrive, and say good-bye."""
        for truck in self.trucks:
            truck.start()
        begin, turn = self._clock.mono_ns(), 0
        while not stop.is_set():
            for number, truck in enumerate(self.trucks):
                due = begin + round((turn + number / len(self.trucks)) * 1e9)
                late = self._clock.mono_ns() - due
                self._lag_ns = max(self._lag_ns, late)
                if late < 0 and stop.wait(-late / 1e9):
                    break
                truck.second()
            turn += 1
            self._say()
        self._end()

    def _end(self) -> None:
        for truck in self.trucks:
            truck.retire()
        end, pause = self._clock.mono_ns() + _DRAIN_NS, threading.Event()
        while any(truck.waiting() for truck in self.trucks) and self._clock.mono_ns() < end:
            pause.wait(0.5)
            self._say()
        for truck in self.trucks:
            truck.stop()
        for truck in self.trucks:
            truck.close()
        self._say(over=True)

    def _linked(self, vehicle: str, state: LinkState) -> None:
        self._links.append(LinkChange(vehicle, state.mono_ns, state.connected))

    def _say(self, *, over: bool = False) -> None:
        states = [truck.status() for truck in self.trucks]
        line = Line(
            mono_ns=self._clock.mono_ns(),
            connected=sum(s.connected for s in states),
            acked=sum(s.acked for s in states),
            refused=sum(s.refused for s in states),
            fixes=sum(truck.fixes for truck in self.trucks),
            waiting=0 if over else sum(truck.waiting() for truck in self.trucks),
            lag_s=round(self._lag_ns / 1e9, 2),
            cpu_s=round(time.process_time(), 2),
            rss_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            links=[self._links.popleft() for _ in range(len(self._links))],
            failures=[f"{t.name}: {t.failure}" for t in self.trucks if t.failure],
            over=over,
        )
        self._lag_ns = 0
        sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
        sys.stdout.buffer.flush()


def main() -> None:
    """The process; a terminal's interrupt is for its parent."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable(logging.WARNING)  # hundreds of links that come and go are figures, not lines
    spec = msgspec.json.decode(sys.argv[1], type=Spec)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, max(1024, spec.count * _FILES_EACH)), most))
    stop = threading.Event()
    crew = Crew(spec)

    def watch() -> None:
        sys.stdin.buffer.read()
        stop.set()

    threading.Thread(target=watch, name="parent", daemon=True).start()
    crew.run(stop)


if __name__ == "__main__":
    main()
