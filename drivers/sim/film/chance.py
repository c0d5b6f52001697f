"""Numbers by chance that depend on their names alone, so that any moment can be drawn by itself."""

import math
import random
from functools import lru_cache


def draw(*names: object) -> random.Random:
    """A source of chance that is the same for the same names in any process."""
    return random.Random("/".join(map(str, names)))


def wave(name: str, x: float) -> float:
    """Smooth noise over x: about -1..1, features about 1 long, the same for the same name and x."""
    i = math.floor(x)
    f = x - i
    s = f * f * (3 - 2 * f)
    a, b = _knot(name, i), _knot(name, i + 1)
    return a + (b - a) * s


@lru_cache(maxsize=1024)
def _knot(name: str, number: int) -> float:
    return draw(name, number).uniform(-1, 1)
