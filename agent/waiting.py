"""Before the start: while the supply is low, or after a stop by the ignition, nothing is opened yet.

The daemon ends in order when the supply is low or, if so configured, when the ignition was off for long. The
service manager starts it again within seconds; the new one waits here, with nothing open, until it is time.
A note beside the journal says what it waits for; it counts in its own boot only.
"""

import logging
from collections.abc import Callable
from pathlib import Path

import msgspec

from agent.config import Config
from agent.model import Halt
from agent.switch_setup import switch_setup
from drivers.clock import Clock
from drivers.readings import SupplyState, SwitchState
from drivers.switches.watch import SwitchSetup, SwitchWatch

log = logging.getLogger(__name__)
_NAME = "waits-for"
_PAUSE_S = 0.5
_LOOKS = 20  # a line that bounces for so long says nothing: then it is no reason to wait


def leave_note(config: Config, boot: str, halted: Halt | None) -> None:
    """After a stop: what the next start waits for, if anything."""
    note = _note(config)
    try:
        if halted is None:
            note.unlink(missing_ok=True)
        else:
            note.write_text(f"{halted.cause} {boot}")
    except OSError as e:
        log.warning("%s: %s", note, e.strerror)


class Gate:
    """Whether it is time to start."""

    def __init__(self, config: Config, clock: Clock) -> None:
        cause = _cause(config, clock.boot)
        setup = switch_setup(config)
        supply = setup.supply
        if supply is not None and cause == "supply" and supply.recover_v is not None:
            supply = msgspec.structs.replace(supply, floor_v=supply.recover_v)
        waits = cause == "ignition" and config.power.then == "stop"
        ignition = tuple(s for s in setup.switches if s.role == "ignition") if waits else ()
        self._waits_for_ignition = bool(ignition)
        self._watch = SwitchWatch(SwitchSetup(ignition, supply), clock, self._heard)
        self._ignition: SwitchState | None = None
        self._supply: SupplyState | None = None
        self._looks = 0

    def shut(self) -> str | None:
        """Look, and say what is waited for; None: nothing."""
        self._watch.look()
        self._looks += 1
        if self._supply is not None and self._supply.low:
            return f"waiting: the supply is low, {self._supply.volts or 0.0:.1f} V"
        if not self._waits_for_ignition:
            return None
        unheard = self._ignition is None and self._looks < _LOOKS
        off = self._ignition is not None and self._ignition.on is False
        return "waiting: the ignition is off" if unheard or off else None

    def close(self) -> None:
        """Give the lines back to who reads them from now on."""
        self._watch.close()

    def _heard(self, state: SwitchState | SupplyState) -> None:
        if isinstance(state, SupplyState):
            self._supply = state
        else:
            self._ignition = state


def wait(
    gate: Gate, stopped: Callable[[], bool], pause: Callable[[float], None], tell: Callable[[str], object]
) -> bool:
    """Until it is time to start, True, or until `stopped`, False; `tell` informs the service manager."""
    waited = False
    try:
        while not stopped():
            why = gate.shut()
            if why is None:
                return True
            if not waited:
                log.warning("%s", why)
            waited = True
            tell(f"READY=1\nWATCHDOG=1\nSTATUS={why}")
            pause(_PAUSE_S)
        return False
    finally:
        gate.close()
        if waited:
            tell("STATUS=")


def _note(config: Config) -> Path:
    return config.journal.path.parent / _NAME


def _cause(config: Config, boot: str) -> str | None:
    try:
        cause, _, of = _note(config).read_text().partition(" ")
    except (OSError, UnicodeDecodeError):
        return None
    return cause if of == boot else None
