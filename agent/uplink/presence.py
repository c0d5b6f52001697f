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
        try:
            seen: dict[str, Any] = msgspec.json.decode(payload, type=dict[str, Any])
        except msgspec.MsgspecError:
            return True
        session = seen.get("session")
        if not isinstance(session, int):
            return True
        return session < self.session or (session == self.session and seen.get("status") == "lost")
