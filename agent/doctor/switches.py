"""Switches, supply and the warning in the cab: read directly, or asked of the daemon that holds the lines."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.cab.programs import NO_PLAYER, speakers
from agent.config import Config
from agent.config_switches import WarningConfig
from agent.doctor.findings import Finding, fail, ok, skip, warn
from agent.switch_setup import supply_spec, switch_setup
from drivers.clock import Clock
from drivers.readings import SwitchFault
from drivers.switches.contacts import reader
from drivers.switches.spec import SwitchSpec
from drivers.switches.supply import Supply

Status = dict[str, Any] | None
_REMEDY: dict[SwitchFault, str] = {
    "open": "the wire is cut, or its plug is off: repair it",
    "short": "the wire is shorted: repair it",
    "conflict": "its two contacts contradict each other: check both, and second_active",
    "stuck": "it never moves: check the switch and its mount",
    "lost": "check source, and that the agent's account may read it (groups of the service)",
}


def switches(config: Config, clock: Clock, status: Status) -> Iterator[Finding]:
    """Each switch that is configured, the supply, and whether a warning can be given."""
    for spec in switch_setup(config).switches:
        said = _said(spec, clock) if status is None else status.get("switches", {}).get(spec.role)
        yield _switch(spec.role, said)
    yield from _supply(config, clock)
    if config.warning.kinds:
        yield from _warning(config.warning)


def _said(spec: SwitchSpec, clock: Clock) -> dict[str, Any]:
    """Its first contact now; what bounces is not found so."""
    contact = reader(spec.contact, spec.debounce_s, clock)
    try:
        sample = contact.read()
    finally:
        contact.close()
    return {"on": sample.on, "fault": sample.fault, "why": sample.why}


def _switch(role: str, said: dict[str, Any] | None) -> Finding:
    if said is None or (said["on"] is None and said["fault"] is None):
        return fail("switch.reads", "nothing heard yet", "see the log of the daemon", role)
    if said["on"] is None:
        return fail("switch.reads", f"{said['fault']}: {said['why']}", _REMEDY[said["fault"]], role)
    return ok("switch.reads", "on" if said["on"] else "off", role)


def _supply(config: Config, clock: Clock) -> Iterator[Finding]:
    spec = supply_spec(config.power)
    if spec is None:
        return
    seen = Supply(spec).read(clock.mono_ns())
    if seen.volts is None:
        yield fail("supply.volts", f"{spec.source}: not readable", "correct power.supply")
    elif seen.low:
        what = f"{seen.volts:.1f} V, below the floor of {spec.floor_v:g} V"
        yield warn("supply.volts", what, "charge the battery; check the wiring")
    else:
        yield ok("supply.volts", f"{seen.volts:.1f} V")


def _warning(warning: WarningConfig) -> Iterator[Finding]:
    """Whether what each hook needs is there; nothing is played."""
    if warning.command:
        found = shutil.which(warning.command[0])
        bad = fail("warning.command", f"{warning.command[0]}: not found", "correct warning.command")
        yield ok("warning.command", found) if found else bad
    if warning.sound:
        ways = speakers("", warning.language, Path("tone.wav"))
        silent = warn("warning.sound", NO_PLAYER, "apt-get install espeak-ng alsa-utils; or sound = false")
        yield ok("warning.sound", " and ".join(command[0] for command in ways[0])) if ways else silent
    if not (warning.sound or warning.command or warning.file or warning.gpio):
        yield skip("warning.hooks", "nobody is warned: [warning] names no hook")
