"""What a platform says to the vehicle: subscribed to, handed over, and acknowledged once it is stored.

Also what it asks of this link alone: another pace for a while, records once more, a report that is retained.
`listen`, `report`, `resend` and `hasten` serve any thread, all else the uplink's own.
"""

import threading
from collections.abc import Callable, Iterable

import msgspec

from agent.uplink.delivery import Delivery
from agent.uplink.mqtt import Connection, Heard, Subscribed
from agent.uplink.pace import Pace
from agent.uplink.reasons import refusal
from agent.uplink.topics import Addresses
from buffer.ranges import Range
from drivers.clock import Clock

_AGAIN_NS = 2_000_000_000
Take = Callable[[str, bytes, bool], bool]
"""(topic, payload, retained) -> whether it is dealt with for good; else it is handed over again."""


class Rhythm(msgspec.Struct, frozen=True):
    """How often fixes go, s, None: as set: in batches, and the newest one; until when (ns since boot)."""

    track_every_s: float | None = None
    live_every_s: float | None = None
    until_ns: int = 0


class Ear:
    """See above. `refused` names the subscriptions that the broker refuses, with its reason; `listening`: the
    broker has granted that for commands."""

    def __init__(self, topics: Addresses, delivery: Delivery, clock: Clock) -> None:
        self._topics, self._delivery, self._clock = topics, delivery, clock
        self._lock = threading.Lock()
        self._take: Take | None = None
        self._asked: dict[int, str] = {}
        self._waiting: list[Heard] = []
        self._due_ns = self._live_ns = 0
        self._rhythm = Rhythm()
        self._report: bytes | None = None
        self._reported: bytes | None = None
        self._again: list[tuple[str, list[Range]]] = []
        self._fresh = False
        self.refused: dict[str, str] = {}
        self.listening = False

    def listen(self, take: Take) -> None:
        """Hand all that the platform says to `take`, in the uplink's thread, from the next connection on."""
        self._take = take

    def report(self, payload: bytes) -> None:
        """Have this retained as the configuration that holds, now and after each reconnect."""
        self._report = payload

    def resend(self, stream: str, ranges: Iterable[Range]) -> None:
        """These are no longer settled: send them again on this connection, too."""
        with self._lock:
            self._again.append((stream, list(ranges)))

    def hasten(self, rhythm: Rhythm) -> None:
        """Another pace for a while."""
        self._rhythm = rhythm

    def begin(self, connection: Connection) -> None:
        """A new connection: subscribe, though the broker may remember; so what it keeps comes once more.

        The vehicle's own state goes at QoS 0, so that none is kept for later.
        """
        self._waiting, self._reported, self._fresh, self.refused = [], None, False, {}
        self.listening = False
        self._asked = {connection.subscribe(self._topics.state, 0): self._topics.state}
        if self._take:
            for topic in (self._topics.commands, self._topics.config):
                self._asked[connection.subscribe(topic)] = topic

    def subscribed(self, word: Subscribed) -> None:
        """SUBACK."""
        topic = self._asked.pop(word.mid, "")
        self._fresh = self._fresh or topic == self._topics.state
        if word.code >= 0x80:
            self.refused[topic] = refusal(word.code)
        elif topic == self._topics.commands:
            self.listening = True

    def is_state(self, heard: Heard) -> bool:
        """Whether this tells the state of now, and not one that the broker kept for an earlier connection."""
        return heard.topic == self._topics.state and (heard.retained or self._fresh)

    def hear(self, connection: Connection, heard: Heard) -> None:
        """Hand it over, and acknowledge what is dealt with."""
        take = None if heard.topic == self._topics.state else self._take
        if take is None or take(heard.topic, heard.payload, heard.retained):
            connection.acknowledge(heard)
        else:
            self._waiting.append(heard)

    def tend(self, connection: Connection) -> None:
        """What is due: the pace, the report, records once more, and what could not be stored before."""
        now = self._clock.mono_ns()
        self._delivery.hasten(self._rhythm.track_every_s if now < self._rhythm.until_ns else None)
        with self._lock:
            again, self._again = self._again, []
        for stream, ranges in again:
            self._delivery.again(stream, ranges)
        report = self._report
        if report is not None and report != self._reported:
            connection.publish(self._topics.reported, report, retain=True)
            self._reported = report
        if self._waiting and now >= self._due_ns:
            self._due_ns = now + _AGAIN_NS
            waiting, self._waiting = self._waiting, []
            for heard in waiting:
                self.hear(connection, heard)

    def live_is_due(self, pace: Pace, *, moving: bool) -> bool:
        """Whether the newest fix may go now, by the pace as set or as asked for."""
        now, every_s = self._clock.mono_ns(), self._rhythm.live_every_s
        if every_s is None or now >= self._rhythm.until_ns:
            return pace.due(now, moving=moving)
        if now - self._live_ns < every_s * 1e9:
            return False
        self._live_ns = now
        return True
