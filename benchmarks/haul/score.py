"""What a ride is worth: false accusations, open loads found, how late, and how often nothing was known."""

import math
from collections.abc import Iterable

import msgspec

from haul.ride import Look, Told

STARTED, ENDED = "uncovered_load.started", "uncovered_load.ended"
_SLACK_S = 15.0  # an event so long after its cause, beyond the rule's own duration, still names it
_SHORT_S = 20.0  # what lasts so much longer than the rule's duration must be found


class Tally(msgspec.Struct):
    """Frames of one condition: usable, rightly named; smoothed right and unknown; camera faulty; seconds."""

    frames: int = 0
    usable: int = 0
    right: int = 0
    smoothed_right: int = 0
    unknown: int = 0
    faulty: int = 0
    seconds: float = 0.0

    def add(self, other: "Tally") -> None:
        """Add another's."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Score(msgspec.Struct):
    """Of one ride: `false` events, as a line each; true episodes, how many were found, how late (s)."""

    key: str
    truck: str
    hours: float = 0.0
    false: list[dict[str, object]] = []
    notices: int = 0
    episodes: int = 0
    found: int = 0
    late_s: list[float] = []
    missed: list[dict[str, object]] = []
    conditions: dict[str, Tally] = {}


def score(key: str, seen: Iterable[Look | Told], after_s: float) -> Score:
    """Of one ride; `after_s` is the rule's own duration."""
    given = list(seen)
    looks = [look for look in given if isinstance(look, Look)]
    told = [event for event in given if isinstance(event, Told)]
    made = Score(key, looks[0].truth.truck, looks[-1].truth.t_s / 3600, [], 0, 0, 0, [], [], {})
    _count(made, looks)
    for event in told:
        if event.type == STARTED and not _named(looks, event.at_s, after_s):
            made.false.append(_about(_at(looks, event.at_s)))
        made.notices += event.type == "partly_covered.started"
    for begin, end in runs(looks):
        if end - begin >= after_s + _SHORT_S:
            _episode(made, looks, told, (begin, end, after_s))
    return made


def runs(looks: list[Look]) -> list[tuple[float, float]]:
    """From when to when an open load really moved, s."""
    found: list[tuple[float, float]] = []
    begin: float | None = None
    for look in looks:
        guilty = look.truth.state == "uncovered" and look.truth.moving
        if guilty and begin is None:
            begin = look.truth.t_s
        elif not guilty and begin is not None:
            found.append((begin, look.truth.t_s))
            begin = None
    return found if begin is None else [*found, (begin, looks[-1].truth.t_s)]


def upper(count: int) -> float:
    """The one-sided 95 % upper bound of a Poisson mean after `count` events, to 0.001."""
    low, high = float(count), count + 10 * math.sqrt(count + 1) + 10
    while high - low > 0.001:
        middle = (low + high) / 2
        log_terms = [k * math.log(middle) - middle - math.lgamma(k + 1) for k in range(count + 1)]
        low, high = (middle, high) if sum(map(math.exp, log_terms)) > 0.05 else (low, middle)
    return high


def _count(made: Score, looks: list[Look]) -> None:
    for look, following in zip(looks, [*looks[1:], looks[-1]], strict=True):
        truth = look.truth
        right = {truth.state} if truth.settled else {"empty", "covered", "partly", "uncovered"}
        one = Tally(
            frames=1,
            usable=look.usable,
            right=look.state in right,
            smoothed_right=look.smoothed in right,
            unknown=look.smoothed == "unknown",
            faulty=look.fault is not None,
            seconds=following.truth.t_s - truth.t_s,
        )
        names = ["all", truth.light, truth.weather, f"is {truth.state}", f"truck {truth.truck}"]
        names += [f"called {look.fault}"] if look.fault else []
        for name in names:
            made.conditions.setdefault(name, Tally()).add(one)


def _named(looks: list[Look], at_s: float, after_s: float) -> bool:
    """Whether an event at this time has a cause: a load that was open not long before."""
    since = at_s - after_s - _SLACK_S
    return any(since <= look.truth.t_s <= at_s and look.truth.state == "uncovered" for look in looks)


def _episode(made: Score, looks: list[Look], told: list[Told], span: tuple[float, float, float]) -> None:
    begin, end, after_s = span
    made.episodes += 1
    starts = [e.at_s for e in told if e.type == STARTED]
    during = [s for s in starts if begin <= s <= end + _SLACK_S]
    before = [e for e in told if e.type in (STARTED, ENDED) and e.at_s < begin]
    if during:
        made.found += 1
        made.late_s.append(round(during[0] - begin - after_s, 2))
    elif before and before[-1].type == STARTED:  # the one before goes on, over a short stop
        made.found += 1
    else:
        made.missed.append(_about(_at(looks, begin + after_s)))


def _at(looks: list[Look], at_s: float) -> Look:
    return min(looks, key=lambda look: abs(look.truth.t_s - at_s))


def _about(look: Look) -> dict[str, object]:
    truth = look.truth
    return {
        "truck": truth.truck, "t_s": round(truth.t_s, 1), "state": truth.state, "exposed": truth.exposed,
        "light": truth.light, "weather": truth.weather, "frame": look.state, "smoothed": look.smoothed,
    }  # fmt: skip
