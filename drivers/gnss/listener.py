"""What was heard of one receiver over all openings of its line: fixes, counters, and its testimony."""

from collections.abc import Callable

import msgspec

from drivers.gnss.decode import Decoder
from drivers.gnss.testimony.witness import Statement, Testimony
from drivers.readings import Fix, ReceiverHealth, Signal


class Listener:
    """Decodes, counts and lets the testimony hear it; `make` gives the decoder of each opening.

    What a decoder has learned, and the date, don't outlive the connection; the counters do.
    """

    def __init__(self, make: Callable[[], Decoder], testimony: Testimony | None) -> None:
        self._make, self._testimony = make, testimony
        self._decoder = make()
        self._earlier = [0, 0, 0]  # sentences, checksum errors, rejected: of earlier decoders
        self._lists = self._fed_ns = 0
        self.epochs = self.opened = 0

    def open(self) -> None:
        """The line was opened."""
        self._earlier = self._totals()
        self._decoder = self._make()
        self._lists = 0
        self.opened += 1
        if self._testimony:
            self._testimony.opened()

    @property
    def sentences(self) -> int:
        """Whole sentences since the line was opened."""
        return self._decoder.sentences

    def feed(self, chunk: bytes, now: int) -> list[Fix]:
        """What came at `now`."""
        self._fed_ns = now
        return self._heard(self._decoder.feed(chunk, now))

    def idle(self) -> list[Fix]:
        """The line fell quiet."""
        return self._heard(self._decoder.idle())

    def flush(self) -> list[Fix]:
        """The line is gone; a last sentence without its line end came with the last bytes."""
        return self._heard([_at(fix, self._fed_ns) for fix in self._decoder.flush()])

    def sky(self) -> tuple[Signal, ...]:
        """The satellites in view."""
        return self._decoder.sky()

    def health(
        self, now: int, source: str, *, connected: bool, reason: str | None, lost: int
    ) -> ReceiverHealth:
        """The health of this second."""
        sentences, checksum_errors, rejected = self._totals()
        health = ReceiverHealth(
            mono_ns=now,
            source=source,
            connected=connected,
            reason=reason,
            sentences=sentences,
            checksum_errors=checksum_errors,
            rejected=rejected,
            epochs=self.epochs,
            opened=self.opened,
            lost=lost,
        )
        statement = self._statement(now)
        return msgspec.structs.replace(health, **msgspec.structs.asdict(statement)) if statement else health

    def _heard(self, fixes: list[Fix]) -> list[Fix]:
        self.epochs += len(fixes)
        if self._testimony:
            for fix in fixes:
                self._testimony.fix(fix)
        return fixes

    def _totals(self) -> list[int]:
        decoder = self._decoder
        now = (decoder.sentences, decoder.checksum_errors, decoder.rejected)
        return [a + b for a, b in zip(self._earlier, now, strict=True)]

    def _statement(self, now: int) -> Statement | None:
        """The testimony's part."""
        testimony, decoder = self._testimony, self._decoder
        if not testimony:
            return None
        sky = decoder.sky()  # asked each second, so that no line waits for long
        lists = sum(count for address, count in decoder.seen().items() if address.endswith("GSV"))
        if lists != self._lists:  # an empty sky is news, too
            self._lists = lists
            testimony.sky(sky, now)
        testimony.notices(decoder.notices(), now)
        testimony.count(decoder.sentences, decoder.checksum_errors, now)
        return testimony.statement(now)


def _at(fix: Fix, moment: int) -> Fix:
    """A fix of a stream's end, for which the decoder knows no moment."""
    return fix if fix.mono_ns else msgspec.structs.replace(fix, mono_ns=moment)
