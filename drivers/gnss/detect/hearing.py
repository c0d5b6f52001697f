"""What a port says at one speed: sentences that count, binary frames, or noise. Pure."""

import re
from collections import Counter
from functools import reduce
from operator import xor

from drivers.gnss.decode import Decoder
from drivers.gnss.detect.binary import binary_frames
from drivers.readings import Fix, Signal

_SENTENCE = re.compile(rb"\$([A-Z][\x20-\x23\x25-\x29\x2b-\x7e]{4,400})\*([0-9A-Fa-f]{2})")
_COMMAND_LINE = re.compile(rb"(?m)^(?:AT\b.*|OK|ERROR|RDY|\+[A-Z]{3,}: .*|\^[A-Z]{3,}: .*)\r?$")
_TEXT = bytes([*range(0x20, 0x7F), 0x0D, 0x0A])
_STRANGE = 0.1  # of the bytes are no text: a wrong speed leaves hardly a third as it was
_KEPT = 65_536  # bytes looked at for binary frames
_ENOUGH = 2  # whole sentences or frames are no accident


class Hearing:
    """Feed it what came at one speed."""

    def __init__(self) -> None:
        self.decoder = Decoder()
        self.fix: Fix | None = None
        self.epochs = self.size = 0
        self.ids: Counter[str] = Counter()
        self.notices: list[str] = []
        self._kept = self._rest = b""

    def take(self, chunk: bytes, mono_ns: int) -> None:
        """Some more bytes, received at `mono_ns`."""
        self.size += len(chunk)
        self._kept = (self._kept + chunk)[-_KEPT:]
        for fix in self.decoder.feed(chunk, mono_ns):
            self.fix, self.epochs = fix, self.epochs + 1
        text = self._rest + chunk
        end = 0
        for found in _SENTENCE.finditer(text):
            end = found.end()
            if reduce(xor, found[1]) == int(found[2], 16):
                self._count(found[1].decode("ascii"))
        self._rest = text[end:][-512:]

    @property
    def sentences(self) -> int:
        """Sentences whose checksum fits."""
        return self.ids.total()

    @property
    def speaks(self) -> bool:
        """Whether this is a receiver at the right speed."""
        return self.sentences >= _ENOUGH

    @property
    def talkers(self) -> tuple[str, ...]:
        """The two letters before the kind, of all sentences but proprietary ones."""
        return tuple(sorted({name[:2] for name in self.ids if len(name) == 5 and name[0] != "P"}))

    def protocol(self) -> str | None:
        """The binary protocol spoken most, if one is."""
        frames = binary_frames(self._kept)
        name = max(frames, key=frames.__getitem__, default="")
        return name if frames.get(name, 0) >= _ENOUGH else None

    def is_noise(self) -> bool:
        """Whether this is neither a sentence nor text; slow receivers are given their time."""
        strange = len(self._kept.translate(None, _TEXT))
        return not self.sentences and strange > len(self._kept) * _STRANGE

    def is_command_line(self) -> bool:
        """Whether this is text as a modem's AT port has it."""
        return not self.sentences and bool(_COMMAND_LINE.search(self._kept))

    def sky(self) -> tuple[Signal, ...]:
        """The satellites in view."""
        return self.decoder.sky()

    def _count(self, sentence: str) -> None:
        name = sentence.partition(",")[0]
        if len(self.ids) < 100 or name in self.ids:
            self.ids[name] += 1
        if (name[0] == "P" or name.endswith("TXT")) and len(self.notices) < 200:
            self.notices.append(sentence)
