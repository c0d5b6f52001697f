"""The unit as the steps look at it: its settings, the self-test's probes, and where pictures are kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from agent.commission.store import Store
from agent.config import Config
from agent.config_file import load_config
from agent.doctor.examination import Examination
from agent.doctor.findings import Finding
from agent.doctor.patient import Patient
from agent.doctor.probes.machine import Machine
from agent.doctor.probes.needs import Needs, Rests
from agent.doctor.registry import selected
from drivers.clock import SystemClock

SECOND = 1_000_000_000
_FRESH_S = 15.0  # for so long what was heard once serves further steps


class Hands(msgspec.Struct, frozen=True):
    """A person who is there: `moved` is told what changes, `enough` says whether she ends the waiting."""

    moved: Callable[[str, bool], None]
    enough: Callable[[float], bool]


class Bench:
    """One unit; its configuration is read anew for each step. `pace` as for the self-test."""

    def __init__(self, path: Path, machine: Machine | None = None, pace: float = 1.0) -> None:
        self.path, self._machine, self.pace = path, machine or Machine(), pace
        self.config: Config = load_config(path)
        self.store = Store(self.config.journal.path.parent)
        self.clock = SystemClock(round(self.config.clock.not_before.timestamp()) * SECOND)
        self.hands: Hands | None = None
        self._patient: Patient | None = None
        self._heard_ns = 0

    @property
    def vehicle(self) -> str:
        """FLEET/VEHICLE."""
        return f"{self.config.unit.fleet}/{self.config.unit.vehicle}"

    def look_again(self) -> None:
        """What was heard and read before counts no more; raises ConfigError."""
        self.config, self._patient = load_config(self.path), None

    @property
    def patient(self) -> Patient:
        """What the self-test's probes bring, not older than some seconds."""
        now = self.clock.mono_ns()
        if self._patient is None or now - self._heard_ns > _FRESH_S * self.pace * SECOND:
            self._patient = Patient(self.config, self.path, self.clock, self._machine, self.pace)
            self._heard_ns = now
        return self._patient

    def examined(self, *groups: str) -> tuple[Finding, ...]:
        """The self-test's findings of these groups and codes."""
        return tuple(Examination(self.patient, selected(groups)).findings())

    def heard(self, probe: Callable[[Patient], Any]) -> Any:
        """What a probe brings; None where something else is at fault, which is a finding."""
        try:
            return probe(self.patient)
        except (Needs, Rests):
            return None

    def now(self) -> tuple[str | None, str]:
        """UTC as RFC 3339 to the second (None: not known), and whose word that is: the daemon's first."""
        from agent.uplink.envelope import rfc3339

        stamp = self.clock.stamp()
        told = self.patient.word().of("clock") or msgspec.to_builtins(stamp)
        utc_ns = told["utc_ns"]
        return None if utc_ns is None else f"{rfc3339(utc_ns)[:19]}Z", str(told["origin"])
