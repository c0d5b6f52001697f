"""Weights as colours: five steps from pale to dark, narrower where the weights are small. Pure."""

from collections.abc import Sequence

import msgspec

COLOURS = ("#fde3a7", "#fbb65b", "#f07f3c", "#cf3f2c", "#8a1525")
_STEPS = len(COLOURS)


class Ramp(msgspec.Struct, frozen=True):
    """Upper ends of the steps, rising, and the colour of each; unless `stepped` each weight has its own."""

    ends: tuple[float, ...]
    colours: tuple[str, ...]
    stepped: bool = True

    def colour(self, weight: float) -> str:
        """Of a weight up to the last end."""
        return next((c for end, c in zip(self.ends, self.colours, strict=True) if weight <= end), COLOURS[-1])


def ramp(weights: Sequence[float]) -> Ramp:
    """A step for each weight if there are few different ones, else five by the square."""
    distinct = sorted(set(weights))
    if len(distinct) <= _STEPS:
        return Ramp(tuple(distinct), COLOURS[_STEPS - len(distinct) :], stepped=False)
    most = distinct[-1]
    ends = [_short(most * ((n + 1) / _STEPS) ** 2) for n in range(_STEPS - 1)]
    return Ramp((*ends, most), COLOURS)


def _short(value: float) -> float:
    """To two digits."""
    return float(f"{value:.2g}")
