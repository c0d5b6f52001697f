"""What switches and supply say: the daemon's word where it runs, else read once."""

from typing import Any

from agent.config import Config
from agent.doctor.probes.daemon import Word
from agent.switch_setup import supply_spec, switch_setup
from drivers.clock import Clock
from drivers.readings import SupplyState
from drivers.switches.contacts import reader
from drivers.switches.spec import SwitchSpec
from drivers.switches.supply import Supply


def ask(config: Config, clock: Clock, word: Word) -> dict[str, dict[str, Any]]:
    """By role: `on`, `fault`, `why`."""
    if word.status is not None:
        return word.of("switches") or {}
    return {spec.role: _read(spec, clock) for spec in switch_setup(config).switches}


def _read(spec: SwitchSpec, clock: Clock) -> dict[str, Any]:
    """Its first contact now; what bounces, or never moves, is not found so."""
    contact = reader(spec.contact, spec.debounce_s, clock)
    try:
        sample = contact.read()
    finally:
        contact.close()
    return {"on": sample.on, "fault": sample.fault, "why": sample.why}


def supply(config: Config, clock: Clock) -> SupplyState | None:
    """The supply now, which anybody may read beside the daemon; None where none is configured."""
    spec = supply_spec(config.power)
    return None if spec is None else Supply(spec).read(clock.mono_ns())
