"""Delays in classes that grow by a fifth, so that a month of them is a few rows. Pure."""

import math
from collections.abc import Mapping

_GROWTH = math.log(1.2)


def bucket(delay_ms: int) -> int:
    """The class of a delay; below 1 ms, or ahead of its time because clocks differ, is class 0."""
    return 0 if delay_ms < 1 else 1 + int(math.log(delay_ms) / _GROWTH)


def upper_s(number: int) -> float:
    """The longest delay of a class, s."""
    return math.exp(number * _GROWTH) / 1000


def share_s(counts: Mapping[int, int], share: float) -> float | None:
    """The delay that `share` (0..1) of them do not exceed, s, to a fifth; None without any."""
    wanted = share * sum(counts.values())
    for number in sorted(counts):
        wanted -= counts[number]
        if wanted <= 1e-9:
            return round(upper_s(number), 3)
    return None
