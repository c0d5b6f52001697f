"""All that has to do with commands in one agent: an intake per sink, and the worker behind them."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from agent.config import Config
from agent.control.control import Control
from agent.control.deeds import Looks, looking
from agent.control.intake import Intake, Office
from agent.model import Observation
from agent.uplink.topics import addresses
from buffer.journal import Journal
from drivers.clock import Clock


class Ports(msgspec.Struct, frozen=True):
    """What commands reach of the agent: `offer` takes observations, `status` says how it is, `told` is called
    when there are new replies in the journal. None of them blocks."""

    version: str
    journal: Journal
    clock: Clock
    offer: Callable[[Observation], None]
    status: Callable[[], dict[str, Any]]
    told: Callable[[], None]


class Room:
    """Built once; `build` gives a new worker at each of its starts."""

    def __init__(self, config: Config, ports: Ports) -> None:
        self._ports = ports
        self._control: Control | None = None
        self._closed = False
        self._begun = ports.clock.mono_ns()
        office = Office(
            journal=ports.journal,
            clock=ports.clock,
            vehicle=f"{config.unit.fleet}/{config.unit.vehicle}",
            trust=trust_file(config),
            refused=ports.offer,
            wake=self._wake,
            closed=lambda: self._closed,
            one_at_a_time=threading.Lock(),
        )
        self.intakes = {
            sink.name: Intake(sink.name, addresses(sink.topics, config.unit), office, config.commands)
            for sink in config.sinks
        }

    def build(self) -> Control:
        """The worker."""
        looks = Looks(self._ports.version, self._ports.clock, self._begun, self._ports.status)
        self._control = Control(self._ports.journal, self._ports.clock, {**looking(looks)}, self._ports.told)
        return self._control

    def close(self) -> None:
        """Take nothing more: what comes now waits at the broker for the next start."""
        self._closed = True

    def status(self) -> dict[str, Any]:
        """What was taken and rejected of each sink, and what is running."""
        sinks = {name: msgspec.to_builtins(intake.tally) for name, intake in self.intakes.items()}
        return {"sinks": sinks, "running": self._control.running if self._control else []}

    def _wake(self) -> None:
        self._ports.told()
        if self._control:
            self._control.wake()


def trust_file(config: Config) -> Path:
    """Where the trust store lies: in the state folder, beside the journal."""
    return config.journal.path.parent / "trust.json"
