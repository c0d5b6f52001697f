"""The worker that signs and gathers, so that the core waits for neither a child process nor the disk."""

import logging
import threading
from collections import deque
from collections.abc import Callable

import msgspec

from agent.channels import InboxFull
from agent.errors import TrustError
from agent.evidence import signer
from agent.evidence.device import Files, pending
from agent.evidence.gather import gather
from agent.evidence.shelf import Shelf
from agent.evidence.statement import anchor, canonical
from agent.model import Observation
from agent.model_evidence import AnchorWhy, Attest, Attested, KeyTurned, Seal, Signed
from buffer.errors import JournalError
from buffer.journal import Journal
from drivers.clock import Clock

log = logging.getLogger(__name__)
SECOND = 1_000_000_000
_LOOK_NS = 5 * SECOND  # for a rotation that waits
_CLEAR_NS = 3600 * SECOND
_PAUSE_S = 0.5
_TRUSTED = ("gnss", "ntp")
Wish = Attest | Seal


class Setup(msgspec.Struct, frozen=True):
    """FLEET/VEHICLE, where keys and evidence lie, how long evidence stays, and the time of an unset clock."""

    vehicle: str
    files: Files
    shelf: Shelf
    keep_ns: int
    not_before_ns: int


class Notary:
    """`order` serves any thread and never blocks; `last_words` is for when `run` is over."""

    def __init__(
        self, setup: Setup, journal: Journal, clock: Clock, put: Callable[[Observation], None]
    ) -> None:
        self._setup, self._journal, self._clock, self._put = setup, journal, clock, put
        self._changed = threading.Condition()
        self._wishes: deque[Wish] = deque()
        self.fault: str | None = None

    def order(self, wish: Wish) -> None:
        """Have it done soon; what fails is asked for again by the rules."""
        with self._changed:
            self._wishes.append(wish)
            self._changed.notify()

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until `stop` is set."""
        looked = cleared = self._clock.mono_ns() - _CLEAR_NS
        while not stop.is_set():
            beat()
            with self._changed:
                self._changed.wait_for(lambda: self._wishes or stop.is_set(), _PAUSE_S)
                wish = self._wishes.popleft() if self._wishes else None
            if wish is not None:
                self._guarded(wish)
            now = self._clock.mono_ns()
            if now - looked >= _LOOK_NS:
                looked = now
                self._look_for_rotation()
            if now - cleared >= _CLEAR_NS:
                cleared = now
                self._clear()

    def last_words(self, patience_s: float) -> None:
        """Sign the head before a stop in order; what takes too long is left to the next start."""
        try:
            self._attest("stopped", patience_s)
        except (TrustError, JournalError, InboxFull) as e:
            log.warning("evidence: the head was not signed at the stop: %s", e)

    def _guarded(self, wish: Wish) -> None:
        """A wish that fails costs this one only; it is a fault in the status until one succeeds."""
        try:
            if isinstance(wish, Attest):
                self._attest(wish.why)
            else:
                self._seal(wish)
        except (TrustError, JournalError, OSError, InboxFull, msgspec.MsgspecError) as e:
            log.error("evidence: %s: %s", type(wish).__name__.lower(), e)  # noqa: TRY400 - a fault, no bug
            self.fault = f"evidence: {e}"
        else:
            self.fault = None

    def _attest(self, why: AnchorWhy, patience_s: float = 20.0) -> None:
        head, counts = self._journal.proofs.chain()
        stamp = self._clock.stamp()
        at = {
            "boot": stamp.boot,
            "mono_us": stamp.mono_ns // 1000,
            "utc_us": None if stamp.utc_ns is None else stamp.utc_ns // 1000,
            "clock": stamp.origin,
        }
        statement = anchor(self._setup.vehicle, self._journal.generation, head, counts, at)
        answer = signer.sign(self._setup.files.key, canonical(statement), patience_s)
        self._put(Attested(self._clock.mono_ns(), why, Signed(statement, answer.kid, answer.sig)))

    def _seal(self, wish: Seal) -> None:
        journal, now = self._journal, self._clock.mono_ns()
        self._put(gather(wish, journal.proofs.records, journal.last, self._setup.shelf, now))

    def _look_for_rotation(self) -> None:
        """Have a rotation journalled; once it is, its file goes."""
        try:
            turn = pending(self._setup.files)
            if turn is None:
                return
            if self._journal.find("life", "device.key.rotated", turn.sig.encode()) is not None:
                self._setup.files.turn.unlink(missing_ok=True)
            else:
                self._put(KeyTurned(self._clock.mono_ns(), turn))
        except (TrustError, JournalError, OSError, InboxFull) as e:
            log.warning("evidence: rotation: %s", e)

    def _clear(self) -> None:
        """Let old evidence go; without a trusted clock nothing is old."""
        stamp, setup = self._clock.stamp(), self._setup
        if stamp.utc_ns is None or stamp.origin not in _TRUSTED:
            return
        try:
            setup.shelf.date(stamp.utc_ns, setup.not_before_ns)
            gone = setup.shelf.clear(stamp.utc_ns - setup.keep_ns)
        except OSError as e:
            log.warning("evidence: %s", e)
        else:
            if gone:
                log.info("evidence: %d files are older than their days and are gone", gone)
