"""One connection to a platform, step by step, as a technician tries it: what works and how long it takes."""

import threading
from collections.abc import Callable, Iterator
from uuid import uuid4

import msgspec

from agent.config import Sink, Unit
from agent.uplink.access import Access, read_access
from agent.uplink.dial import Dialler, Stopped
from agent.uplink.mqtt import Acked, Connection, Ended, Happening, Heard
from agent.uplink.reasons import LinkFault, refusal
from agent.uplink.topics import addresses
from drivers.clock import Clock

SECOND = 1_000_000_000
_ANSWER_S = 10.0
_PROTOCOLS = {5: "MQTT 5", 4: "MQTT 3.1.1"}


class Finding(msgspec.Struct, frozen=True):
    """One step: `name` of it, whether it is `ok`, what was found, and how long it took, ms.

    `ends`: when a certificate that was looked at does, s since 1970.
    """

    name: str
    ok: bool
    what: str
    ms: float | None = None
    ends: float | None = None


class Trial:
    """Tries the link of one sink beside the running daemon: under a client id of its own, with no will.

    Set `stop` ends it early: what did not come by then has not answered.
    """

    def __init__(self, sink: Sink, unit: Unit, clock: Clock, stop: threading.Event | None = None) -> None:
        self._sink, self._unit, self._clock = sink, unit, clock
        self._stop = stop or threading.Event()
        self._topic = f"{addresses(sink.topics, unit).state}/test"

    def run(self) -> Iterator[Finding]:
        """Files and certificates, connection, publication, round trip; ends at the first that fails."""
        try:
            access = read_access(self._sink, self._unit, self._clock.stamp().utc_ns)
        except LinkFault as e:
            yield Finding("files", ok=False, what=str(e))
            return
        yield from self._files(access)
        own = msgspec.structs.replace(
            access, client_id=f"{access.client_id}-test-{uuid4().hex[:8]}", session_s=0
        )
        begun = self._clock.mono_ns()
        try:
            dialler = Dialler(self._clock, self._stop, lambda: None)
            connection, joined = dialler.dial(own, None)
        except (LinkFault, Stopped) as e:
            yield Finding("connection", ok=False, what=str(e) or "no answer")
            return
        try:
            window = f"takes {joined.window} messages at once" if joined.window < 65535 else "any window"
            packet = f", {joined.packet} bytes at most" if joined.packet else ""
            how = f"{_PROTOCOLS[connection.version]}, {'TLS' if own.tls else 'not encrypted'}"
            what = f"{how}, {window}{packet}"
            yield Finding("connection", ok=True, what=what, ms=self._since(begun))
            yield from self._certificate(connection)
            yield from self._round_trip(connection)
        finally:
            connection.leave()

    def _files(self, access: Access) -> Iterator[Finding]:
        if access.ends is not None:
            what = f"valid until {access.ends:%Y-%m-%d}"
            yield Finding("unit's certificate", ok=True, what=what, ends=access.ends.timestamp())

    def _certificate(self, connection: Connection) -> Iterator[Finding]:
        ends, utc_ns = connection.peer_ends, self._clock.stamp().utc_ns
        if ends is not None:
            days = "" if utc_ns is None else f", {(ends - utc_ns / SECOND) / 86400:.0f} days"
            yield Finding("broker's certificate", ok=True, what=f"checked{days}", ends=ends)

    def _round_trip(self, connection: Connection) -> Iterator[Finding]:
        """A message to a topic below the vehicle's state, and back."""
        payload, begun = uuid4().hex.encode(), self._clock.mono_ns()
        connection.subscribe(self._topic)
        number = connection.publish(self._topic, payload)
        acked = self._await(connection, lambda h: isinstance(h, Acked) and h.mid == number)
        if not isinstance(acked, Acked):
            yield Finding("publication", ok=False, what=_why(acked))
            return
        if acked.code >= 0x80:
            yield Finding("publication", ok=False, what=f"{refusal(acked.code)} ({self._topic})")
            return
        yield Finding("publication", ok=True, what="acknowledged", ms=self._since(begun))
        heard = next((h for h in self._before if _is(h, payload)), None)
        heard = heard or self._await(connection, lambda h: _is(h, payload))
        if isinstance(heard, Heard):
            yield Finding("round trip", ok=True, what=self._topic, ms=self._since(begun))
        else:
            yield Finding("round trip", ok=False, what=f"{_why(heard)}; may it read {self._topic}?")

    def _await(self, connection: Connection, wanted: Callable[[Happening], bool]) -> Happening | None:
        """What is wanted, the end of the connection, or None when nothing came in time; keeps the rest."""
        end, self._before = self._clock.mono_ns() + round(_ANSWER_S * SECOND), list[Happening]()
        while self._clock.mono_ns() < end and not self._stop.is_set():
            happened = connection.poll(0.2)
            self._before += happened
            for happening in happened:
                if wanted(happening) or isinstance(happening, Ended):
                    return happening
        return None

    def _since(self, begun: int) -> float:
        return round((self._clock.mono_ns() - begun) / 1e6, 1)


def _is(happening: Happening, payload: bytes) -> bool:
    return isinstance(happening, Heard) and happening.payload == payload


def _why(happening: Happening | None) -> str:
    return happening.reason if isinstance(happening, Ended) else f"no answer within {_ANSWER_S:.0f} s"
