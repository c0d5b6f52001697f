"""What the commands do that need no more than to look."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from agent.control.control import Call, Deed, Done, Outcome
from drivers.clock import Clock


class Looks(msgspec.Struct, frozen=True):
    """What there is to see: the agent's version, the clock, `begun` (ns since boot), the status document."""

    version: str
    clock: Clock
    begun: int
    status: Callable[[], dict[str, Any]]


def looking(looks: Looks) -> Mapping[str, Deed]:
    """`ping` and `get_status`."""

    def ping(_: Call) -> Outcome:
        now = looks.clock.stamp()
        uptime_s = round((now.mono_ns - looks.begun) / 1e9, 1)
        return Done({"version": looks.version, "uptime_s": uptime_s, "clock": now.origin, "boot": now.boot})

    def get_status(_: Call) -> Outcome:
        return Done(looks.status())

    return {"ping": ping, "get_status": get_status}
