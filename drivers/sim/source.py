"""What stands behind a simulated receiver's line: a module, or a recording."""

from collections.abc import Sequence
from random import Random
from typing import Protocol

from drivers.sim.damage import damaged
from drivers.sim.faults import Schedule


class Source(Protocol):
    """What stands behind the line; all times are s since `start`. A Module is one."""

    faults: Schedule

    @property
    def controlled(self) -> bool:
        """Whether it takes commands on a port of their own."""
        ...

    @property
    def baud(self) -> int | None:
        """The speed of its side of the line; None: it takes any."""
        ...

    @property
    def due(self) -> float:
        """When the next epoch is."""
        ...

    @property
    def period(self) -> float:
        """From one epoch to the next, s."""
        ...

    def epoch(self) -> list[bytes]:
        """The sentences of that epoch."""
        ...

    def hear(self, t: float, chunk: bytes) -> list[bytes]:
        """Its answers to bytes from the reader."""
        ...

    def power_on(self, t: float) -> list[bytes]:
        """What it says when plugged in."""
        ...


class Recording:
    """Recorded bytes as a source: one burst per period, then silence. Faults of the line apply to it."""

    controlled = False

    def __init__(
        self,
        bursts: Sequence[bytes],
        rate_hz: float,
        faults: Schedule | None = None,
        baud: int | None = None,
    ) -> None:
        self.faults, self.baud = faults or Schedule(), baud
        self._bursts, self.period, self._n = bursts, 1 / rate_hz, 0

    @property
    def due(self) -> float:
        """When the next burst is, s."""
        return self._n * self.period

    def epoch(self) -> list[bytes]:
        """The next burst, in lines."""
        on, n = self.faults.active(self.due), self._n
        self._n += 1
        burst = self._bursts[n] if n < len(self._bursts) else b""
        return [] if "unplug" in on else damaged(burst.splitlines(keepends=True), on, Random(n))

    def hear(self, t: float, chunk: bytes) -> list[bytes]:  # noqa: ARG002 - a recording is deaf
        """Nothing."""
        return []

    def power_on(self, t: float) -> list[bytes]:  # noqa: ARG002
        """Nothing."""
        return []
