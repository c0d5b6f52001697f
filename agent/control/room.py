"""What has to do with platforms' commands and settings in one agent: intakes, and the worker behind them."""

import logging
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from agent.commands.refusal import CommandRefused
from agent.config import Config
from agent.control.changes import Hands, changing
from agent.control.control import Control
from agent.control.deeds import Looks, looking
from agent.control.intake import Intake, Office
from agent.control.rhythm import Rhythms
from agent.control.upload import Sending
from agent.model import Observation
from agent.records import settled_in
from agent.remote import book
from agent.remote.book import Page
from agent.remote.desired import Desired, Signs, Surroundings
from agent.remote.live import Live
from agent.uplink.ear import Ear
from agent.uplink.topics import addresses
from buffer.errors import JournalError
from buffer.journal import Journal
from drivers.clock import Clock

log = logging.getLogger(__name__)


class Ports(msgspec.Struct, frozen=True):
    """What commands reach of the agent.

    `offer` takes observations and may lose them under overload, `put` raises InboxFull instead; `status` says
    how the agent is; `told` is called when there are new replies in the journal; `ear` is that of a sink's
    present uplink; `restart` builds workers anew; `given_up` names those that the supervisor gave up.
    """

    version: str
    journal: Journal
    clock: Clock
    offer: Callable[[Observation], None]
    put: Callable[[Observation], None]
    status: Callable[[], dict[str, Any]]
    told: Callable[[], None]
    ear: Callable[[str], Ear | None]
    restart: Callable[[Iterable[str]], None]
    signs: Callable[[str], Signs]
    sending: Sending


class Room:
    """Built once; `build` gives a new worker at each of its starts."""

    def __init__(self, live: Live, ports: Ports) -> None:
        config, self._ports, self._live = live.config, ports, live
        self._control: Control | None = None
        self._closed = self._begun = False
        self._reports: dict[str, bytes] = {}
        self._since = ports.clock.mono_ns()
        self._vehicle = f"{config.unit.fleet}/{config.unit.vehicle}"
        self._trust = config.journal.path.parent / "trust.json"
        self.desired = self._desired(config)
        office = self._office()
        self.intakes = {
            sink.name: Intake(sink.name, addresses(sink.topics, config.unit), office, config.commands)
            for sink in config.sinks
        }

    def build(self) -> Control:
        """The worker; the first one looks after what the platform had set before the start."""
        ports = self._ports
        if not self._begun:
            self._begun = True
            self.desired.begin(clean=ports.journal.clean())
        looks = Looks(ports.version, ports.clock, self._since, ports.status)
        deeds = {**looking(looks), **changing(self._hands())}
        self._control = Control(ports.journal, ports.clock, deeds, ports.told, self.desired.tend)
        return self._control

    def listen(self, sink: str, ear: Ear) -> None:
        """A new uplink of a sink hears for us, reports what holds, and keeps the pace that was asked for."""
        ear.listen(self.intakes[sink].take)
        if rhythm := Rhythms(self._ports.journal.notes, self._ports.clock).known(sink):
            ear.hasten(rhythm)
        if sink in self._reports:
            ear.report(self._reports[sink])

    def close(self) -> None:
        """Take nothing more: what comes now waits at the broker for the next start."""
        self._closed = True

    def status(self) -> dict[str, Any]:
        """What was taken and rejected of each sink, and what is running."""
        sinks = {name: msgspec.to_builtins(intake.tally) for name, intake in self.intakes.items()}
        return {"sinks": sinks, "running": self._control.running if self._control else []}

    def configured(self) -> dict[str, Any]:
        """What the platform has set."""
        page = self.desired.page
        return {
            "state": page.stage if page.newest else None,
            "version": page.newest.version if page.newest else None,
            "reason": page.reason,
            "settings": page.settings,
        }

    def _office(self) -> Office:
        ports = self._ports
        return Office(
            journal=ports.journal,
            clock=ports.clock,
            vehicle=self._vehicle,
            trust=self._trust,
            refused=ports.offer,
            wake=self._wake,
            closed=lambda: self._closed,
            one_at_a_time=threading.Lock(),
            configure=self._configure,
        )

    def _desired(self, config: Config) -> Desired:
        authority = authority_of(config)
        around = Surroundings(
            live=self._live,
            clock=self._ports.clock,
            vehicle=self._vehicle,
            trust=self._trust,
            authority=authority,
            signs=lambda: self._ports.signs(authority),
            refused=self._refused,
            report=self._report,
            record=self._record,
        )
        return Desired(around, config.remote, remote_file(config))

    def _hands(self) -> Hands:
        ports = self._ports
        return Hands(
            journal=ports.journal,
            clock=ports.clock,
            live=self._live,
            vehicle=self._vehicle,
            trust=self._trust,
            put=ports.put,
            ear=ports.ear,
            restart=ports.restart,
            sending=ports.sending,
        )

    def _refused(self, sink: str, reason: str) -> None:
        self._ports.offer(CommandRefused(self._ports.clock.mono_ns(), sink, reason, "config", ""))

    def _record(self, page: Page) -> None:
        """So that it is known later under which settings the truck drove."""
        data = {
            "version": page.newest.version if page.newest else None,
            "reason": page.reason,
            "hash": page.now.hash if page.now else None,
            "severity": "notice" if page.stage == "rolled_back" else "info",
        }
        try:
            self._ports.journal.append([settled_in(page.stage, data, self._ports.clock.stamp())])
        except JournalError as e:  # it is pending, and goes when there is room
            log.warning("settings: %s", e)

    def _report(self, sink: str, payload: bytes) -> None:
        self._reports[sink] = payload
        if ear := self._ports.ear(sink):
            ear.report(payload)
        self._ports.told()

    def _configure(self, sink: str, payload: bytes) -> None:
        self.desired.take(sink, payload)
        if self._control:
            self._control.wake()

    def _wake(self) -> None:
        self._ports.told()
        if self._control:
            self._control.wake()


def authority_of(config: Config) -> str:
    """The sink that may change the configuration, "" when there is none."""
    names = [s.name for s in config.sinks if s.authority] or [s.name for s in config.sinks]
    return names[0] if names else ""


def remote_file(config: Config) -> Path:
    """Where it lies what the platform has set: in the state folder, beside the journal."""
    return config.journal.path.parent / book.NAME
