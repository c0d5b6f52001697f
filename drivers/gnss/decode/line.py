"""Bytes to lines: NMEA 0183 lines out of whatever a serial port delivers.

Between sentences there may be binary protocols, noise and halves of sentences; sentences may be glued to each
other. A line comes out only when it is whole, printable and its checksum fits. Pure: no input or output.
"""

import re
from functools import reduce
from itertools import product
from operator import xor

# In this order: a whole sentence and its checksum; printable characters to the end of the bytes, not yet
# whole; any other run of printable characters, from `$` on or without one, and the byte that ends it: CR, LF,
# the `$` of the next sentence, or something that has no business in a line.
_RUN = re.compile(
    rb"(\$[A-Z][A-Z0-9]{2}[\x20-\x23\x25-\x29\x2b-\x7e]{0,1016}+)\*([0-9A-Fa-f]{2})(?=[^\x20-\x23\x25-\x7e])"
    rb"|(\$?[\x20-\x23\x25-\x7e]++\Z|\$\Z)"
    rb"|\$([\x20-\x23\x25-\x7e]*+)(?=([^\x20-\x23\x25-\x7e]))"
    rb"|([\x20-\x23\x25-\x7e]++)(?=([\r\n$])?)"
)
_WHOLE, _UNFINISHED = 2, 3  # the last group of the first two
_ADDRESS = re.compile(rb"[A-Z][A-Z0-9]{2,}")
_DIGITS = "0123456789ABCDEFabcdef"
_HEX = {(a + b).encode(): int(a + b, 16) for a, b in product(_DIGITS, _DIGITS)} | {
    a.encode(): int(a, 16)
    for a in _DIGITS  # from those who leave out the leading zero
}
_AFTER_LEAD = {text: value ^ ord("$") for text, value in _HEX.items()}


class LineCutter:
    """Cuts lines out of a byte stream, in bounded memory.

    A line without a checksum is taken only when it ends in CR or LF, from a stream that has never sent one,
    or when its address has none twice running: else it is damaged. `checksum_errors` counts lines whose
    checksum does not fit, `rejected` those that were cut short, too long, unprintable or without checksum.
    """

    LIMIT = 1024  # bytes; NMEA 0183 says 82, proprietary sentences reach 300

    _ADDRESSES = 64  # that are remembered
    _BELIEVED = 2  # lines of an address without a checksum, running

    def __init__(self) -> None:
        self._rest = b""
        self._bare: dict[bytes, int] = {}
        self._seen_checksum = False
        self.checksum_errors = 0
        self.rejected = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """The whole lines that end in this chunk, from `$` or `!` up to, not including, the `*`."""
        received, self._rest = self._rest + chunk, b""
        lines: list[bytes] = []
        for run in _RUN.finditer(received):
            if run.lastindex == _WHOLE:
                line, checksum = run.group(1, 2)
                if _xor(line) == _AFTER_LEAD[checksum]:
                    self._seen_checksum = True
                    lines.append(line)
                    if self._bare:
                        self._bare.pop(line[1:].partition(b",")[0], None)
                else:
                    self.checksum_errors += 1
            elif run.lastindex == _UNFINISHED:
                self._rest = run[3]
            elif run[4] is not None:
                self._take(b"$", run[4], run[5], lines)
            elif run[7] and b"!" in run[6]:
                self._take(b"!", run[6][run[6].index(b"!") + 1 :], run[7], lines)
        if len(self._rest) > self.LIMIT:
            self.rejected += 1
            self._rest = b""
        return lines

    def flush(self) -> list[bytes]:
        """At the end of the stream: the last line, if only its line end is missing."""
        return self.feed(b"\0") if b"*" in self._rest else []

    def _take(self, lead: bytes, body: bytes, ender: bytes, lines: list[bytes]) -> None:
        text, star, tail = body.partition(b"*")
        if not _ADDRESS.match(text):
            return  # binary data that happens to hold a `$`
        if len(body) > self.LIMIT or (not star and not self._safe_without_checksum(text, ender)):
            self.rejected += 1
        elif star and _HEX.get(tail[:2].rstrip()) != _xor(text):
            self.checksum_errors += 1
        else:
            self._seen_checksum |= bool(star)
            lines.append(lead + text)
        if b"!" in tail:  # an encapsulated sentence glued to this one
            self._take(b"!", tail[tail.index(b"!") + 1 :], ender, lines)

    def _safe_without_checksum(self, text: bytes, ender: bytes) -> bool:
        if ender not in b"\r\n":
            return False
        address = text.partition(b",")[0]
        if len(self._bare) < self._ADDRESSES or address in self._bare:
            self._bare[address] = self._bare.get(address, 0) + 1
        return not self._seen_checksum or self._bare.get(address, 0) >= self._BELIEVED


def _xor(text: bytes) -> int:
    """The exclusive or of all bytes: for a usual length by folding one long number in halves."""
    if len(text) > 128:
        return reduce(xor, text)
    folded = int.from_bytes(text, "little")
    folded ^= folded >> 512
    folded ^= folded >> 256
    folded ^= folded >> 128
    folded = (folded ^ folded >> 64) & 0xFFFF_FFFF_FFFF_FFFF
    folded ^= folded >> 32
    folded ^= folded >> 16
    return (folded ^ folded >> 8) & 0xFF
