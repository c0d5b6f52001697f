"""One column of a batch: whole numbers, some of them absent, as differences in Rice codes. Pure.

    column  = head [present] [start…] shift [residuals]
    head    = u8: bits 7-6 which values are there (0 all, 1 some, 2 none), bits 5-4 order, bits 3-0 unit
    present = for "some": a bit per fix, the first in the highest bit, the last byte filled with zeros
    start   = zigzag LEB128: for order 1 the first value; for order 2 also the first difference
    shift   = u8: 0 to 31 the parameter of the residuals; 255 all residuals are zero and none follows

Order 0 codes the values themselves, 1 their differences, 2 the differences of these, 3 their differences from
a guess that both sides make, of an angle the shorter way round. A column without any value is its head alone.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

from agent.uplink.track.bits import LARGEST_SHIFT, Bytes, leb128, rice, rice_bits, unrice, unzigzag, zigzag
from agent.uplink.track.errors import TrackFormatError

Values = Sequence[int | None]
Guess = Callable[[int], tuple[Sequence[int], int]]
"""From a unit's number to one guess per fix, and a full circle or 0, in that unit."""
_ALL, _SOME, _NONE = 0, 1, 2
_GUESSED = 3
_ZERO = 255


def write_column(values: Values, unit: int = 0, guess: Guess | None = None) -> bytes:
    """The column of `values`, which are multiples of unit number `unit` (0 to 15)."""
    there = [value for value in values if value is not None]
    if not there:
        return bytes([_NONE << 6 | unit])
    which = _ALL if len(there) == len(values) else _SOME
    ways = [(order, _body(there, order)) for order in range(min(_GUESSED, len(there) + 1))]
    guessed = _excess(values, *guess(unit)) if guess else None
    if guessed is not None:
        ways.append((_GUESSED, _body(guessed, 0)))
    order, body = min(ways, key=lambda way: len(way[1]))
    return bytes([which << 6 | order << 4 | unit]) + (_mask(values) if which == _SOME else b"") + body


def _excess(values: Values, guesses: Sequence[int], circle: int) -> list[int] | None:
    """Values less guesses, the shorter way round; None when a value lies beyond the circle."""
    pairs = [(value, near) for value, near in zip(values, guesses, strict=True) if value is not None]
    if not circle:
        return [value - near for value, near in pairs]
    if not all(0 <= value < circle for value, _ in pairs):
        return None
    return [(value - near + circle // 2) % circle - circle // 2 for value, near in pairs]


def _body(there: list[int], order: int) -> bytes:
    """Starts, the best shift, residuals."""
    starts, rest = [], there
    for _ in range(order):
        starts.append(rest[0])
        rest = [b - a for a, b in pairwise(rest)]
    head = b"".join(leb128(zigzag(start)) for start in starts)
    if not any(rest):
        return head + bytes([_ZERO])
    numbers = [zigzag(value) for value in rest]
    shift = _shift(numbers)
    return head + bytes([shift]) + rice(numbers, shift)


def _shift(numbers: list[int]) -> int:
    """The parameter with the fewest bits: near the binary logarithm of the mean."""
    near = max((sum(numbers) // len(numbers)).bit_length() - 1, 0)
    tried = range(max(near - 3, 0), min(near + 1, LARGEST_SHIFT) + 1)
    return min(tried, key=lambda shift: rice_bits(numbers, shift), default=LARGEST_SHIFT)


def _mask(values: Values) -> bytes:
    bits = 0
    for value in values:
        bits = bits << 1 | (value is not None)
    spare = -len(values) % 8
    return (bits << spare).to_bytes((len(values) + spare) // 8, "big")


def read_column(source: Bytes, count: int, guess: Guess | None = None) -> tuple[list[int | None], int]:
    """The next column of `count` fixes, and the number of its unit; raises TrackFormatError."""
    head = source.take(1)[0]
    which, order, unit = head >> 6, head >> 4 & 3, head & 15
    if which == _NONE:
        return [None] * count, unit
    if which not in (_ALL, _SOME) or (order == _GUESSED and guess is None):
        raise TrackFormatError("a column has an unknown head")
    there = _present(source, count) if which == _SOME else [True] * count
    numbers = iter(_numbers(source, sum(there), order % _GUESSED))
    found = [next(numbers) if is_there else None for is_there in there]
    return (_restored(found, *guess(unit)) if guess and order == _GUESSED else found), unit


def _restored(excess: Values, guesses: Sequence[int], circle: int) -> list[int | None]:
    sums = [None if e is None else near + e for e, near in zip(excess, guesses, strict=True)]
    return [None if s is None else s % circle for s in sums] if circle else sums


def _present(source: Bytes, count: int) -> list[bool]:
    bits = int.from_bytes(source.take((count + 7) // 8), "big") >> (-count % 8)
    return [bool(bits >> (count - 1 - i) & 1) for i in range(count)]


def _numbers(source: Bytes, count: int, order: int) -> list[int]:
    starts = [source.signed() for _ in range(min(order, count))]
    shift = source.take(1)[0]
    left = count - len(starts)
    if shift == _ZERO:
        numbers = [0] * left
    elif shift <= LARGEST_SHIFT:
        numbers = [unzigzag(value) for value in unrice(source, left, shift)]
    else:
        raise TrackFormatError("a column has an unknown shift")
    for start in reversed(starts):
        numbers.insert(0, start)
        for i in range(1, len(numbers)):
            numbers[i] += numbers[i - 1]
    return numbers
