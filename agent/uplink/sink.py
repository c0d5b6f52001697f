"""The worker of one sink: connect, say that the vehicle is there, send what is unsettled, say good-bye."""

import logging
import random
import threading
from collections import deque
from collections.abc import Callable
from importlib.metadata import version as installed_version
from pathlib import Path

import msgspec
from msgspec.structs import replace

from agent.config import Sink, Unit
from agent.model import BudgetState, LinkState, PictureUnsent
from agent.uplink.access import read_access
from agent.uplink.backoff import Backoff
from agent.uplink.bell import Bell
from agent.uplink.delivery import Delivery, Skipped
from agent.uplink.dial import Dialler, Stopped
from agent.uplink.ear import Ear
from agent.uplink.live import live_copy
from agent.uplink.media.shelf import Shelf
from agent.uplink.metered import is_metered
from agent.uplink.mqtt import Acked, Connection, Ended, Happening, Heard, Joined, Subscribed, Will
from agent.uplink.pace import Pace
from agent.uplink.pause import pause
from agent.uplink.presence import Presence, Status
from agent.uplink.reasons import TAKEN_OVER, LinkFault
from agent.uplink.spending import Spending
from agent.uplink.status import UplinkStatus
from agent.uplink.topics import addresses, source
from buffer.journal import Journal
from drivers.clock import Clock

log = logging.getLogger(__name__)
SECOND = 1_000_000_000
_WAKE_S = 0.5
_TOGETHER = 10  # messages in one go; the broker works on them while the next are made
_WILL_NS = 600 * SECOND  # no will of a connection before this run comes later
_FAREWELL_S = 0.8  # twice: for what is in flight, and for the last state
_CONGESTED_NS = 30 * SECOND
_GOOD_NS = 60 * SECOND  # a link that lived so long, or delivered something, was a good one


class Uplink:
    """A worker; `live`, `wake`, `status` and much of `ear` may be called from any thread, at any time.

    `put` takes changes of connectivity, what a budget reaches, and pictures that never arrive. `skipped`
    (stream, lo, hi, why) is called in the worker's thread for records that this sink never gets.
    """

    def __init__(
        self,
        sink: Sink,
        unit: Unit,
        journal: Journal,
        clock: Clock,
        put: Callable[[LinkState | PictureUnsent | BudgetState], None],
        skipped: Skipped,
    ) -> None:
        self._sink, self._unit, self._journal, self._clock, self._put = sink, unit, journal, clock, put
        self._topics = addresses(sink.topics, unit)
        self._delivery = Delivery(sink, unit, journal, clock, skipped)
        self.ear = Ear(self._topics, self._delivery, clock)
        self._bell = Bell()
        self._live: deque[tuple[int, bytes, bool]] = deque(maxlen=1)  # mono_ns, payload, moving
        self._pace = Pace(sink.live_every_s, sink.live_parked_s)
        self._lives = self._connects = 0
        self._session: int | None = None
        self._session_used = True
        self._link: tuple[int, int] | None = None  # since (mono_ns), protocol
        self._connected: bool | None = None
        self._born, self._taken_over = clock.mono_ns(), False
        self._awake: Status = "online"
        self._said: Status = "online"
        self._last_words: int | None = None  # the broker's, of the present connection
        self._certificates: dict[str, int] = {}
        self._reason: str | None = None
        self._logged: str | None = None
        self._presence = Presence(source(unit), 0, installed_version("haulwatch"), journal.generation)
        self._backoff = Backoff(sink, random.Random())  # noqa: S311 - jitter, not secrecy

    def carry_pictures(self, folder: Path, sheets: Path | None = None) -> None:
        """Before `run`: send the stream `media` with the pictures in `folder` and the `sheets` in theirs."""
        self._delivery.carry_media(Shelf(folder, sheets), self._put)

    @property
    def spending(self) -> Spending:
        """The month's budget."""
        return self._delivery.spending

    def send_media(self, sha256: str) -> str | None:
        """Queue one picture (again), from any thread and over restarts; else why not: unknown, not_allowed,
        gone. Raises JournalFull: then it is queued as soon as the journal takes it."""
        refusal = self._delivery.ask(sha256)
        self._bell.ring()
        return refusal

    def live(self, payload: bytes, *, moving: bool = True) -> None:
        """The newest fix as JSON; only the newest is sent, only while connected, and in the sink's pace."""
        self._live.append((self._clock.mono_ns(), payload, moving))
        self._bell.ring()

    def wake(self) -> None:
        """New records are in the journal."""
        self._bell.ring()

    def rest(self, *, asleep: bool) -> None:
        """Say `sleeping` or `online` from now on."""
        self._awake = "sleeping" if asleep else "online"
        self._bell.ring()

    def status(self) -> UplinkStatus:
        """The state of the moment."""
        link, counts = self._link, self._delivery.counts
        return UplinkStatus(
            sink=self._sink.name,
            connected=link is not None,
            since_s=None if link is None else round((self._clock.mono_ns() - link[0]) / SECOND, 1),
            protocol=None if link is None else link[1],
            session=self._session,
            reason=self._reason,
            connects=self._connects,
            in_flight=self._delivery.in_flight if link else 0,
            refusals=self._delivery.refusals | self.ear.refused,
            listening=link is not None and self.ear.listening,
            certificates={whose: ends // SECOND for whose, ends in self._certificates.items()},
            metered=self.spending.metered if link else None,
            budget=self.spending.status,
            pictures=self._delivery.pictures,
            **msgspec.structs.asdict(counts),
        )

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Keep the link until `stop` is set; then say good-bye within 2 s. Raises JournalError."""
        dialler = Dialler(self._clock, stop, beat)
        try:
            pause(self._clock, self._backoff.first(), stop, beat)
            while not stop.is_set():
                begun, acked = self._clock.mono_ns(), self._delivery.counts.acked
                reason = self._one_life(dialler, stop, beat)
                if stop.is_set():
                    return
                self._note(connected=False, reason=reason)
                good = self._delivery.counts.acked > acked or self._clock.mono_ns() - begun > _GOOD_NS
                pause(self._clock, self._backoff.after(good=good), stop, beat)
        except Exception as e:
            self._note(connected=False, reason=str(e))
            raise
        finally:
            self._bell.close()

    def _one_life(self, dialler: Dialler, stop: threading.Event, beat: Callable[[], None]) -> str | None:
        """Dial, and serve the connection to its end; returns why it ended."""
        try:
            connection, joined = self._dial(dialler)
        except Stopped:
            return None
        except LinkFault as e:
            return str(e)
        try:
            self._begin(connection, joined)
            while not stop.is_set():
                beat()
                if reason := self._turn(connection):
                    self._reason = reason  # before the link is seen to be down
                    return reason
            self._farewell(connection, beat)
            return None
        finally:
            self._delivery.end(self._last_words)
            connection.drop()
            self._link = None

    def _dial(self, dialler: Dialler) -> tuple[Connection, Joined]:
        """Connect under a session number that is on disk before CONNECT and was in no CONNECT before."""
        if self._session is None or self._session_used:
            self._session, self._session_used = self._journal.next_session(self._sink.name), False
        self._presence = replace(self._presence, session=self._session)
        access = read_access(self._sink, self._unit, self._clock.stamp().utc_ns)
        self._certificates = {} if access.ends is None else {"unit": round(access.ends.timestamp()) * SECOND}
        try:
            return dialler.dial(access, Will(self._topics.state, self._presence.payload("lost", None)))
        finally:
            self._session_used = dialler.sent

    def _begin(self, connection: Connection, joined: Joined) -> None:
        self._connects, self._last_words = self._connects + 1, None
        self._link = (self._clock.mono_ns(), connection.version)
        metered = is_metered(connection.local, self._sink.unmetered)
        self.spending.begin(connection.on_air, self._put, metered=metered)
        self._delivery.begin(joined.window, joined.packet)
        self._pace.reset()
        if (ends := connection.peer_ends) is not None:
            self._certificates |= {"broker": round(ends) * SECOND}
        self.ear.begin(connection)
        self._say(connection)
        self._note(connected=True)
        self._send(connection)

    def _turn(self, connection: Connection) -> str | None:
        """One round of waiting, reading and sending; returns why the connection is over, if it is."""
        happened = connection.poll(self._delivery.patience_s(_WAKE_S), self._bell.fd)
        if self._bell.clear():
            self._delivery.wake()
        if reason := self._heed(connection, happened):
            return reason
        if self._delivery.silent_ns() > _CONGESTED_NS:
            return "the broker acknowledges nothing"
        self._send(connection)
        return None

    def _heed(self, connection: Connection, happened: list[Happening]) -> str | None:
        for happening in happened:
            if isinstance(happening, Acked):
                self._delivery.acked(happening.mid, happening.code)
            elif isinstance(happening, Heard):
                self.ear.hear(connection, happening)
                if self.ear.is_state(happening):
                    self._compare(happening)
                    if self._presence.outdated_by(happening.payload):
                        self._say(connection)
            elif isinstance(happening, Subscribed):
                self.ear.subscribed(happening)
            elif isinstance(happening, Ended):
                self._taken_over, self._last_words = happening.code == TAKEN_OVER, happening.code
                return happening.reason
        return None

    def _compare(self, state: Heard) -> None:
        """A state that isn't ours is another unit's; before our first one it may be an earlier journal's."""
        now, name = self._clock.mono_ns(), self._sink.name
        strange = self._presence.stranger(state.payload, young=now - self._born < _WILL_NS)
        if strange and (self._connects > 1 or not state.retained):
            self._put(LinkState(now, name, connected=True, taken_over=True, certificates=self._certificates))

    def _send(self, connection: Connection) -> None:
        """The present first, then the backlog as far as the window goes."""
        self.ear.tend(connection)
        if self._said != self._awake:
            self._say(connection)
        free = self._live and not connection.congested
        if free and self.ear.live_is_due(self._pace, moving=self._live[0][2]) and self._delivery.may_live():
            self._send_live(connection, *self._live.popleft()[:2])
        parcel = self._delivery.next()
        while parcel:
            with connection.together():
                for _ in range(_TOGETHER):
                    self._delivery.sent(connection.publish(parcel.topic, parcel.payload), parcel)
                    parcel = self._delivery.next()
                    if parcel is None:
                        break

    def _send_live(self, connection: Connection, mono_ns: int, payload: bytes) -> None:
        self._lives += 1
        frame, stamp = replace(self._delivery.frame(), mono_ns=mono_ns), self._clock.stamp(mono_ns)
        body = live_copy(payload, f"{self._session}.{self._lives}", frame, stamp, self._sink.track_format)
        connection.publish(self._topics.live, body, qos=0)

    def _say(self, connection: Connection) -> int:
        self._said = self._awake
        payload = self._presence.payload(self._said, self._clock.stamp().utc_ns)
        return connection.publish(self._topics.state, payload, retain=True)

    def _farewell(self, connection: Connection, beat: Callable[[], None]) -> None:
        """Wait shortly for what is in flight, leave a last state, and disconnect in order."""
        self._await(connection, beat, lambda _: self._delivery.in_flight == 0)
        payload = self._presence.payload("stopped", self._clock.stamp().utc_ns)
        last = connection.publish(self._topics.state, payload, retain=True)
        self._await(connection, beat, lambda mids: last in mids)
        connection.leave()

    def _await(
        self, connection: Connection, beat: Callable[[], None], done: Callable[[set[int]], bool]
    ) -> None:
        """Read until `done` says so of the acknowledged numbers, the link ends, or patience does."""
        end, mids = self._clock.mono_ns() + round(_FAREWELL_S * SECOND), set[int]()
        while not done(mids) and self._clock.mono_ns() < end:
            beat()
            happened = connection.poll(0.1)
            mids |= {h.mid for h in happened if isinstance(h, Acked)}
            if self._heed(connection, [h for h in happened if not isinstance(h, Heard)]):
                return

    def _note(self, *, connected: bool, reason: str | None = None) -> None:
        """Log each change and each new reason, and tell the core of each change."""
        if not connected and (reason != self._logged or self._connected is not False):
            self._logged = reason
            log.warning("sink %s: %s", self._sink.name, reason)
        if connected:
            log.info("sink %s: connected", self._sink.name)
        self._reason = reason or self._reason
        if connected is not self._connected:
            self._connected = connected
            taken_over, self._taken_over = self._taken_over, False
            now, name = self._clock.mono_ns(), self._sink.name
            self._put(LinkState(now, name, connected, reason, taken_over, self._certificates))
