"""Whether a coded stream's keyframes alone give pictures often enough: then nothing else is decoded. Pure.

A frame between two keyframes can be decoded only with all those before it, so it is either or.
"""

from collections import deque

from drivers.camera.spec import Decode

SECOND = 1_000_000_000
_LONGEST_S = 2.5  # who asks for a picture now must not wait longer


class Keyframes:
    """What is seen of one camera's keyframes, over all openings of its stream.

    `period_s` between the pictures wanted, None while none are. `read_timeout_s` without a picture ends a
    stream, so keyframes must come well within it. `decode` of another kind than "auto" is an order: all, or
    keyframes as long as they come within that time.
    """

    def __init__(self, read_timeout_s: float, decode: Decode = "auto") -> None:
        self.period_s: float | None = None
        self._decode = decode
        self._ceiling_s = min(_LONGEST_S, 0.8 * read_timeout_s)
        self._apart: deque[int] = deque(maxlen=3)
        self._last_ns: int | None = None
        self._suffice = False
        self._told: bool | None = None

    @property
    def apart_s(self) -> float | None:
        """The largest of the last distances between two keyframes; None before two are known."""
        return max(self._apart) / SECOND if len(self._apart) > 1 else None

    @property
    def suffice(self) -> bool:
        """Whether only keyframes are to be decoded: at first no; a choice made is not given up lightly."""
        apart_s = self.apart_s
        slack = 1.5 if self._suffice else 1.25
        free = self.period_s is None or self._decode == "keyframes"
        allowed_s = self._ceiling_s if free else min(self._ceiling_s, slack * (self.period_s or 0.0))
        self._suffice = self._decode != "all" and apart_s is not None and apart_s <= allowed_s
        return self._suffice

    def news(self) -> str | None:
        """In words whether they suffice, when that is known and was not said before."""
        if self.apart_s is None or self._suffice == self._told:
            return None
        self._told = self._suffice
        rest = "no others are decoded" if self._suffice else "every frame is decoded"
        return f"keyframes every {self.apart_s:.1f} s {self._opinion()}, {rest}"

    def _opinion(self) -> str:
        if self._decode == "all":
            return "are not to be relied on"
        known = "suffice" if self._suffice else "are too far apart"
        relative = self._decode == "auto" and self.period_s is not None
        return f"{known} for a picture every {self.period_s:.1f} s" if relative else known

    def begin(self) -> None:
        """A stream was opened: the time since the last keyframe says nothing."""
        self._last_ns = None

    def saw(self, at_ns: int, *, key: bool) -> None:
        """A frame came at `at_ns`, a keyframe or another."""
        if not key:
            return
        if self._last_ns is not None:
            self._apart.append(at_ns - self._last_ns)
        self._last_ns = at_ns

    def missed(self, for_ns: int) -> None:
        """No keyframe came for so long, while only those were decoded."""
        self._apart.extend([for_ns] * 2)
