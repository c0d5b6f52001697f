"""What the rules want of the unit itself: a warning in the cab, rest, a stop; and the workers for it."""

import logging
from collections.abc import Callable
from typing import Any

import msgspec

from agent.cab.herald import Herald
from agent.config import Config
from agent.model import Halt, Rest, Warn, WarningDelivered
from agent.supervisor import Spec
from agent.switch_setup import cab_setup, switch_setup
from drivers.clock import Clock
from drivers.readings import SupplyState, SwitchState
from drivers.switches.watch import SwitchWatch

log = logging.getLogger(__name__)
Seen = SwitchState | SupplyState | WarningDelivered


class Aboard:
    """`mind` is called in the core's thread and never blocks; `halted`: the agent is to stop, and why."""

    def __init__(
        self, config: Config, clock: Clock, put: Callable[[Seen], None], rest: Callable[[bool], None]
    ) -> None:
        self._clock, self._put, self._rest = clock, put, rest
        self._switches = switch_setup(config)
        self._warns = bool(config.warning.kinds)
        self._herald = Herald(cab_setup(config.warning), clock, put)
        self.asleep = False
        self.halted: Halt | None = None

    def specs(self) -> list[Spec]:
        """The workers that the configuration needs."""
        specs = []
        if self._switches.switches or self._switches.supply:
            specs.append(Spec("switches", lambda: SwitchWatch(self._switches, self._clock, self._put), 10.0))
        if self._warns:
            specs.append(Spec("warning", lambda: self._herald, 30.0))
        return specs

    def mind(self, wish: Warn | Rest | Halt) -> None:
        """Do what the rules want."""
        if isinstance(wish, Warn):
            self._herald.order(wish)
        elif isinstance(wish, Rest):
            log.warning("the unit %s", "sleeps: ignition off" if wish.asleep else "is awake")
            self.asleep = wish.asleep
            self._rest(wish.asleep)
        else:
            log.warning("stopping: %s", wish.reason)
            self.halted = wish

    def warnings(self) -> dict[str, Any]:
        """What became of the warnings since the start."""
        return dict(msgspec.to_builtins(self._herald.status))
