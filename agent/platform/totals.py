"""What a vehicle's `coverage.totals` say together, and whether each of them adds up."""

from collections.abc import Iterable
from typing import Any

import msgspec

from agent.ledger.timeline import TOTALS, adds_up

Hours = dict[str, dict[str, float]]
"""Seconds by source and state."""
_US = 1_000_000


class _Head(msgspec.Struct):
    type: str
    data: dict[str, Any]


def wrong(kind: str, body: bytes) -> str | None:
    """Why totals are not in order; None for those that add up, and for any other message."""
    if kind != TOTALS:
        return None
    return None if adds_up(_data(body)) else "its sources do not add up to its length"


def together(bodies: Iterable[bytes]) -> Hours:
    """The sums of these messages."""
    found: Hours = {}
    for body in bodies:
        for source, causes in _data(body)["sources"].items():
            of = found.setdefault(source, {})
            for cause in causes:
                of[cause["state"]] = round(of.get(cause["state"], 0.0) + cause["us"] / _US, 6)
    return found


def _data(body: bytes) -> dict[str, Any]:
    return msgspec.json.decode(body, type=_Head).data
