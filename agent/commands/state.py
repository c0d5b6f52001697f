"""What may become of a command, and what is said of it. Pure.

accepted ─► running ─► done | failed          accepted ─► done | failed | expired
rejected: it never was accepted
"""

from typing import Any, Literal, Protocol

import msgspec

from agent.commands.order import Order

State = Literal["accepted", "running", "done", "failed", "rejected", "expired"]
_NEXT: dict[State, frozenset[State]] = {
    "accepted": frozenset({"running", "done", "failed", "expired"}),
    "running": frozenset({"done", "failed"}),
}
_NOTABLE = frozenset({"failed", "rejected", "expired"})


class Moment(Protocol):
    """A `Stamp` of the clock: boot id, ns since that boot, UTC ns or None."""

    @property
    def boot(self) -> str:
        """Which boot."""
        ...

    @property
    def mono_ns(self) -> int:
        """Since that boot."""
        ...

    @property
    def utc_ns(self) -> int | None:
        """Since 1970, None while the clock is not set."""
        ...


class Command(msgspec.Struct, frozen=True):
    """A command and its state, as it is stored.

    `deadline_ns`: CLOCK_BOOTTIME of `boot` at which its time is over, as seen at its reception; 0: never. So
    a clock that is set back revives nothing.
    """

    name: str
    args: dict[str, Any]
    state: State
    boot: str = ""
    deadline_ns: int = 0
    expires_ns: int = 0
    token: str = ""
    reason: str | None = None
    detail: str | None = None
    result: dict[str, Any] | None = None

    @property
    def open(self) -> bool:
        """Whether something is still to come."""
        return self.state in _NEXT

    def to(
        self,
        state: State,
        reason: str | None = None,
        detail: str | None = None,
        result: dict[str, Any] | None = None,
    ) -> "Command":
        """The command in its next state; raises ValueError where there is no way."""
        if state not in _NEXT.get(self.state, ()):
            raise ValueError(f"{self.name}: no way from {self.state} to {state}")
        return msgspec.structs.replace(self, state=state, reason=reason, detail=detail, result=result)

    def over(self, now: Moment) -> bool:
        """Whether its time is over, by either clock. After a boot with no clock set nobody knows: it is."""
        if not self.expires_ns:
            return False
        if now.utc_ns is not None and now.utc_ns >= self.expires_ns:
            return True
        if now.boot == self.boot:
            return now.mono_ns >= self.deadline_ns
        return now.utc_ns is None


def accepted(order: Order, now: Moment) -> Command:
    """The command at its reception."""
    left = 0 if order.expires_ns is None or now.utc_ns is None else order.expires_ns - now.utc_ns
    return Command(
        name=order.name,
        args=order.args,
        state="accepted",
        boot=now.boot,
        deadline_ns=now.mono_ns + left if left else 0,
        expires_ns=order.expires_ns or 0,
        token=order.token,
    )


def rejected(order: Order, reason: str, detail: str) -> Command:
    """A command that is not carried out."""
    return Command(
        order.name,
        {},
        "rejected",
        expires_ns=order.expires_ns or 0,
        token=order.token,
        reason=reason,
        detail=detail,
    )


def told(command: Command, name: str, *, repeated: bool = False) -> dict[str, Any]:
    """The `data` of a reply; `name` is the command's id."""
    return {
        "command": name,
        "name": command.name,
        "state": command.state,
        "reason": command.reason,
        "detail": command.detail,
        "result": command.result,
        "repeated": repeated,
        "severity": "notice" if command.state in _NOTABLE else "info",
    }


def exact(value: Any) -> Any:
    """The same with integers that JSON readers would round (2**53 and above) as text."""
    if isinstance(value, dict):
        return {str(k): exact(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [exact(v) for v in value]
    return str(value) if isinstance(value, int) and abs(value) >= 1 << 53 else value
