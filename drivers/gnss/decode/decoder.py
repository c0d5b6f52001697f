"""Bytes to fixes: line cutter, parser and assembler in a row. Pure."""

from collections import Counter, deque
from datetime import datetime

from drivers.gnss.decode.calendar import DateKeeper
from drivers.gnss.decode.epoch import Assembler
from drivers.gnss.decode.line import LineCutter
from drivers.gnss.decode.nmea import Calendar, InView, Position, Refused, Sentence, parse
from drivers.gnss.decode.proprietary import parse_proprietary
from drivers.gnss.decode.sky import Sky
from drivers.readings import Fix, Signal

_IDS = 256  # addresses that are counted beside those of the kinds that are read
_NOTICES = 64
_POSITIONS = frozenset({b"RMC", b"GGA", b"GLL", b"GNS"})


class Decoder:
    """Decodes a byte stream; `sentences` counts whole lines, `refused` those with impossible content.

    `eager` sends an epoch as soon as it seems complete, helped by `ends_with`, the kind of its last sentence
    by the receiver's profile; without, an epoch waits for the next, right for a recording. `not_before`,
    `weeks` and `trusted` mend dates whose week count rolled over (see `drivers.gnss.decode.calendar`).
    """

    def __init__(
        self,
        *,
        eager: bool = False,
        ends_with: str = "",
        not_before: datetime | None = None,
        weeks: int = 0,
        trusted: datetime | None = None,
    ) -> None:
        self._cutter = LineCutter()
        dates = DateKeeper(not_before, weeks, trusted)
        self._assembler = Assembler(eager=eager, ends_with=ends_with, dates=dates)
        self._sky = Sky()
        self._notices: deque[bytes] = deque(maxlen=_NOTICES)
        self._seen: Counter[bytes] = Counter()
        self._standard = False  # whether it sends positions in NMEA's own sentences
        self.sentences = self.refused = 0

    @property
    def checksum_errors(self) -> int:
        """Lines whose checksum did not fit."""
        return self._cutter.checksum_errors

    @property
    def rejected(self) -> int:
        """Lines that were damaged, and sentences with impossible content."""
        return self._cutter.rejected + self.refused

    def feed(self, chunk: bytes, mono_ns: int = 0) -> list[Fix]:
        """The fixes that are complete by these bytes, which were received at `mono_ns`."""
        lines = self._cutter.feed(chunk)
        return self._decode(lines, mono_ns) if lines else []

    def idle(self) -> list[Fix]:
        """The line fell quiet."""
        return self._assembler.idle()

    def flush(self) -> list[Fix]:
        """The stream ended."""
        return self._decode(self._cutter.flush(), 0) + self._assembler.flush()

    def sky(self) -> tuple[Signal, ...]:
        """The satellites of the last whole set of GSV of each talker and signal; empty before.

        The same object comes until there is a new set. Ask at least once a second: lines wait unread,
        bounded.
        """
        return self._sky.signals()

    def notices(self) -> list[str]:
        """Text and proprietary sentences since the last call, the newest 64, from the address on."""
        notices = [line[1:].decode("ascii", "replace") for line in self._notices]
        self._notices.clear()
        return notices

    def seen(self) -> dict[str, int]:
        """How many sentences of each address ("GNRMC", "PUBX") came so far; of strange ones the first 256."""
        return {address.decode("ascii", "replace"): count for address, count in self._seen.items()}

    def _decode(self, lines: list[bytes], mono_ns: int) -> list[Fix]:
        fixes: list[Fix] = []
        self.sentences += len(lines)
        push, hear, seen = self._assembler.push, self._sky.hear, self._seen
        for line in lines:
            sentence: Sentence | Refused | None = parse(line)
            if sentence is None:
                sentence = self._aside(line)
                if sentence is None:
                    continue
            else:
                seen[line[1:6]] += 1
            if isinstance(sentence, InView):
                hear(line)
            elif isinstance(sentence, Refused):
                self.refused += 1
                continue
            fixes += push(sentence, mono_ns)
        return fixes

    def _aside(self, line: bytes) -> Position | Calendar | Refused | None:
        """A sentence that is not about the fix, or not in NMEA's words."""
        address = line[1:].partition(b",")[0]
        if address in self._seen or len(self._seen) < _IDS:
            self._seen[address] += 1
        if line[:2] != b"$P":
            if line[3:7] == b"TXT,":
                self._notices.append(line)
            return None
        self._notices.append(line)
        self._standard = self._standard or any(address[2:] in _POSITIONS for address in self._seen)
        return None if self._standard else parse_proprietary(line)
