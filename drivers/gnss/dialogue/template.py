"""Templates of messages, `FRAMING BODY`: values into bytes, and bytes back into values. Pure.

Text (`nmea`, `line`): `{name}` an integer or a word, `{name:s}` any text up to what follows, `{_}` a field
that doesn't matter, `{*}` whatever comes to the end. Binary (`ubx`, `casic`, `skytraq`): hexadecimal bytes,
`{name:u1}` and u2, u4, i1, i2, i4 (little-endian, in skytraq big-endian), `{name:c30}` text filled up with
NUL, `{_:4}` bytes that don't matter (sent as zeros), `{*}` the rest (sent as nothing).
"""

from collections.abc import Mapping
from typing import Protocol, Self

import msgspec

from drivers.gnss.dialogue.binary_body import BinaryBody
from drivers.gnss.dialogue.frames import FRAMINGS, Framer, Framing, Message, frame
from drivers.gnss.dialogue.text_body import TextBody

Values = Mapping[str, int | str]
_TEXT: tuple[Framing, ...] = ("nmea", "unicore", "line")


class _Body(Protocol):
    @property
    def names(self) -> tuple[str, ...]: ...
    def encode(self, values: Values) -> bytes: ...
    def match(self, body: bytes) -> dict[str, int | str] | None: ...


class Template(msgspec.Struct, frozen=True):
    """One message with places for values; `text` is how the profile writes it."""

    text: str
    framing: Framing
    body: _Body

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a template; raises ValueError saying what is wrong with it."""
        word, _, body = text.partition(" ")
        framing = next((f for f in FRAMINGS if f == word), None)
        if framing is None:
            raise ValueError(f"{word!r} is no framing; there are {', '.join(FRAMINGS)}")
        if framing in _TEXT:
            return cls(text, framing, TextBody.parse(body))
        return cls(text, framing, BinaryBody.parse(body, "big" if framing == "skytraq" else "little"))

    @property
    def names(self) -> tuple[str, ...]:
        """The values it carries."""
        return self.body.names

    def encode(self, values: Values) -> bytes:
        """The whole frame; raises ValueError when a value is missing or does not fit in its place."""
        return frame(Message(self.framing, self.body.encode(values)))

    def match(self, message: Message | bytes) -> dict[str, int | str] | None:
        """The values that a message (or a whole frame) carries; None when it is another message."""
        if isinstance(message, bytes):
            return next((self.match(m) for m in Framer().feed(message)), None)
        return self.body.match(message.body) if message.framing == self.framing else None
