"""A fleet against a broker: crews as processes, a broker that may be restarted, what came of it."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

import msgspec

from agent.errors import PlatformMissing
from agent.platform.fleet.crew import Line, LinkChange, Spec
from buffer.store import ensure_schema

Options = dict[str, str | int | float]


class Fleet:
    """Starts crews in `folder` and hears what they say; `total` and `links` are up to the last second."""

    def __init__(self, folder: Path, url: str, vehicles: int, processes: int, options: Options) -> None:
        self._folder, self._url, self._vehicles = folder, url, vehicles
        self._processes, self._options = min(processes, vehicles), options
        self._changed = threading.Condition()
        self._lines: dict[int, Line] = {}
        self._ended: set[int] = set()
        self._lag_s = 0.0
        self.links: list[LinkChange] = []
        self._children: list[subprocess.Popen[bytes]] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        ensure_schema(self._folder / "template.db")
        for number in range(self._processes):
            first = number * self._vehicles // self._processes
            count = (number + 1) * self._vehicles // self._processes - first
            spec = Spec(str(self._folder), self._url, first, count, options=self._options)
            command = [sys.executable, "-m", "agent.platform.fleet.crew", msgspec.json.encode(spec).decode()]
            child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self._children.append(child)
            self._threads.append(threading.Thread(target=self._hear, args=(number, child), daemon=True))
            self._threads[-1].start()
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children:
            if child.stdin:
                with contextlib.suppress(BrokenPipeError):
                    child.stdin.close()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        for thread in self._threads:
            thread.join(5)

    def _hear(self, number: int, child: subprocess.Popen[bytes]) -> None:
        for text in child.stdout or ():
            line = msgspec.json.decode(text, type=Line)
            with self._changed:
                self._lines[number] = line
                self.links += line.links
                self._lag_s = max(self._lag_s, line.lag_s)
                self._changed.notify_all()
        with self._changed:
            self._ended.add(number)
            self._changed.notify_all()

    def total(self) -> Line:
        """All crews together; `lag_s` is the worst so far."""
        with self._changed:
            return self._total()

    def _total(self) -> Line:
        lines = list(self._lines.values())
        return Line(
            mono_ns=max((line.mono_ns for line in lines), default=0),
            connected=sum(line.connected for line in lines),
            acked=sum(line.acked for line in lines),
            refused=sum(line.refused for line in lines),
            fixes=sum(line.fixes for line in lines),
            waiting=sum(line.waiting for line in lines),
            lag_s=self._lag_s,
            cpu_s=round(sum(line.cpu_s for line in lines), 1),
            rss_bytes=sum(line.rss_bytes for line in lines),
            links=[],
            failures=[failure for line in lines for failure in line.failures],
            over=len(lines) == self._processes and all(line.over for line in lines),
        )

    def wait_for(self, predicate: Callable[[Line], bool], timeout_s: float) -> Line:
        """Until it holds for the total, asked each second; raises PlatformMissing at time-out or death."""

        def settled() -> bool:
            return predicate(self._total()) or self._dead()

        with self._changed:
            settled_in_time = self._changed.wait_for(settled, timeout_s)
            total = self._total()
        if predicate(total):
            return total
        what = "a crew ended" if settled_in_time else f"{total.connected} of {self._vehicles} are connected"
        raise PlatformMissing(what, where=self._url, remedy="see what the crews said on stderr")

    def _dead(self) -> bool:
        """Whether a crew ended before it said that it was over."""
        return any(not (n in self._lines and self._lines[n].over) for n in self._ended)

    def finish(self, timeout_s: float) -> Line:
        """Stop driving, let all arrive, say good-bye."""
        for child in self._children:
            if child.stdin:
                child.stdin.close()
        return self.wait_for(lambda total: total.over, timeout_s)
