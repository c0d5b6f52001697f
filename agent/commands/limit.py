"""How many commands are taken: a token bucket. Pure; the time is passed in."""


class Bucket:
    """`burst` at once, `per_minute` lastingly."""

    def __init__(self, per_minute: float, burst: int) -> None:
        self._per_ns, self._burst = per_minute / 60e9, burst
        self._tokens = float(burst)
        self._at: int | None = None

    def take(self, mono_ns: int) -> bool:
        """Whether one more may come now."""
        if self._at is not None:
            self._tokens = min(self._burst, self._tokens + (mono_ns - self._at) * self._per_ns)
        self._at = mono_ns
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
