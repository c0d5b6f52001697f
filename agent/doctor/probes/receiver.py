"""The receiver's word: from the daemon where it runs, else listened to for some seconds."""

import threading
from datetime import datetime
from typing import Any

import msgspec

from agent.config import Config
from agent.doctor.probes.daemon import Word
from agent.doctor.probes.needs import Needs, Rests
from agent.receiver_setup import receiver_setup
from agent.testimony_setup import witness_of
from drivers.clock import Clock
from drivers.errors import ProfileError
from drivers.gnss.receiver import Receiver
from drivers.readings import Fix, ReceiverHealth, Signal

SECOND = 1_000_000_000
_LISTEN_S, _SETTLED_S = 5.0, 2.5
_SILENT_S = 3.0


class Position(msgspec.Struct, frozen=True):
    """What a fix says, `age_s` ago."""

    mode: str
    age_s: float
    utc: datetime | None = None
    hdop: float | None = None
    satellites: int | None = None


class Heard(msgspec.Struct, frozen=True):
    """`health` of the receiver (None: not known yet), the last fix worth the name, whether it is `live`.

    `live`: the daemon watches it for long, so that suspicions mean something. `signals`: the satellites in
    view.
    """

    health: ReceiverHealth | None
    fix: Position | None
    live: bool
    signals: tuple[Signal, ...] = ()


def hear(config: Config, clock: Clock, word: Word, pace: float) -> Heard:
    """Ask the daemon, or the receiver; raises Needs, Rests."""
    if word.mute:
        raise Needs("unit.answer")
    if word.status is None:
        return _listen(config, clock, pace)
    if word.of("asleep"):
        raise Rests
    told = word.of("receiver")
    fix = None if word.of("gaps", "fix") else word.of("fix")
    health = msgspec.convert(told, ReceiverHealth) if told else None
    signals = msgspec.convert(word.of("sky") or (), tuple[Signal, ...])
    return Heard(health, msgspec.convert(fix, Position) if fix else None, live=True, signals=signals)


class _Ear:
    """Takes what the receiver says, until enough is known."""

    def __init__(self, clock: Clock, most_s: float) -> None:
        self._clock, self._begun, self._most_s = clock, clock.mono_ns(), most_s
        self.stop = threading.Event()
        self.health: ReceiverHealth | None = None
        self.fix: Fix | None = None

    def take(self, seen: Fix | ReceiverHealth) -> None:
        """One observation."""
        if isinstance(seen, ReceiverHealth):
            self.health = seen
        elif seen.mode != "none":
            self.fix = seen
        passed_s = (self._clock.mono_ns() - self._begun) / SECOND
        known = self.fix is not None and self.health is not None and bool(self.health.strength)
        lost = self.health is not None and not self.health.connected and passed_s > _SILENT_S
        busy = self.health is not None and not self.health.opened and passed_s > 1.0
        if passed_s > self._most_s or lost or busy or (known and passed_s > _SETTLED_S):
            self.stop.set()


def _listen(config: Config, clock: Clock, pace: float) -> Heard:
    try:
        setup = receiver_setup(config.gnss, config.clock)
    except ProfileError as e:
        raise Needs("config.profiles") from e
    setup = msgspec.structs.replace(setup, silent_s=min(setup.silent_s, _SILENT_S - 0.5))
    ear = _Ear(clock, _LISTEN_S * pace)
    receiver = Receiver(setup, clock, ear.take, witness_of(config.gnss))
    receiver.run(ear.stop, lambda: None)
    return Heard(ear.health, _position(ear.fix, clock), live=False, signals=tuple(receiver.signals))


def _position(fix: Fix | None, clock: Clock) -> Position | None:
    if fix is None:
        return None
    plain: dict[str, Any] = {"age_s": (clock.mono_ns() - fix.mono_ns) / SECOND}
    return Position(mode=fix.mode, utc=fix.utc, hdop=fix.hdop, satellites=fix.satellites, **plain)
