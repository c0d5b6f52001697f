"""A serial line to a simulated module: its pace, and what a wrong speed makes of bytes."""

from collections import deque
from collections.abc import Iterable, Iterator

_ROOM = 2048  # bytes a module keeps for a line that is too slow; whole sentences beyond it are lost
_SLICES_PER_S = 50
_FRAME_BITS = 10  # start, eight data bits, stop


def reclocked(sent: bytes, sent_baud: int, read_baud: int) -> bytes:
    """What a UART at `read_baud` makes of bytes sent at `sent_baud` with an idle line around them.

    The line's level is followed bit by bit: a falling edge is a start bit, the data bits are sampled in
    their middles by the reader's clock, and the next edge is looked for from the stop bit on. A framing
    error delivers the byte as it was sampled, which is what Linux does in raw mode without INPCK.
    """
    if sent_baud == read_baud:
        return sent
    wave = "1" + "".join(_frame(byte) for byte in sent)
    ratio = sent_baud / read_baud  # bits on the line per bit of the reader
    out = bytearray()
    edge = wave.find("10")
    while edge >= 0:
        begin = edge + 1
        samples = [int(begin + ratio * (bit + 1.5)) for bit in range(8)]
        out.append(sum(1 << bit for bit, at in enumerate(samples) if at >= len(wave) or wave[at] == "1"))
        edge = wave.find("10", int(begin + ratio * 9.5))
    return bytes(out)


def _frame(byte: int) -> str:
    return f"0{f'{byte:08b}'[::-1]}1"


class Transmitter:
    """A module's send buffer: it empties at the line's speed. Times are s of the module's time."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._free = 0.0
        self._begun = False  # the first one that waits is partly sent
        self.lost = 0

    def put(self, units: Iterable[bytes], t: float) -> None:
        """Queue sentences or frames at t; `lost` counts those that find no room."""
        if not self._waiting:
            self._free = max(self._free, t)
        for unit in units:
            if self._size + len(unit) > _ROOM:
                self.lost += 1
            elif unit:
                self._waiting.append(unit)
                self._size += len(unit)

    def answer(self, units: Iterable[bytes], t: float) -> None:
        """Queue answers at t: before the sentences that wait, and none is lost."""
        if not self._waiting:
            self._free = max(self._free, t)
        answers = list(units)
        for i, unit in enumerate(answers, int(self._begun)):
            self._waiting.insert(i, unit)
        self._size += sum(map(len, answers))

    def clear(self) -> None:
        """Forget what waits: the power is gone."""
        self._waiting.clear()
        self._size, self._begun = 0, False

    def due(self, baud: int | None) -> float | None:
        """When the next piece will be through; None while nothing waits."""
        if not self._waiting:
            return None
        return self._free + self._seconds(min(self._size, _piece(baud)), baud)

    def take(self, t: float, baud: int | None) -> Iterator[bytes]:
        """The pieces that are through at t; `baud` None: a line without limit."""
        if baud is None:
            whole = b"".join(self._waiting)
            self.clear()
            yield from [whole] if whole else []
        while (due := self.due(baud)) is not None and due <= t + 1e-9:
            self._free = due
            yield self._cut(_piece(baud))

    def _cut(self, size: int) -> bytes:
        piece = b""
        while self._waiting and len(piece) < size:
            unit = self._waiting.popleft()
            room = size - len(piece)
            piece += unit[:room]
            self._begun = len(unit) > room
            if self._begun:
                self._waiting.appendleft(unit[room:])
        self._size -= len(piece)
        return piece

    @staticmethod
    def _seconds(size: int, baud: int | None) -> float:
        return size * _FRAME_BITS / baud if baud else 0.0


def _piece(baud: int | None) -> int:
    """Bytes that a line carries in a fiftieth of a second."""
    return max(1, baud // _FRAME_BITS // _SLICES_PER_S) if baud else _ROOM
