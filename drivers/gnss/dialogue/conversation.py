"""Talking with a receiver: say something, wait for its answer while it goes on sending sentences."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Literal, Protocol

import msgspec

from drivers.clock import Clock
from drivers.gnss.dialogue.exchange import Exchange
from drivers.gnss.dialogue.frames import Framer, Message
from drivers.gnss.dialogue.template import Values
from drivers.gnss.dialogue.variables import Variables

_NS = 1_000_000_000
_LATE_S = 0.5
Outcome = Literal["answered", "unanswered", "refused", "unfit", "silent"]


class Line(Protocol):
    """A port: `read` gives what came, or nothing after 0.3 s of quiet; `drivers.gnss.source.port` has one."""

    def read(self) -> bytes:
        """What has come."""
        ...

    def write(self, chunk: bytes) -> None:
        """Send bytes."""
        ...

    def set_baud(self, baud: int) -> None:
        """Change our side's speed."""
        ...


class Witness(Protocol):
    """Is shown every message that comes, with CLOCK_BOOTTIME ns."""

    def see(self, message: Message, mono_ns: int) -> None:
        """One message."""
        ...


class Reply(msgspec.Struct, frozen=True):
    """How an exchange went, and the variables that the answer carried.

    `unanswered`: sent, and none was to come. `unfit`: an answer with impossible values, which `why` tells.
    """

    outcome: Outcome
    values: dict[str, int | str] = {}
    why: str = ""

    @property
    def done(self) -> bool:
        """Whether the module did as told, as far as its answer says."""
        return self.outcome in ("answered", "unanswered")


class Conversation:
    """One line to one module; `received` bytes came so far. All methods raise DeviceLost."""

    TRIES = 3

    def __init__(self, line: Line, clock: Clock, witness: Witness) -> None:
        self.line, self._clock, self._witness = line, clock, witness
        self._framer = Framer()
        self.received = 0

    def hold(self, exchange: Exchange, variables: Variables, state: Values, tries: int = TRIES) -> Reply:
        """Send, and wait for the whole answer or a refusal; silence is tried again.

        Raises ValueError when the state can't be expressed in the exchange's templates.
        """
        spoken = b"".join(t.encode(variables.values(state)) for t in exchange.send)
        reply = Reply("silent")
        for again in range(tries):
            self.line.write(spoken)
            reply = self._await(exchange, variables)
            if reply.outcome != "silent":
                self.listen(_LATE_S if again else 0)  # the first answer may follow: it is not the next one's
                break
        if reply.done and exchange.pause_s:
            self.listen(exchange.pause_s)
        return reply

    def ask(self, spoken: bytes, seconds: float) -> Iterator[Message]:
        """Send a question and give whatever comes in that time."""
        self.line.write(spoken)
        yield from self.messages(seconds)

    def messages(self, seconds: float) -> Iterator[Message]:
        """The messages of so many seconds, as they come."""
        until = self._clock.mono_ns() + int(seconds * _NS)
        while self._clock.mono_ns() < until:
            chunk = self.line.read()
            self.received += len(chunk)
            for message in self._framer.feed(chunk):
                self._witness.see(message, self._clock.mono_ns())
                yield message

    def listen(self, seconds: float, enough: int | None = None) -> int:
        """Only listen, for so long or until `enough` messages with a checksum came; gives how many came.

        A line of text is none: at a wrong speed some come by accident.
        """
        checked = (m for m in self.messages(seconds) if m.framing != "line")
        return sum(1 for _ in islice(checked, enough))

    def watch(self, seconds: float, satisfied: Callable[[], bool]) -> None:
        """Only listen, for so long or until the witness has seen enough."""
        for _ in self.messages(seconds):
            if satisfied():
                break

    def set_baud(self, baud: int) -> None:
        """Go to another speed; what was half received is void."""
        self.line.set_baud(baud)
        self._framer = Framer()

    def _await(self, exchange: Exchange, variables: Variables) -> Reply:
        if not exchange.answer and not exchange.refuse:
            return Reply("unanswered")
        found: dict[str, int | str] = {}
        missing = list(exchange.answer)
        for message in self.messages(exchange.timeout_s):
            if any(t.match(message) is not None for t in exchange.refuse):
                return Reply("refused")
            carried = missing[0].match(message) if missing else None
            if carried is None:
                continue
            try:
                found |= variables.variables(carried)
            except ValueError as e:
                return Reply("unfit", why=str(e))
            missing.pop(0)
            if not missing:
                return Reply("answered", found)
        return Reply("silent" if exchange.answer else "unanswered")
