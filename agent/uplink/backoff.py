"""How long a link rests before it is made again. Pure."""

import random

from agent.config import Sink

_DOUBLINGS = 16


def pause_s(sink: Sink, failures: int, rng: random.Random) -> float:
    """Seconds to wait after so many failures in a row; 0: the last link was a good one.

    The wait doubles from `retry_first_s` to `retry_cap_s`, half of it by chance; up to `retry_spread_s` by
    chance come on top. A broker that restarts loses all its vehicles in the same second: without that, all of
    them would be back within another.
    """
    longest: float = min(sink.retry_cap_s, sink.retry_first_s * 2.0 ** min(failures, _DOUBLINGS))
    return longest * rng.uniform(0.5, 1.0) + rng.uniform(0, sink.retry_spread_s)
