"""The retained `state` of a vehicle on one platform, and what to do about an older one. Pure."""

from typing import Any, Literal

import msgspec

from agent.uplink.envelope import rfc3339

Status = Literal["online", "sleeping", "stopped", "lost"]


class Presence(msgspec.Struct, frozen=True):
    """What the messages of one session share: `version` of the agent, `generation` of the journal."""

    source: str
    session: int
    version: str
    generation: str

    def payload(self, status: Status, utc_ns: int | None) -> bytes:
        """The message; `time` is null when the clock is not set. The will passes None: nobody knows when."""
        time = None if utc_ns is None else rfc3339(utc_ns)
        return msgspec.json.encode({"status": status, "time": time} | msgspec.structs.asdict(self))

    def outdated_by(self, payload: bytes) -> bool:
        """Whether a `state` tells of an earlier session, such as its late will, and so covers up this one."""
        seen = _read(payload)
        session = seen.get("session")
        if not isinstance(session, int):
            return True
        return session < self.session or (session == self.session and seen.get("status") == "lost")

    def stranger(self, payload: bytes, *, young: bool) -> bool:
        """Whether a `state` is by someone else under this name: of another journal, or of a later session.

        While this run is `young`, `lost` of another journal may be the late will of an earlier run.
        """
        seen = _read(payload)
        session, generation = seen.get("session"), seen.get("generation")
        if not isinstance(session, int) or not isinstance(generation, str):
            return False
        if young and seen.get("status") == "lost":
            return False
        return generation != self.generation or session > self.session


def _read(payload: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(payload, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError):
        return {}
