"""Bytes to fixes: line cutter, parser and assembler in a row. Pure."""

from drivers.gnss.epoch import Assembler
from drivers.gnss.line import LineCutter
from drivers.gnss.nmea import Refused, parse
from drivers.readings import Fix


class Decoder:
    """Decodes a byte stream; `sentences` counts whole lines, `refused` those with impossible content."""

    def __init__(self, *, eager: bool = False) -> None:
        self._cutter = LineCutter()
        self._assembler = Assembler(eager=eager)
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
        return self._decode(self._cutter.feed(chunk), mono_ns)

    def idle(self) -> list[Fix]:
        """The line fell quiet."""
        return self._assembler.idle()

    def flush(self) -> list[Fix]:
        """The stream ended."""
        return self._decode(self._cutter.flush(), 0) + self._assembler.flush()

    def _decode(self, lines: list[bytes], mono_ns: int) -> list[Fix]:
        fixes: list[Fix] = []
        for line in lines:
            self.sentences += 1
            sentence = parse(line)
            if isinstance(sentence, Refused):
                self.refused += 1
            elif sentence is not None:
                fixes += self._assembler.push(sentence, mono_ns)
        return fixes
