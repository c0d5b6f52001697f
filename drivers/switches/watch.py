"""The switches as a worker: reads them, debounces them, and says what they say."""

import contextlib
import logging
import select
import threading
from collections.abc import Callable, Sequence

import msgspec

from drivers.clock import Clock
from drivers.readings import SupplyState, SwitchRole, SwitchState
from drivers.switches.contacts import reader
from drivers.switches.sample import Reader
from drivers.switches.spec import SupplySpec, SwitchSpec
from drivers.switches.supply import Supply
from drivers.switches.word import PEERS, Word

log = logging.getLogger(__name__)
_SECOND = 1_000_000_000
_SUPPLY_NS = 10 * _SECOND
_LONGEST_S, _SHORTEST_S = 0.2, 0.02
_LOOKS = 3  # at least so often in the time of the shortest debounce


class SwitchSetup(msgspec.Struct, frozen=True):
    """The switches of a truck, at most one of each role, and where its supply is measured."""

    switches: tuple[SwitchSpec, ...] = ()
    supply: SupplySpec | None = None


class _Wired:
    """A switch with its contacts and what was last said of it."""

    def __init__(self, spec: SwitchSpec, clock: Clock) -> None:
        contacts = [spec.contact] if spec.second is None else [spec.contact, spec.second]
        self.readers: list[Reader] = [reader(contact, spec.debounce_s, clock) for contact in contacts]
        self.word = Word(spec)
        self.said: SwitchState | None = None

    def look(self, now: int, peers_moved: int) -> SwitchState | None:
        samples = tuple(contact.read() for contact in self.readers)
        settled = all(contact.settled for contact in self.readers)
        return self.word.take(now, samples, peers_moved, settled=settled)


class SwitchWatch:
    """Sends a `SwitchState` at each change and each second, a `SupplyState` each ten seconds and when low.

    A line that cannot be read is said to be lost, and read again; no other switch is touched by it. Raises
    ValueError for a wrong address. `put` must not raise.
    """

    def __init__(
        self, setup: SwitchSetup, clock: Clock, put: Callable[[SwitchState | SupplyState], None]
    ) -> None:
        self._clock, self._put = clock, put
        self._wired = [_Wired(spec, clock) for spec in setup.switches]
        self._supply = None if setup.supply is None else Supply(setup.supply)
        self._measured: SupplyState | None = None
        self._told = 0
        shortest = min((spec.debounce_s for spec in setup.switches), default=_LONGEST_S)
        self._pace_s = min(_LONGEST_S, max(_SHORTEST_S, shortest / _LOOKS))

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until stopped; raises nothing that a device does."""
        try:
            while not stop.is_set():
                beat()
                self.look()
                self._wait(stop)
        finally:
            self.close()

    def close(self) -> None:
        """Give all lines back."""
        for wired in self._wired:
            for contact in wired.readers:
                contact.close()

    def look(self) -> None:
        """Read all once, and say what is due."""
        for wired in self._wired:
            now = self._clock.mono_ns()
            self._say(wired, wired.look(now, self._moved_beside(wired.word.role)))
        if self._supply is not None:
            self._measure(self._supply, self._clock.mono_ns())

    def _moved_beside(self, role: SwitchRole) -> int:
        return sum(w.word.moves for w in self._wired if w.word.role in PEERS and w.word.role != role)

    def _say(self, wired: _Wired, state: SwitchState | None) -> None:
        if state is None:
            return
        last = wired.said
        changed = last is None or (last.on, last.fault) != (state.on, state.fault)
        if last is not None and not changed and state.mono_ns - last.mono_ns < _SECOND:
            return
        if changed and state.fault:
            log.warning("switch %s: %s: %s", state.switch, state.fault, state.why)
        wired.said = state
        self._put(state)

    def _measure(self, supply: Supply, now: int) -> None:
        last = self._measured
        if last is not None and now - last.mono_ns < _SECOND:
            return  # a voltage need not be read more often
        state = supply.read(now)
        if last is None or state.low != last.low or now - self._told >= _SUPPLY_NS:
            self._told = now
            self._put(state)
        self._measured = state

    def _wait(self, stop: threading.Event) -> None:
        """Until the next look, or until a line has an edge."""
        fds = _fds([contact for wired in self._wired for contact in wired.readers])
        if not fds:
            stop.wait(self._pace_s)
            return
        with contextlib.suppress(OSError, ValueError):  # a line that vanished is found by the next look
            select.select(fds, [], [], self._pace_s)


def _fds(contacts: Sequence[Reader]) -> list[int]:
    found = (contact.fileno() for contact in contacts)
    return [fd for fd in found if fd is not None]
