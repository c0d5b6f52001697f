"""The whole self-test, in the order a technician would go: settings first, then devices, store and link."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from agent.config import Config
from agent.config_file import load_config
from agent.doctor import hardware, link, store
from agent.doctor.evidence import key
from agent.doctor.findings import Finding, fail, ok, warn
from agent.doctor.layers import layers
from agent.doctor.pictures import pictures
from agent.doctor.switches import switches
from agent.errors import AgentError, PlatformMissing
from agent.local_socket import ask
from agent.settings import rule_settings, vision_setup
from drivers.clock import Clock, SystemClock
from drivers.errors import DriverError
from drivers.profiles import gnss_profile


class Patient(msgspec.Struct, frozen=True):
    """What the checks look at: the configuration and its file, the clock, the daemon's status if it runs."""

    config: Config
    path: Path
    clock: Clock
    status: dict[str, Any] | None


def examine(path: Path) -> Iterator[Finding]:
    """All findings; with a configuration that cannot be read there is only that one."""
    try:
        config = load_config(path)
    except AgentError as e:
        yield fail("config.file", str(e), "correct the file, then `haulwatch config check`")
        return
    clock = SystemClock(round(config.clock.not_before.timestamp()) * 1_000_000_000)
    yield _references(config, clock)
    patient = Patient(config, path, clock, _status(config))
    yield _daemon(patient)
    yield _clock(patient)
    yield from hardware.receiver(patient.config, patient.clock, patient.status)
    yield from hardware.cameras(patient.config, patient.path, patient.status)
    yield from switches(patient.config, patient.clock, patient.status)
    yield from layers(patient.config, patient.clock)
    yield from store.disk(patient.config)
    yield from pictures(patient.config)
    yield from store.journal(patient.config, patient.status)
    yield from key(patient.config)
    yield from link.brokers(patient.config, patient.clock, patient.status)


def _status(config: Config) -> dict[str, Any] | None:
    try:
        return ask(config.status.socket, {"ask": "status"})
    except PlatformMissing:
        return None


def _references(config: Config, clock: Clock) -> Finding:
    """The files that the configuration names: profiles, zones, secrets."""
    try:
        gnss_profile(config.gnss.profile)
        rule_settings(config, clock)
        vision_setup(config)
    except (AgentError, DriverError) as e:
        return fail("config.references", str(e), "correct the file it names")
    return ok("config.file", "the configuration and the files it names are fine")


def _daemon(patient: Patient) -> Finding:
    if patient.status is None:
        return warn("daemon.running", "the daemon does not run", "start it: systemctl start haulwatch")
    faults = patient.status["faults"]
    if faults:
        return fail("daemon.faults", "; ".join(faults), "see the checks below and the log")
    return ok("daemon.running", f"the daemon runs, version {patient.status['version']}")


def _clock(patient: Patient) -> Finding:
    origin = patient.status["clock"]["origin"] if patient.status else patient.clock.stamp().origin
    if origin == "unsynced":
        return warn(
            "clock.set", "the clock is not set", "it is set by the first fix; else set it with date(1)"
        )
    return ok("clock.set", f"the clock is set, from {origin}")
