"""What one platform says: taken, stored and answered before the broker's PUBACK, or rejected with a word.

Works in the uplink's thread, and never raises for what comes from outside.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from agent.commands.limit import Bucket
from agent.commands.order import ID, NAME, Judge, Order, Wrong, read
from agent.commands.state import accepted, rejected
from agent.config import CommandsConfig
from agent.control.book import Book, Case
from agent.errors import TrustError
from agent.model import CommandRefused
from agent.trust.document import Refused
from agent.trust.store import TrustStore, read_store
from agent.uplink.topics import Addresses
from buffer.errors import JournalError
from buffer.journal import Journal
from drivers.clock import Clock

log = logging.getLogger(__name__)
MOST = 5000  # commands that are kept


class Tally(msgspec.Struct):
    """Since the start: commands taken, delivered again, rejected by reason; topics that are no command's.

    `deferred`: how often one could not be stored, and so stayed at the broker.
    """

    taken: int = 0
    repeated: int = 0
    malformed: int = 0
    deferred: int = 0
    rejected: dict[str, int] = {}


class Office(msgspec.Struct, frozen=True):
    """What all intakes share. `refused`, `wake` and `configure(sink, payload)` must not block.

    `closed`: the agent is about to stop.
    """

    journal: Journal
    clock: Clock
    vehicle: str
    trust: Path
    refused: Callable[[CommandRefused], None]
    wake: Callable[[], None]
    closed: Callable[[], bool]
    one_at_a_time: threading.Lock
    configure: Callable[[str, bytes], None]

    def judge(self) -> Judge:
        """By what is judged now."""
        return Judge(self.vehicle, trust_in(self.trust), self.clock.stamp().utc_ns)


class Intake:
    """The commands of one sink."""

    def __init__(self, sink: str, topics: Addresses, office: Office, limits: CommandsConfig) -> None:
        self._sink, self._topics, self._office, self._limits = sink, topics, office, limits
        self._book = Book(office.journal, office.clock)
        self._bucket = Bucket(limits.per_minute, limits.burst)
        self._again = Bucket(limits.per_minute, limits.burst)  # of deliveries that are repeated
        self._excess = Bucket(limits.per_minute, limits.burst)  # of replies that there were too many
        self.tally = Tally()

    def take(self, topic: str, payload: bytes, retained: bool) -> bool:  # noqa: FBT001 - as it comes
        """Whether it is dealt with for good, and on disk; else it is to come again."""
        if topic == self._topics.config:  # it is retained, so it comes again anyway
            self._office.configure(self._sink, payload)
            return True
        named = self._topics.named(topic)
        if named is None or not NAME.fullmatch(named[0]) or not ID.fullmatch(named[1]):
            self.tally.malformed += 1
            log.warning("sink %s: no command's topic: %.200s", self._sink, topic)
            return True
        if self._office.closed() or self._office.journal.commands.failing:
            self.tally.deferred += 1
            return False
        try:
            with self._office.one_at_a_time:
                self._command(named[0], named[1], payload, retained=retained)
        except JournalError as e:
            self.tally.deferred += 1
            log.warning("sink %s: command %s waits: %s", self._sink, named[1], e)
            return False
        except Exception:  # a message that ends the uplink would come again, and end it again
            self.tally.malformed += 1
            log.exception("sink %s: command %s", self._sink, named[1])
        return True

    def _command(self, name: str, command: str, payload: bytes, *, retained: bool) -> None:
        now, known = self._office.clock.mono_ns(), self._book.find(self._sink, command)
        if known is not None and known.command.name == name:
            self.tally.repeated += 1
            if not retained and self._again.take(now):
                self._book.say(known, repeated=True)
                self._office.wake()
            return
        try:
            if why := self._barred(known, payload, room=self._bucket.take(now), retained=retained):
                self._reject(Order(name, {}), command, why)
                return
            self._accept(command, self._read(name, command, payload))
        except Refused as e:
            self._reject(Order(name, {}), command, e)

    def _barred(self, known: Case | None, payload: bytes, *, room: bool, retained: bool) -> Refused | None:
        """Why it is not even read, if it is not."""
        if not room:
            return Refused("too_many", f"more than {self._limits.per_minute:g} commands a minute")
        if retained:
            return Refused("retained", "a command is not retained: whoever came later would repeat it")
        if len(payload) > self._limits.max_bytes:
            return Refused("too_large", f"has {len(payload)} bytes, at most {self._limits.max_bytes}")
        if known is not None:
            return Refused("malformed", f"the id {known.id} was taken by {known.command.name}")
        return None

    def _read(self, name: str, command: str, payload: bytes) -> Order:
        """The command; raises Refused. One that is believed and wrong is rejected for good."""
        try:
            return read(name, command, payload, self._office.judge())
        except Wrong as e:
            self._fresh(e.order)
            raise

    def _fresh(self, order: Order) -> None:
        """Raise Refused for a signed document that came before, or may have."""
        book = self._office.journal.commands
        if not order.token:
            return
        if book.seen(order.token):
            raise Refused("replayed", "this document came before")
        if (order.expires_ns or 0) <= book.floor_ns:
            raise Refused("expired", "is older than what is remembered")

    def _accept(self, command: str, order: Order) -> None:
        self._fresh(order)
        if self._office.journal.commands.count() >= MOST:
            raise Refused("too_many", f"{MOST} commands are kept, and none has expired")
        self._book.keep(Case(self._sink, command, accepted(order, self._office.clock.stamp())))
        self.tally.taken += 1
        self._office.wake()

    def _reject(self, bare: Order, command: str, why: Refused) -> None:
        """Say so, and store what a trusted key signed: anybody else must not be able to use up an id."""
        log.warning("sink %s: %s/%s rejected: %s %s", self._sink, bare.name, command, why.reason, why)
        self.tally.rejected[why.reason] = self.tally.rejected.get(why.reason, 0) + 1
        now = self._office.clock.mono_ns()
        self._office.refused(CommandRefused(now, self._sink, why.reason, bare.name, command))
        if why.reason == "too_many" and not self._excess.take(now):
            return
        if isinstance(why, Wrong) and why.order.token:
            self._book.keep(Case(self._sink, command, rejected(why.order, why.reason, str(why))))
        else:
            self._book.say(Case(self._sink, command, rejected(bare, why.reason, str(why))))
        self._office.wake()


def trust_in(file: Path) -> TrustStore:
    """The trust store; one that cannot be read trusts nobody."""
    try:
        return read_store(file)
    except TrustError as e:
        log.error("%s: nobody is trusted", e)  # noqa: TRY400 - a wrong file is no bug: no traceback
        return TrustStore()
