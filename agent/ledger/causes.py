"""What a source can be at a moment, in one word and a reason; which word a gap's reason means. Pure."""

from typing import Literal

import msgspec

State = Literal[
    "good", "poor", "none", "seen", "blind", "up", "down", "running", "stopped", "off", "absent", "unplaced"
]
FINE: dict[str, State] = {"fix": "good", "camera": "seen", "link": "up", "journal": "up", "agent": "running"}
"""The word for all is well, by kind of source."""
OFF = ("duty", "ignition")
"""Gaps of these are no fault of a source: nothing is awaited while one of them lasts."""
_RESTING = ("fix", "camera")  # what is not awaited then; links and the journal are
_GAP: dict[str, State] = {"camera": "blind", "link": "down", "journal": "down", "agent": "stopped"}
_NO_PLACE = "no_position"  # see agent.rules.fitness


class Cause(msgspec.Struct, frozen=True, order=True):
    """A word, and why it holds; nothing more is said of what is well."""

    state: State
    why: str = ""


NOT_CONFIGURED = Cause("absent", "not configured")


def kind_of(source: str) -> str:
    """`camera` of `camera:bed`, and so on."""
    return source.partition(":")[0]


def fine(source: str) -> Cause:
    """All is well with a source."""
    return Cause(FINE.get(kind_of(source), "good"))


def gap(source: str, why: str) -> Cause:
    """What a gap with this reason means; a fix that is there and unfit is poor."""
    kind = kind_of(source)
    if kind == "fix" and why.startswith("unfit:") and _NO_PLACE not in why:
        return Cause("poor", why)
    return Cause(_GAP.get(kind, "none"), why)


def rests(source: str) -> bool:
    """Whether nothing is awaited of a source off duty and while the ignition is off."""
    return kind_of(source) in _RESTING


def is_fine(state: State) -> bool:
    """Whether a word means that all is well."""
    return state in FINE.values()
