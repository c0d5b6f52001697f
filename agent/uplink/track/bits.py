"""Whole numbers as bytes and bits: LEB128, zigzag, and Rice codes. Pure.

Rice codes after R. F. Rice, JPL Publication 79-22 (1979); LEB128 as in DWARF 5, section 7.6; zigzag as in
Protocol Buffers. Bits are filled from the highest of each byte down.
"""

from collections.abc import Iterable, Sequence

from agent.uplink.track.errors import TrackFormatError

ESCAPE = 16  # ones in a row: six bits of length and the number itself follow
LARGEST_SHIFT = 31
_LENGTH_BITS = 6
_MOST_BYTES = 10  # of a LEB128 number below 2**64
_LIMIT = 1 << 64
_FLUSHED = 512


def zigzag(value: int) -> int:
    """0, -1, 1, -2, 2 … as 0, 1, 2, 3, 4 …"""
    return value << 1 if value >= 0 else ((-value) << 1) - 1


def unzigzag(value: int) -> int:
    """The number that `zigzag` made this of."""
    return (value >> 1) ^ -(value & 1)


def leb128(value: int) -> bytes:
    """A number from 0 in groups of seven bits, the lowest first; a set top bit says that more follow."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class Bytes:
    """Reading a batch from the front; every method raises TrackFormatError when it ends too early."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    @property
    def left(self) -> int:
        """How many bytes were not taken yet."""
        return len(self._content) - self._at

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        if self.left < count:
            raise TrackFormatError("cut short")
        self._at += count
        return self._content[self._at - count : self._at]

    def number(self) -> int:
        """The next LEB128 number, below 2**64."""
        value = 0
        for group in range(_MOST_BYTES):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << (7 * group)
            if byte < 0x80:
                break
        if byte >= 0x80 or value >= _LIMIT:
            raise TrackFormatError("a number is too large")
        return value

    def signed(self) -> int:
        """The next zigzag LEB128 number."""
        return unzigzag(self.number())


def rice_bits(values: Sequence[int], shift: int) -> int:
    """How many bits `rice` takes for numbers from 0."""
    unary = [high for value in values if (high := value >> shift) < ESCAPE]
    bits = len(unary) * (1 + shift) + sum(unary)
    if len(unary) < len(values):
        bits += sum(_code(value, shift)[1] for value in values if value >> shift >= ESCAPE)
    return bits


def rice(values: Iterable[int], shift: int) -> bytes:
    """Numbers from 0 below 2**63 as Rice codes of parameter `shift`, the last byte filled with zeros.

    value >> shift in unary (so many ones, a zero), then the `shift` low bits. Where that takes ESCAPE ones
    or more: ESCAPE ones, the number's length in bits (six bits), the number. Raises ValueError for others.
    """
    out, bits, length = bytearray(), 0, 0
    for value in values:
        code, width = _code(value, shift)
        bits, length = bits << width | code, length + width
        if length >= _FLUSHED:  # or the number grows with the whole batch, and its cost with the square
            rest = length % 8
            out += (bits >> rest).to_bytes(length // 8, "big")
            bits, length = bits & (1 << rest) - 1, rest
    spare = -length % 8
    return bytes(out + (bits << spare).to_bytes((length + spare) // 8, "big"))


def _code(value: int, shift: int) -> tuple[int, int]:
    """The code of one number and its width."""
    high = value >> shift
    if high < ESCAPE:
        ones = (1 << high + 1) - 2
        return ones << shift | value & (1 << shift) - 1, high + 1 + shift
    width = value.bit_length()
    if width >> _LENGTH_BITS:
        raise ValueError(f"{value} is too large for a batch")
    head = ((1 << ESCAPE) - 1) << _LENGTH_BITS | width
    return head << width | value, ESCAPE + _LENGTH_BITS + width


def unrice(source: Bytes, count: int, shift: int) -> list[int]:
    """The next `count` numbers that `rice` wrote with `shift`, and the rest of their last byte."""
    bits = _Bits(source)
    return [bits.rice(shift) for _ in range(count)]


class _Bits:
    """Bits of the bytes that follow; takes a byte only when its first bit is needed."""

    def __init__(self, source: Bytes) -> None:
        self._source, self._held, self._left = source, 0, 0

    def rice(self, shift: int) -> int:
        high = 0
        while high < ESCAPE and self._take(1):
            high += 1
        if high < ESCAPE:
            return high << shift | self._take(shift)
        return self._take(self._take(_LENGTH_BITS))

    def _take(self, count: int) -> int:
        while self._left < count:
            self._held = self._held << 8 | self._source.take(1)[0]
            self._left += 8
        self._left -= count
        value = self._held >> self._left
        self._held &= (1 << self._left) - 1
        return value
