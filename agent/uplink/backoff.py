"""How long a link rests before it is made, and made again. Pure."""

import random

from agent.config import Sink

_DOUBLINGS = 16


class Backoff:
    """The waits of one link, in seconds.

    A site switches on all its vehicles at six in the morning, and a broker that restarts loses all of them in
    the same second: up to `retry_spread_s` by chance keeps them apart.
    """

    def __init__(self, sink: Sink, rng: random.Random) -> None:
        self._sink, self._rng, self._failures = sink, rng, 0

    def first(self) -> float:
        """Before the first connection of a run."""
        return self._rng.uniform(0, self._sink.retry_spread_s)

    def after(self, *, good: bool) -> float:
        """After a connection, which was a `good` one or not; from `retry_first_s`, doubled to `retry_cap_s`.

        Half of that is by chance, too.
        """
        self._failures = 0 if good else self._failures
        longest: float = min(
            self._sink.retry_cap_s, self._sink.retry_first_s * 2.0 ** min(self._failures, _DOUBLINGS)
        )
        self._failures += 1
        return longest * self._rng.uniform(0.5, 1.0) + self._rng.uniform(0, self._sink.retry_spread_s)
