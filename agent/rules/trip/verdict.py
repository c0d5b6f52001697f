"""A trip's verdict: regular, suspicious with its reasons, or none, since something could not be checked."""

from typing import Literal, NamedTuple

from agent.model import Settings
from agent.rules.trip.trip import Trip
from agent.rules.trip.where import Turn, zones_lack

Reason = Literal[
    "loaded_elsewhere", "unloaded_elsewhere", "unloaded_unseen", "vanished", "lift_raised", "no_permit",
    "off_route", "loading_site_not_permitted", "disposal_site_not_permitted",
]  # fmt: skip
Unchecked = Literal["zones", "position", "watch", "loading", "permits", "clock"]
_OF_KINDS = ("no_permit", "off_route")  # violations that make doubtful where the load went


class Verdict(NamedTuple):
    """`word` None: it goes on, or could not be checked."""

    word: Literal["regular", "suspicious"] | None
    reasons: tuple[str, ...]
    unchecked: tuple[str, ...]


def verdict(trip: Trip, settings: Settings) -> Verdict:
    """By what is known now; a reason that stands is not taken away by what could not be checked."""
    reasons: list[str] = []
    unchecked: list[str] = []
    _judge_begin(trip, settings, reasons, unchecked)
    _judge_way(trip, reasons, unchecked)
    if trip.emptied is not None:
        _judge_end(trip, trip.emptied, settings, reasons, unchecked)
    if reasons:
        return Verdict("suspicious", tuple(sorted({*reasons})), tuple(sorted({*unchecked})))
    over = trip.emptied is not None and not unchecked
    return Verdict("regular" if over else None, (), tuple(sorted({*unchecked})))


def _judge_begin(trip: Trip, settings: Settings, reasons: list[str], unchecked: list[str]) -> None:
    first = trip.loaded[0]
    if first.site is not None:
        return
    if zones_lack(settings, "loading"):
        unchecked.append("zones")
    elif first.outside:
        reasons.append("loaded_elsewhere")
    else:
        unchecked.append("loading")


def _judge_way(trip: Trip, reasons: list[str], unchecked: list[str]) -> None:
    kinds = {kind for kind, _ in trip.violations}
    reasons += [kind for kind in _OF_KINDS if kind in kinds]
    reasons += ["lift_raised"] if any(part.outside for part in trip.partly) else []
    reasons += [f"{role}_site_not_permitted" for role in trip.misplaced]
    if trip.standing == "unknown":
        unchecked.append("clock" if trip.standing_why == "clock" else "permits")


def _judge_end(trip: Trip, end: Turn, settings: Settings, reasons: list[str], unchecked: list[str]) -> None:
    if end.site is not None or returned(trip, end):
        return
    if zones_lack(settings, "disposal"):
        unchecked.append("zones")
    elif end.outside:
        reasons.append("unloaded_elsewhere")
    elif end.gap == "cut":
        reasons.append("unloaded_unseen")
    elif end.how == "gap":
        unchecked.append("position" if end.gap == "fix" else "watch")
    elif end.how == "moving":
        reasons.append("vanished")
    else:
        unchecked.append("position")


def returned(trip: Trip, end: Turn) -> bool:
    """Whether the load went back to where it came from."""
    return end.back is not None and end.back in {turn.site for turn in trip.loaded}
