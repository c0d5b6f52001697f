"""What the shipped network would say of a world's pictures: an error model of it, not the network. Pure.

A picture is a point in a plane around the place of what it shows, with a standard deviation of 1 in each
direction; its probabilities are those of the four classes given the point. The places are fitted to the
confusion of network 0.5.0 on the renders of trucks it never saw (its card; `right_words` in the tests holds
them together), so that over many trucks the words are as often right and wrong as there, and calibrated.

Most of a point's deviation is the truck's own, the same in all of its pictures of one state: a strange truck
is strange, and may be misjudged all day. Some drifts over minutes with the light, the rest is the frame's.
"""

import math
from itertools import pairwise
from random import Random

from agent.model import LoadState, Probabilities
from agent.rules.transitions import CLASSES
from drivers.sim.scenario.plan import Light

_Point = tuple[float, float]
_PLACES: dict[str, _Point] = {
    "empty": (2.14, 2.70),
    "covered": (0.0, 0.0),
    "partly": (0.20, -0.57),
    "uncovered": (2.49, 0.0),
}
_PRIOR = (0.3, 0.3, 0.15, 0.25)
_ACCUSE = 0.585  # the manifest's threshold
_SHARES = (0.6, 0.2, 0.2)  # of the variance: the truck's, the light's, the frame's (benchmarks/smoothing.py)
_LIGHT_S, _FRAME_S = 300.0, 1.5
_KNOTS = ((0.0, "covered"), (0.16, "partly"), (0.7, "uncovered"), (1.0, "uncovered"))
# How far apart the places are in each light, from the right answers by scene in the card (40 to 161 renders
# each), and what a weather of full strength takes of that: from the figures of degraded renders.
_LIGHTS: dict[Light, float] = {
    "sun": 1.0, "cloud": 1.12, "dusk": 1.2, "flood": 1.0, "infrared": 0.87, "dark": 0.5,
}  # fmt: skip
_WEATHER = 0.45


class Pictures:
    """One truck's pictures in order of time; the source of chance is the truck."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._own: dict[str, _Point] = {name: self._draw() for name in CLASSES}
        self._light, self._frame = self._draw(), self._draw()
        self._at: float | None = None

    def look(self, t: float, exposed: float | None, light: Light, weather: float) -> Probabilities:
        """What a frame at `t` s shows: a load with this share exposed, or None; weather of strength 0..1."""
        passed = 1.0 if self._at is None else max(0.0, t - self._at)
        self._at = t
        self._light = self._wander(self._light, passed / _LIGHT_S)
        self._frame = self._wander(self._frame, passed / _FRAME_S)
        apart = _LIGHTS[light] * (1 - _WEATHER * weather)
        place, own = self._shown(exposed)
        parts = zip(_SHARES, (own, self._light, self._frame), strict=True)
        weighed = [(math.sqrt(share) * x, math.sqrt(share) * y) for share, (x, y) in parts]
        x = apart * place[0] + sum(part[0] for part in weighed)
        y = apart * place[1] + sum(part[1] for part in weighed)
        return _given(x, y, apart)

    def _shown(self, exposed: float | None) -> tuple[_Point, _Point]:
        """The place of what is shown, and the truck's own error there."""
        if exposed is None:
            return _PLACES["empty"], self._own["empty"]
        for (low, before), (high, after) in pairwise(_KNOTS):
            if exposed <= high:
                share = (exposed - low) / (high - low)
                place = _between(_PLACES[before], _PLACES[after], share)
                size = 1.0 if before == after else math.hypot(share, 1 - share)
                x, y = _between(self._own[before], self._own[after], share)
                return place, (x / size, y / size)
        return _PLACES["uncovered"], self._own["uncovered"]

    def _wander(self, at: _Point, times: float) -> _Point:
        kept = math.exp(-times)
        new, (x, y) = math.sqrt(1 - kept * kept), self._draw()
        return kept * at[0] + new * x, kept * at[1] + new * y

    def _draw(self) -> _Point:
        return self._chance.gauss(0, 1), self._chance.gauss(0, 1)


def word(p: Probabilities) -> LoadState:
    """The word on a frame: the likeliest class, uncovered only from the manifest's threshold on."""
    ranked = sorted(CLASSES, key=lambda name: -float(getattr(p, name)))
    return ranked[1] if ranked[0] == "uncovered" and p.uncovered < _ACCUSE else ranked[0]


def _given(x: float, y: float, apart: float) -> Probabilities:
    places = [_PLACES[name] for name in CLASSES]
    weights = [
        prior * math.exp(-((x - apart * u) ** 2 + (y - apart * v) ** 2) / 2) + 1e-12
        for prior, (u, v) in zip(_PRIOR, places, strict=True)
    ]
    total = sum(weights)
    return Probabilities(*(weight / total for weight in weights))


def _between(a: _Point, b: _Point, share: float) -> _Point:
    return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
