"""Which observations a recording can hold, by the name under which each lies in it. Pure.

Taken from the one union that the rules take, so that none can be missing. A type that is renamed makes older
recordings unreadable: give it its old name here.
"""

from typing import Any, get_args

import msgspec

from agent.errors import FlightError
from agent.model import Observation

KINDS: dict[str, type[msgspec.Struct]] = {kind.__name__: kind for kind in get_args(Observation)}
_NEWER = "replay it with the version that recorded it, or a newer one"


def name_of(seen: Observation) -> str:
    """The name of an observation's type; raises KeyError for what the rules don't take."""
    name = type(seen).__name__
    if KINDS[name] is not type(seen):
        raise KeyError(name)
    return name


def observation(name: str, body: msgspec.Raw) -> Any:
    """The observation of a type in MessagePack; raises FlightError."""
    kind = KINDS.get(name)
    if kind is None:
        raise FlightError("is an observation that this version does not know", where=name, remedy=_NEWER)
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except (msgspec.MsgspecError, RecursionError) as e:
        raise FlightError(f"is not understood ({e})", where=name, remedy=_NEWER) from e
