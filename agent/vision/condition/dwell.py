"""Dwell times: what is seen now and then is no fault, and a fault isn't over because it can't be seen."""

SECOND = 1_000_000_000
_STEP_S = 12.0  # between two looks no more than this counts: nobody looked meanwhile


class Dwell:
    """One fault: it begins when it was seen for `after_s`, and ends when it wasn't for `over_s` (s).

    What is seen fills a vessel that what isn't seen empties, so a moment of the other changes little.
    """

    def __init__(self, after_s: float, over_s: float) -> None:
        self._after_s, self._over_s = after_s, over_s
        self._level = 0.0
        self._last_ns: int | None = None
        self._seen_ns: int | None = None
        self.since_ns: int | None = None
        self.why = ""

    def feed(self, mono_ns: int, seen: bool | None, why: str) -> None:  # noqa: FBT001 - what is fed
        """A look at the stream's time `mono_ns`: seen, not seen, or (None) it could not be told."""
        step_s = 0.0 if self._last_ns is None else (mono_ns - self._last_ns) / SECOND
        step_s = min(max(step_s, 0.0), _STEP_S)
        self._last_ns = mono_ns
        if seen is None:
            return
        if seen:
            self._seen_ns = mono_ns if self._level == 0.0 or self._seen_ns is None else self._seen_ns
            self._level = min(1.0, self._level + step_s / self._after_s)
        else:
            self._level = max(0.0, self._level - step_s / self._over_s)
        if self._level >= 1.0 and self.since_ns is None:
            self.since_ns = self._seen_ns
        elif self._level <= 0.0:
            self.since_ns = None
        if seen:
            self.why = why
